"""Networks of timm's with layer attention added: what stays, what is seen, what is refused."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import timm
import torch
from timm.models.resnet import BasicBlock

from hooks import capture
from inspector.models import add_layer_attention, use_external_attention
from tests.inspector.models.hosting import (
    ADDITIONS,
    BACKBONES,
    FROM_ZERO,
    PAIRS,
    backbone,
    host,
    images,
    is_new,
)

# What stays ---------------------------------------------------------------------------------------


def test_the_network_given_stays_as_it_was():
    network = backbone("bottleneck")
    before = copy.deepcopy(network.state_dict())
    classes = [type(module) for module in network.modules()]
    for add in ADDITIONS.values():
        add(network)
    assert [type(module) for module in network.modules()] == classes
    assert list(network.state_dict()) == list(before)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("addition", "name"), [pair for pair in PAIRS if pair != ("external", "vit")]
)
def test_a_checkpoint_of_timms_loads_with_the_attention_alone_missing(addition, name):
    trained = backbone(name).state_dict()
    fresh = ADDITIONS[addition](BACKBONES[name]())
    missing, unexpected = fresh.load_state_dict(trained, strict=False)
    assert not unexpected
    assert missing
    assert all(map(is_new, missing))


def test_external_attention_replaces_the_self_attention_of_a_transformer_and_nothing_else():
    network = backbone("vit")
    state = use_external_attention(network).state_dict()
    kept = {key: value for key, value in network.state_dict().items() if ".attn." not in key}
    assert all(torch.equal(state[key], value) for key, value in kept.items())
    new = {key.split(".attn.")[1] for key in set(state) - set(kept)}
    layers = ("trans_dims", "linear_0", "linear_1", "proj")
    assert new == {f"{layer}.{part}" for layer in layers for part in ("weight", "bias")}


@pytest.mark.parametrize(("addition", "name"), FROM_ZERO)
def test_logits_are_at_first_those_of_the_network(addition, name):
    network = backbone(name)
    silent = ADDITIONS[addition](network)
    with torch.no_grad():
        logits = network(images())
        assert torch.equal(silent(images()), logits)
        assert torch.equal(silent.forward_features(images()), network.forward_features(images()))
        assert not torch.allclose(host(addition, name)(images()), logits, atol=1e-3)


def test_the_classifier_is_where_it_was():
    network = host("base", "basic")
    assert network.get_classifier() is network.fc
    features = network.forward_features(images())
    assert torch.equal(network.forward_head(features), network(images()))


def test_new_parameters_follow_device_precision_and_mode_and_can_be_trained():
    network = add_layer_attention(backbone("basic").double().requires_grad_(False))
    assert all(value.dtype != torch.float32 for value in network.state_dict().values())
    assert not any(module.training for module in network.modules())
    assert all(value.requires_grad == is_new(key) for key, value in network.named_parameters())


# What is kept -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("addition", "name"), PAIRS)
def test_what_is_saved_comes_back(addition, name):
    network = host(addition, name)
    file = io.BytesIO()
    torch.save(network.state_dict(), file)
    file.seek(0)
    torch.manual_seed(1)
    fresh = ADDITIONS[addition](BACKBONES[name]()).eval()
    fresh.load_state_dict(torch.load(file, weights_only=True))
    with torch.no_grad():
        logits = network(images())
        assert torch.equal(fresh(images()), logits)
        assert torch.equal(copy.deepcopy(network)(images()), logits)
        assert torch.equal(pickle.loads(pickle.dumps(network))(images()), logits)


def test_blocks_are_still_those_of_timm():
    network, added = backbone("basic"), host("shared", "basic")
    assert len(added.layer1) == len(network.layer1)
    assert all(isinstance(block, BasicBlock) for block in added.layer1)
    assert added.layer1[-1] is list(added.layer1)[-1] is added.layer1.get_submodule("1")


# What is captured ---------------------------------------------------------------------------------


def lengths(layers):
    return [layers[name]["weight"].sizes["retrieved_layer"] for name in layers]


@pytest.mark.parametrize(("addition", "name"), PAIRS)
def test_capture_verifies_every_attention(addition, name):
    network = host(addition, name)
    tree = capture(network, images(), mechanisms=["mrla", "dia", "external_attention"])
    assert tree.attrs["not_run"] == ""
    assert tree.attrs["verified_error"] <= 1e-5


@pytest.mark.parametrize(
    ("name", "chains"),
    [
        ("basic", [1, 2, 1, 2, 3, 1, 2]),  # the second stage has a single block
        ("bottleneck", [1, 2, 1, 2]),
        ("efficientnet", [1, 2, 1, 2, 3]),
        ("vit", [1, 2, 3, 4, 1, 2]),
    ],
)
def test_base_chains(name, chains):
    layers = capture(add_layer_attention(backbone(name), "base"), images())["mrla"]
    assert lengths(layers) == chains


def test_layers_are_named_as_the_blocks_of_timm():
    light = capture(host("light", "efficientnet"), images())["mrla"]
    assert list(light) == ["blocks.1.1", "blocks.3.1", "blocks.3.2"]
    shared = capture(host("shared", "efficientnet"), images())["dia"]
    assert list(shared) == ["blocks.3.1", "blocks.3.2"]
    (head,) = capture(host("external", "basic"), images())["external_attention"]
    assert head == "layer4.linu"


def test_an_efficientnet_has_the_parameters_of_the_published_one():
    """Names, shapes, and which blocks; the published network is defined apart from timm's."""
    with torch.device("meta"):
        published = timm.create_model("efficientnet_mrlal_b0").state_dict()
        added = add_layer_attention(timm.create_model("efficientnet_b0")).state_dict()
    assert {key: value.shape for key, value in added.items()} == {
        key: value.shape for key, value in published.items()
    }


@pytest.mark.parametrize("name", ["resnet18", "seresnext26d_32x4d"])
def test_networks_by_timms_names(name):
    torch.manual_seed(0)
    network = timm.create_model(name, num_classes=5, zero_init_last=False).eval()
    for kind in ("light", "base"):
        added = add_layer_attention(network, kind)
        with torch.no_grad():
            assert torch.equal(added(images()), network(images()))
        layers = capture(added, images(), mechanisms=["mrla"])
        assert list(layers["mrla"]) == [f"layer{s}.{b}" for s in (1, 2, 3, 4) for b in (0, 1)]
        assert layers.attrs["verified_error"] <= 1e-5
