"""Options are read from weights, and what is said to leave no trace leaves none."""

import pytest
import timm
import torch

import inspector.models  # noqa: F401 - registers the networks with timm
from inspector.cards import CARDS
from inspector.traits import traits
from inspector.unknowns import unknowns


def state_of(name, **options):
    with torch.device("meta"):
        return timm.create_model(name, **options).state_dict()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet50_mrlal", {"num_classes": 7}),
        ("resnet50_mrlab", {"num_classes": 7, "se": True}),
        ("resnet50_mrlab", {"num_classes": 7, "eca": (3, 5, 7, 9)}),
        ("resnet50_mrlal", {"num_classes": 7, "eca": (5, 5, 5, 7), "se": True}),
        ("dia_resnet", {"num_classes": 10, "depth": 29}),
        ("dia_preresnet", {"num_classes": 10, "depth": 20}),
        ("dia_wrn", {"num_classes": 10, "depth": 16}),
        ("dia_resnext", {"num_classes": 10, "depth": 20, "cardinality": 4}),
        ("dia_resnet50", {"num_classes": 10}),
        ("deit_mrlab_tiny_patch16_224", {"num_classes": 3, "img_size": 96}),
        ("ceit_mrlal_tiny", {"num_classes": 3, "img_size": 96}),
        ("eamlp_7", {"num_classes": 3, "img_size": 384}),
        ("eanet_r50", {"num_classes": 19}),
    ],
)
def test_what_a_network_was_built_with_is_read_from_its_weights(name, options):
    state = state_of(name, **options)
    assert traits(name, state, CARDS[name].classifier) == options


def test_weights_of_another_network_tell_nothing():
    assert traits("eamlp_7", {"pos_embed": torch.zeros(1, 7, 4)}, "head") == {}
    assert traits("dia_resnext", {"a.weight": torch.zeros(2)}, "classifier") == {}


OTHERWISE = {
    "channel_wise": True,
    "drop_path": 0.2,
    "drop_rate": 0.2,
    "scheme": (5, 10, 21, 2),
    "output_stride": 16,
}


@pytest.mark.parametrize("name", CARDS)
def test_what_no_file_tells_leaves_no_trace(name):
    options = {entry.option for entry in unknowns(name, ())} - {None, "classes"}
    usual = {key: value.shape for key, value in state_of(name).items()}
    for option in options:
        other = state_of(name, **{option: OTHERWISE[option]})
        assert {key: value.shape for key, value in other.items()} == usual, option


def test_what_was_stated_is_no_longer_unknown():
    said = [entry.what for entry in unknowns("resnet50_mrlab", ())]
    assert said[0] == "channels per head"
    assert "channels per head" not in [e.what for e in unknowns("resnet50_mrlab", ["channel_wise"])]
