"""Sizes are told without building, and those too large are refused."""

import pytest
import timm

from inspector.sizes import TooLarge, planned_size, require_smaller, size_of


def test_the_size_of_a_network_is_that_of_its_weights_and_counters():
    """ResNet-18 by hand: 11,689,512 parameters; 20 batch norms with 4,800 channels in all."""
    assert planned_size("resnet18") == 11_689_512 * 4 + 4_800 * 2 * 4 + 20 * 8


@pytest.mark.parametrize("name", ["dia_resnet", "resnet50_mrlal", "eamlp_7"])
def test_what_is_planned_is_what_is_built(name):
    assert planned_size(name) == size_of(timm.create_model(name))


def test_options_count():
    assert planned_size("resnet18") - planned_size("resnet18", {"num_classes": 10}) == 990 * 513 * 4


def test_what_cannot_be_told_is_left_to_its_loading():
    assert planned_size("no_such_network") is None
    assert require_smaller("resnet18", 2**30, {"no_such_option": 1}) == 0


def test_a_giant_is_refused_before_it_takes_memory():
    with pytest.raises(TooLarge, match=r"at most 2 GiB, got eva02_enormous_\w+ with 16\.2 GiB of"):
        require_smaller("eva02_enormous_patch14_clip_224", 2 * 2**30)
