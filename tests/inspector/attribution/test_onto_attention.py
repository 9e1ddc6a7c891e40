"""Attribution onto the attention: closed forms, finite differences, and completeness everywhere."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from inspector.attribution import Question, attribute_attention, room
from inspector.progress import listening
from inspector.wrapping import wrap
from tests.inspector.attribution.planted import MEAN, SIDE, STD, Linear, batch_of, loaded

TARGET = 2


class Squeeze(nn.Module):
    """SE in a layout that is known: fc1, fc2, gate."""

    def __init__(self, channels):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x):
        return x * self.gate(self.fc2(self.fc1(x.mean((2, 3), keepdim=True)).relu()))


class Excited(nn.Module):
    """One gate before a linear head: the logit is linear in the gate, once this is held."""

    def __init__(self):
        super().__init__()
        self.conv, self.se, self.fc = nn.Conv2d(3, 8, 1), Squeeze(8), nn.Linear(8, 4)

    def forward(self, x):
        return self.fc(self.se(self.conv(x)).mean((2, 3)))


def question_of(model, pixels):
    return Question(model, pixels[:1], TARGET)


@pytest.mark.parametrize("way", ["integrated_gradients", "gradient_x_quantity"])
def test_a_gate_before_a_linear_head_adds_itself_times_its_feature(pixels, way):
    torch.manual_seed(0)
    model = wrap(Excited(), size=SIDE, mean=MEAN, std=STD)
    found = attribute_attention(question_of(model, pixels), "gates", way=way)
    (layer,) = found.children.values()
    features = model.module.conv(batch_of(pixels)[:1]).mean((2, 3)).detach().numpy()
    head = model.module.fc.weight[TARGET].detach().numpy()
    expected = layer["gate"].values * features * head
    np.testing.assert_allclose(layer["gate_attribution"], expected, atol=1e-6)
    assert layer["gate_attribution"].dims == ("sample", "channel")
    assert layer["gate_attribution"].attrs["units"] == "logit"


FAMILIES = {
    "resnet50_mrlab": "mrla",
    "resnet50_mrlal": "mrla",
    "deit_mrlal_tiny_patch16_224": "self_attention",
    "dia_resnet": "dia",
    "share_se_resnet50": "gates",
    "share_sge_resnet50": "gates",
    "eamlp_7": "external_attention",
}


@pytest.fixture(params=FAMILIES.items(), ids=lambda family: family[0])
def attended(request, inspected):
    """Each family's inspection, with the question of a class, and the mechanism."""
    name, mechanism = request.param
    seen = inspected(name)
    return seen, Question(seen.model, seen.pixels, TARGET), mechanism


def test_the_sum_over_all_layers_is_the_logit_that_the_attention_makes(attended):
    seen, question, mechanism = attended
    found = attribute_attention(question, mechanism, steps=12)
    total = sum(
        float(values.sum())
        for layer in found.children.values()
        for name, values in layer.data_vars.items()
        if name.endswith("_attribution")
    )
    about, logits = found.attrs, seen.logits.values[0]
    assert total == pytest.approx(about["total"], rel=1e-4, abs=1e-6)
    rounding = 1e-5 * np.abs(logits).max()
    assert abs(total - about["difference"]) < 0.03 * abs(about["difference"]) + rounding
    assert about["convergence_delta"] == pytest.approx(abs(about["total"] - about["difference"]))


def test_what_is_shown_is_what_was_captured(attended):
    seen, question, mechanism = attended
    found = attribute_attention(question, mechanism, way="gradient_x_quantity")
    captured = seen.attention[mechanism]
    assert set(found.children) == set(captured.children)
    for name, layer in found.children.items():
        (quantity,) = (key for key in layer.data_vars if not key.endswith("_attribution"))
        np.testing.assert_allclose(layer[quantity], captured[name][quantity], atol=1e-5)
        assert layer[f"{quantity}_attribution"].dims == captured[name][quantity].dims
        assert layer.attrs["chain"] == captured[name].attrs["chain"]


def held_logit(network, batch, weights):
    """The logit of a base MRLA whose softmaxes put out what they are told, by hooks of our own."""
    softmaxes = [part for path, part in network.named_modules() if path.endswith("mrla.softmax")]
    handles = [
        part.register_forward_hook(lambda *_, value=value: value)
        for part, value in zip(softmaxes, weights, strict=True)
    ]
    with torch.no_grad():
        logit = float(network(batch)[0, TARGET])
    for handle in handles:
        handle.remove()
    return logit


def test_of_retrieval_weights_it_is_the_slope_with_all_others_held(inspected):
    """Finite differences of single weights, and the logit of even ones, by hooks of our own."""
    seen = inspected("resnet50_mrlab")
    model = seen.model
    scaled = (seen.pixels.values / 255 - model.card.mean) / model.card.std
    batch, network = torch.from_numpy(scaled).permute(0, 3, 1, 2), deepcopy(model.module).double()
    question = Question(model, seen.pixels, TARGET)
    sloped = attribute_attention(question, "mrla", way="gradient_x_quantity")
    layers = list(sloped.children.values())
    weights = [torch.from_numpy(one["weight"].values).double()[:, :, None] for one in layers]
    at = next(n for n, one in enumerate(layers) if one.sizes["retrieved_layer"] == 3)
    slope = layers[at]["weight_attribution"].values / layers[at]["weight"].values
    head, step = int(np.abs(slope[0, :, 0]).argmax()), 1e-4
    moved = []
    for sign in (1, -1):
        changed = weights[at].clone()
        changed[0, head, 0, 0] += sign * step
        moved.append(held_logit(network, batch, [*weights[:at], changed, *weights[at + 1 :]]))
    assert (moved[0] - moved[1]) / (2 * step) == pytest.approx(slope[0, head, 0], rel=0.01)
    about = attribute_attention(question, "mrla", steps=2).attrs
    even = [torch.full_like(weight, 1 / weight.shape[-1]) for weight in weights]
    own = held_logit(network, batch, weights)
    assert about["baseline"] == "even"
    assert about["difference"] == pytest.approx(own - held_logit(network, batch, even), abs=1e-5)


def test_the_baseline_can_be_chosen(inspected):
    seen = inspected("dia_resnet")
    question = Question(seen.model, seen.pixels, TARGET)
    closed, half = (attribute_attention(question, "dia", baseline=b) for b in (0, 0.5))
    assert closed.attrs["baseline"] == "0"
    assert half.attrs["baseline"] == "0.5"
    assert closed.attrs["difference"] != pytest.approx(half.attrs["difference"])
    with pytest.raises(ValueError, match="shares out a sum of 1, so it cannot be even"):
        attribute_attention(question, "dia", baseline="even")
    with pytest.raises(ValueError, match="Expected a number or 'even' as baseline, got 'flat'"):
        attribute_attention(question, "dia", baseline="flat")


def test_the_number_at_once_changes_nothing(inspected, monkeypatch):
    seen = inspected("share_sge_resnet50")
    question = Question(seen.model, seen.pixels, TARGET)
    found = attribute_attention(question, "gates", steps=3)
    monkeypatch.setattr(room, "USUAL", (1, 99))
    alone = attribute_attention(question, "gates", steps=3)
    for name, layer in found.children.items():
        other = alone[name]["spatial_gate_attribution"].values
        scale = np.abs(other).max()
        np.testing.assert_allclose(layer["spatial_gate_attribution"], other, atol=1e-4 * scale)


class Enough(Exception):
    """What a listener raises to end the work."""


@pytest.mark.parametrize("end", [1, 2, 4])
def test_ended_it_leaves_nothing_behind(inspected, monkeypatch, end):
    seen = inspected("deit_mrlal_tiny_patch16_224")
    monkeypatch.setattr(room, "USUAL", (1, 99))
    module, told = seen.model.module, []
    flags = [p.requires_grad for p in module.parameters()]

    def listener(*said):
        told.append(said)
        if len(told) > end:
            raise Enough

    with listening(listener), pytest.raises(Enough):
        attribute_attention(Question(seen.model, seen.pixels, TARGET), "self_attention")
    assert told[0][1] == 34
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    assert all(p.fused_attn for p in module.modules() if hasattr(p, "fused_attn"))
    assert [p.requires_grad for p in module.parameters()] == flags


def test_what_cannot_be_attributed_is_refused(pixels):
    question = question_of(loaded(Linear), pixels)
    with pytest.raises(ValueError, match="one image to attribute the attention of, got 2"):
        attribute_attention(replace(question, pixels=pixels), "dia")
    with pytest.raises(ValueError, match="No mechanism is called 'lstm'; there are: mrla, dia"):
        attribute_attention(question, "lstm")
    with pytest.raises(ValueError, match="integrated_gradients, gradient_x_quantity, got 'shap'"):
        attribute_attention(question, "dia", way="shap")
