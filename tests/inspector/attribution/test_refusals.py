"""What a network must have for a method to mean what it says; each refusal says what to use."""

import re
from functools import partial

import pytest

from inspector.attribution import METHODS, refusal
from inspector.zoo import load_model
from tests.inspector.attribution.planted import (
    Functional,
    Gated,
    Linear,
    Looking,
    Normed,
    Pooled,
    Rectified,
    Skipping,
    Twice,
    loaded,
)


@pytest.mark.parametrize("inplace", [False, True])
def test_a_network_of_plain_layers_and_relus_takes_every_method(inplace):
    assert not any(refusal(loaded(Rectified, inplace=inplace), key) for key in METHODS)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (Functional, r"no rule for Relu as this network computes it \(by a function"),
        (Normed, r"no rule for Gelu as this network"),
        (Twice, r"run once in a pass, and relu runs 2 times, as blocks share it"),
        (Gated, r"no rule for a product of two quantities .* computes 1 \(Mul\)"),
        (Looking, r"DeepLift needs to know the operations .* by the values it meets"),
    ],
)
def test_deep_lift_is_refused_where_it_would_not_add_up(network, reason):
    assert re.search(reason, refusal(loaded(network), "deep_lift"))


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (Linear, "this network has none. Use Saliency"),
        (Functional, "some by a function"),
        (
            partial(Skipping, inplace=False),
            "would also cut gradients that do not pass the ReLU relu,",
        ),
        (Looking, "Guided Backprop needs to know the operations"),
    ],
)
def test_guided_backprop_is_refused_where_it_would_not_be_guided(network, reason):
    assert reason in refusal(loaded(network), "guided_backprop")


def test_what_a_relu_changes_in_place_cannot_be_read_from_before_it():
    assert refusal(loaded(Skipping, inplace=True), "guided_backprop") is None


def test_guided_backprop_goes_with_a_relu_that_runs_twice():
    assert refusal(loaded(Twice), "guided_backprop") is None


def test_linear_layers_need_no_rule():
    assert refusal(loaded(Pooled), "deep_lift") is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dia_resnet", "as blocks share it (DIA shares its whole LSTM)"),
        ("resnet50_mrlab", "no rule for a product of two quantities"),
        ("share_sge_resnet50", "DeepLift"),
        ("eamlp_7", "no rule for Div, Gelu, NativeLayerNorm, Softmax as"),
    ],
)
def test_attention_breaks_deep_lift_and_the_reason_is_said(small, name, reason):
    assert reason in refusal(small(name), "deep_lift")


def test_a_plain_resnet_takes_every_method():
    model = load_model("resnet18", device="cpu")
    assert [key for key in METHODS if refusal(model, key)] == []


def test_asking_leaves_the_network_as_it_was(small):
    module = small("dia_resnet").module
    kinds = {type(parameter) for parameter in module.parameters()}
    refusal(small("dia_resnet"), "guided_backprop")
    assert {type(parameter) for parameter in module.parameters()} == kinds
    assert not any(parameter.is_meta for parameter in module.parameters())
    assert not any(len(part._forward_hooks) for part in module.modules())
