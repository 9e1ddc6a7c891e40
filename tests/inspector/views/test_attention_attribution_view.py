"""The view of attribution onto attention: reduced to cells that still add up."""

import numpy as np
import pytest

from inspector import attribution
from inspector.attribution import Question, attribute_attention
from inspector.inspection import Inspection
from inspector.views import view_of

VIEW = view_of("attention_attribution")
AXIS = {
    "resnet50_mrlab": "retrieved_layer",
    "resnet50_mrlal": "head",
    "dia_resnet": "channel",
    "eamlp_7": "slot",
    "share_sge_resnet50": "group",
    "vit_tiny_patch16_224": "head",
}


@pytest.mark.parametrize(("name", "axis"), AXIS.items())
def test_the_cells_add_up_to_what_the_attention_makes_of_the_logit(drawn, inspected, name, axis):
    seen = inspected(name)
    computed, figure = drawn("attention_attribution", seen, target="7", steps=4)
    mechanism = seen.mechanisms[0]
    about = attribute_attention(Question(seen.model, seen.pixels, 7), mechanism, steps=4).attrs
    sums = [float(data["attribution"].sum()) for data in computed.panels.values()]
    scale = max(abs(about["total"]), 1e-6)
    assert sum(sums) == pytest.approx(about["total"], abs=1e-3 * scale)
    assert {data["attribution"].dims for data in computed.panels.values()} == {("layer", axis)}
    assert any(f"is {about['total']:.3g}; the logit minus" in note for note in computed.notes)
    assert figure.data


def test_beside_it_stands_the_quantity_itself(drawn, inspected):
    seen = inspected("resnet50_mrlab")
    computed, _ = drawn("attention_attribution", seen, way="gradient_x_quantity")
    weight = seen.attention["mrla"]["stages.2.5"]["weight"].values[0].mean(0)
    got = computed.panels["stages.2"]["quantity"].sel(layer="stages.2.5")
    np.testing.assert_allclose(got, weight, atol=1e-5)
    assert not any("convergence" in note for note in computed.notes)


def test_what_is_even_by_construction_is_not_drawn(drawn, heat, inspected):
    """Attention weights sum to 1 over keys: their mean over queries and keys says nothing."""
    _, figure = drawn("attention_attribution", inspected("vit_tiny_patch16_224"), steps=2)
    assert len(heat(figure)) == 1


def test_each_family_names_what_it_computes_with(inspected):
    options = {
        name: list(VIEW.controls(inspected(name))[0].options)
        for name in ("deit_mrlal_tiny_patch16_224", "dia_resnet", "share_sge_resnet50")
    }
    assert options == {
        "deit_mrlal_tiny_patch16_224": ["mrla.gate", "self_attention.weight"],
        "dia_resnet": ["dia.gate"],
        "share_sge_resnet50": ["gates.spatial_gate"],
    }


def test_what_was_not_captured_truly_is_said_instead_of_drawn(drawn, inspected, monkeypatch):
    seen = inspected("dia_resnet")
    found = attribute_attention(Question(seen.model, seen.pixels, 7), "dia", steps=2)
    name, layer = next(iter(found.children.items()))
    layer.attrs |= {"verified": 0, "verified_error": 0.5}
    monkeypatch.setattr(attribution, "attribute_attention", lambda *_args, **_options: found)
    computed, _ = drawn("attention_attribution", seen)
    shown = {str(row) for data in computed.panels.values() for row in data["layer"].values}
    assert name not in shown
    assert f"{name} is not drawn: its capture is off by 5.0e-01." in computed.notes


def test_it_needs_the_model(inspected):
    assert VIEW.applies(Inspection(inspected("dia_resnet").tree)).startswith("Needs the model")
