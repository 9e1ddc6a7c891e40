"""Names of other code bases become those of the network, and other layers are set aside."""

import pytest
import torch

from inspector.naming import adapted, changes, unwrapped


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("module.fc.weight", "fc.weight"),
        ("_orig_mod.fc.weight", "fc.weight"),
        ("module._orig_mod.fc.weight", "fc.weight"),
        ("_orig_mod.module.fc.weight", "fc.weight"),
        ("layer1._orig_mod.0.conv1.weight", "layer1.0.conv1.weight"),
        ("layer1.0.mrla.mla.Wq.weight", "layer1.0.mrla.mrla.Wq.weight"),
        ("module.layer1.0.mrla.mrla.Wq.weight", "layer1.0.mrla.mrla.Wq.weight"),
        ("submodule.fc.weight", "submodule.fc.weight"),
    ],
)
def test_wrappers_and_old_names(published, expected):
    assert unwrapped(published) == expected


def test_what_was_changed_is_counted():
    assert changes(["module.a", "module.b.mrla.mla.c", "d"]) == (
        "left out a wrapper's prefix (module. or _orig_mod.) of 2 names",
        "understood 1 names of MRLA's earlier code (.mrla.mla.)",
    )
    assert changes(["a", "b.mrla.mrla.c"]) == ()


def tensors(*names):
    return {name: torch.zeros(1) for name in names}


HOST = {"conv1.weight", "bn1.weight", "stages.0.0.conv1.weight", "stages.0.0.mrla.mrla.Wq.weight"}


def test_stages_are_counted_from_zero_in_the_base_form():
    file = tensors("conv1.weight", "bn1.weight", "layer1.0.conv1.weight", "layer4.2.bn3.bias")
    found = adapted(file, HOST)
    assert set(found.state) == {
        *("conv1.weight", "bn1.weight", "stages.0.0.conv1.weight", "stages.3.2.bn3.bias")
    }
    assert found.aside == ()


def test_a_stem_of_the_other_form_goes_with_its_norm():
    stem = ("conv1.0.weight", "conv1.1.bias", "bn1.weight")
    found = adapted(tensors(*stem, "layer1.0.conv1.weight"), HOST)
    assert set(found.state) == {"stages.0.0.conv1.weight"}
    assert set(found.aside) == set(stem)
    assert "file is three 3x3 convolutions and this network's is one 7x7" in found.notes[1]


def test_shortcuts_that_pool_are_set_aside():
    shortcut = ("layer1.0.downsample.1.weight", "layer1.0.downsample.2.weight")
    found = adapted(tensors("layer1.0.conv1.weight", *shortcut), HOST)
    assert set(found.state) == {"stages.0.0.conv1.weight"}
    assert "ResNet-D" in found.notes[1]


def test_a_file_with_attention_is_no_backbone():
    file = tensors("layer1.0.conv1.weight", "layer1.0.mrla.lambda_t")
    assert adapted(file, HOST).state == file
