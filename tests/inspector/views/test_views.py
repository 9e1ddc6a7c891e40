"""The contract of views: every one computes and draws, says what it needs, and tells no lies."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
import xarray as xr

from inspector.inspection import Inspection, inspect_image, load_inspection
from inspector.views import (
    VIEWS,
    Choose,
    ChooseSome,
    Computed,
    NothingToDraw,
    Slide,
    starts,
    view_of,
)
from inspector.views.rendering import render
from inspector.zoo import load_model

FAMILY_OF = {
    "mrla_retrieval": "resnet50_mrlab",
    "mrla_unrolled": "resnet50_mrlal",
    "mrla_gates": "resnet50_mrlal",
    "mrla_decay": "deit_mrlal_tiny_patch16_224",
    "dia_gates": "dia_resnet",
    "external_slots": "eamlp_7",
    "external_mass": "eamlp_7",
    "channel_gates": "share_se_resnet50",
    "spatial_gates": "share_sge_resnet50",
    "correlation": "dia_resnet",
    "attribution": "dia_resnet",
    "predictions": "dia_resnet",
}


# Drawn from captured attention; the others come from the logits, or run the model again.
CAPTURED = [view for view in VIEWS if view.key not in ("attribution", "predictions")]


@pytest.fixture(params=VIEWS, ids=lambda view: view.key)
def view(request):
    return request.param


@pytest.fixture(params=CAPTURED, ids=lambda view: view.key)
def captured(request):
    return request.param


@pytest.fixture
def seen(view, inspected):
    return inspected(FAMILY_OF[view.key])


def tampered(seen, mechanism):
    """The same inspection with one layer whose capture was not verified, and its name."""
    tree = seen.tree.copy(deep=True)
    name, layer = next(iter(tree[mechanism].children.items()))
    layer.attrs |= {"verified": 0, "verified_error": 0.5}
    return Inspection(tree, seen.model), {name}


def heat(figure):
    """Values of the coloured cells, panel by panel."""
    return [
        np.asarray(trace.z)
        for trace in figure.data
        if isinstance(trace, go.Heatmap) and trace.coloraxis
    ]


def test_every_view_is_tried_here():
    assert set(FAMILY_OF) == {view.key for view in VIEWS}


def test_a_view_describes_itself(view):
    assert view.shows.endswith(".")
    assert view.caveat.endswith(".")
    assert view_of(view.key) is view


def test_it_computes_and_draws_from_its_first_choices(view, seen):
    assert view.applies(seen) is None
    choices = starts(view, seen)
    computed = view.compute(seen, choices)
    figure = view.draw(computed, choices)
    assert isinstance(figure, go.Figure)
    assert figure.data
    assert isinstance(computed.tree(), xr.DataTree)


def test_every_option_of_every_choice_draws(view, seen):
    for control in view.controls(seen):
        for value in options(control):
            choices = starts(view, seen) | {control.key: value}
            computed = view.compute(seen, choices)
            assert view.draw(computed, choices).data


def options(control):
    if isinstance(control, Choose):
        return list(control.options)[:8]
    if isinstance(control, ChooseSome):
        return [(), tuple(control.options)[:2]]
    if isinstance(control, Slide):
        return [control.low, control.high]
    return [True, False]


def test_a_figure_carries_its_provenance(view, seen):
    choices = starts(view, seen)
    figure = render(view, seen, view.compute(seen, choices), choices)
    text = " ".join(note.text for note in figure.layout.annotations).replace("<br>", " ")
    assert seen.about["model"] in text
    assert seen.about["weights_sha256"][:12] in text
    assert seen.about["image_sha256"] in text
    assert "verified" in text
    assert "RANDOM WEIGHTS" in text


def test_trained_weights_carry_no_warning(view, seen):
    tree = seen.tree.copy()
    tree.attrs = seen.tree.attrs | {"trained": 1, "weights": "mine.pth.tar"}
    trained, choices = Inspection(tree, seen.model), starts(view, seen)
    figure = render(view, trained, view.compute(trained, choices), choices)
    assert "RANDOM WEIGHTS" not in figure.to_json()


def test_a_model_without_the_mechanism_is_told_so(captured, inspected):
    reasons = [captured.applies(inspected(name)) for name in ("eamlp_7", "dia_resnet")]
    assert any(reason and reason.startswith("Needs") for reason in reasons)


def test_an_attribution_needs_the_model(inspected):
    reason = view_of("attribution").applies(Inspection(inspected("dia_resnet").tree))
    assert reason.startswith("Needs the model itself")


def test_what_was_not_verified_is_said_instead_of_drawn(captured, inspected):
    seen = inspected(FAMILY_OF[captured.key])
    broken, layers = tampered(seen, seen.mechanisms[0])
    try:
        said = captured.compute(broken, starts(captured, seen))
    except NothingToDraw as nothing:  # it was the only chain
        said = Computed({}, (str(nothing),))
    drawn = {str(name) for data in said.panels.values() for name in data.coords.get("layer", [])}
    assert not drawn & layers
    assert any("not drawn: its capture is off by 5.0e-01" in note for note in said.notes)


def test_a_saved_inspection_draws_the_same_figure(captured, inspected, tmp_path):
    seen = inspected(FAMILY_OF[captured.key])
    back = load_inspection(seen.save(tmp_path / "seen.nc"))
    choices = starts(captured, seen)
    figures = [captured.draw(captured.compute(one, choices), choices) for one in (seen, back)]
    first, second = (json.loads(figure.to_json())["data"] for figure in figures)
    assert first == second


def test_retrieval_cells_are_the_captured_weights(inspected):
    view, seen = view_of("mrla_retrieval"), inspected("resnet50_mrlab")
    choices = starts(view, seen) | {"head": "3"}
    maps = heat(view.draw(view.compute(seen, choices), choices))
    assert [len(values) for values in maps] == [3, 4, 6, 3]
    for stage, values in enumerate(maps):
        for row in range(len(values)):
            layer = seen.attention["mrla"][f"stages.{stage}.{row}"]["weight"]
            np.testing.assert_allclose(values[row, : row + 1], layer.sel(head=3).values[0])
            assert np.isnan(values[row, row + 1 :]).all()


def test_the_first_row_is_marked_and_uniform_values_are_at_hand(inspected):
    view, seen = view_of("mrla_retrieval"), inspected("resnet50_mrlab")
    choices = starts(view, seen)
    computed = view.compute(seen, choices)
    figure = view.draw(computed, choices).to_json()
    assert "1 by construction" in figure
    assert "uniform would be" in figure
    uniform = computed.panels["stages.2"]["uniform"]
    np.testing.assert_allclose(uniform.values[3, :4], 0.25)
    assert np.isnan(uniform.values[3, 4:]).all()


def test_a_head_that_some_stages_lack_is_said(inspected):
    view, seen = view_of("mrla_retrieval"), inspected("resnet50_mrlab")
    computed = view.compute(seen, starts(view, seen) | {"head": "20"})
    assert list(computed.panels) == ["stages.1", "stages.2", "stages.3"]
    assert "stages.0 has no head 20." in computed.notes


def test_dia_marks_where_an_untrained_gate_sits(inspected):
    view, seen = view_of("dia_gates"), inspected("dia_resnet")
    choices = starts(view, seen)
    figure = view.draw(view.compute(seen, choices), choices)
    assert "0.25 untrained" in figure.to_json()
    gates = heat(figure)[0]
    expected = seen.attention["dia"]["layer1.ModuleList.1"]["gate"].values[0]
    np.testing.assert_allclose(gates[1], expected)


def test_the_likeliest_classes_are_the_bars(inspected):
    view, seen = view_of("predictions"), inspected("dia_resnet")
    (trace,) = view.draw(view.compute(seen, {}), {}).data
    probability = np.exp(seen.logits.values[0].astype(float))
    probability /= probability.sum()
    np.testing.assert_allclose(sorted(trace.x), sorted(probability)[-10:])


def test_the_spread_of_gates_stands_beside_the_untrained_value(inspected):
    view, seen = view_of("dia_gates"), inspected("dia_resnet")
    choices = starts(view, seen) | {"form": "spread"}
    figure = view.draw(view.compute(seen, choices), choices)
    box = next(trace for trace in figure.data if isinstance(trace, go.Box))
    gates = seen.attention["dia"]["layer1.ModuleList.0"]["gate"].values[0]
    np.testing.assert_allclose(box.median[0], np.median(gates), rtol=1e-6)
    assert {shape.y0 for shape in figure.layout.shapes} == {0.25}


def test_slot_maps_lie_on_the_grid_without_the_class_token(inspected):
    view, seen = view_of("external_slots"), inspected("eamlp_7")
    choices = starts(view, seen) | {"slots": ("5",), "head": "2", "reading": "affinity"}
    (drawn,) = heat(view.draw(view.compute(seen, choices), choices))
    affinity = seen.attention["external_attention"]["blocks.6"]["affinity"]
    assert affinity.sizes["token"] == 17
    expected = affinity.sel(head=2, slot=5).values[0, 1:].reshape(4, 4)
    np.testing.assert_allclose(drawn, expected)


def test_slot_mass_is_a_share_of_the_tokens(inspected):
    view, seen = view_of("external_mass"), inspected("eamlp_7")
    computed = view.compute(seen, starts(view, seen))
    for data in computed.panels.values():
        np.testing.assert_allclose(data["mass"].sum("slot").values, 1, atol=1e-4)
    assert np.isclose(computed.panels["blocks"]["uniform"].values, 1 / 64).all()


def test_centred_correlation_needs_more_than_one_image(inspected, small, picture):
    view, seen = view_of("correlation"), inspected("dia_resnet")
    one = view.compute(seen, {"definition": "centred"})
    assert all(np.isnan(data["correlation"]).all() for data in one.panels.values())
    assert any("undefined for every pair" in note for note in one.notes)


def test_unrolled_weights_are_labelled_by_what_they_are(inspected):
    view = view_of("mrla_unrolled")
    titles = view.controls(inspected("resnet50_mrlal"))[0].options
    assert titles == {"nominal_weight": "nominal", "exact_weight": "exact for this network"}
    tokens = view.controls(inspected("deit_mrlal_tiny_patch16_224"))[0].options
    assert list(tokens) == ["nominal_weight"]


def test_an_unknown_view_is_refused():
    with pytest.raises(ValueError, match="called 'mlra'; there are: mrla_retrieval"):
        view_of("mlra")


def test_the_image_can_be_chosen(small, picture):
    both = inspect_image(small("dia_resnet"), [picture, picture])
    view = view_of("dia_gates")
    assert view.controls(both)[0].key == "image"
    assert view.compute(both, starts(view, both) | {"image": "1"}).panels


def test_channel_gates_are_the_captured_factors(inspected):
    view, seen = view_of("channel_gates"), inspected("share_se_resnet50")
    choices = starts(view, seen)
    maps = heat(view.draw(view.compute(seen, choices), choices))
    assert [values.shape for values in maps] == [(3, 256), (4, 512), (6, 1024), (3, 2048)]
    expected = seen.attention["gates"]["layer3.ModuleList.4"]["gate"].values[0]
    np.testing.assert_allclose(maps[2][4], expected)


def test_gates_of_unequal_blocks_share_a_picture(small, picture):
    """The first block of a stage gates another number of channels than those after it."""
    seen = inspect_image(small("efficientnet_mrlal_b0"), picture)
    view = view_of("channel_gates")
    choices = starts(view, seen)
    computed = view.compute(seen, choices)
    gate = computed.panels["blocks.1"]["gate"]
    assert gate.notnull().sum("channel").values.tolist() == [96, 144]
    assert view.draw(computed, choices).data
    assert view_of("spatial_gates").applies(seen).startswith("Needs a network with gates on places")


@pytest.fixture(scope="module")
def varied(picture):
    """An inspection whose spatial gates vary: untrained ones are the same everywhere."""
    model = load_model("share_sge_resnet50", device="cpu")
    for stage in (1, 2, 3, 4):
        weight = model.module.get_parameter(f"layer{stage}.share_fc.weight")
        weight.data.copy_(torch.linspace(-1, 2, 64).view(weight.shape))
    return inspect_image(model, picture)


def test_spatial_gates_are_drawn_in_the_cells_of_their_map(varied):
    view = view_of("spatial_gates")
    choices = starts(view, varied) | {"layer": "layer4.ModuleList.1", "groups": ("5",)}
    (drawn,) = heat(view.draw(view.compute(varied, choices), choices))
    expected = varied.attention["gates"]["layer4.ModuleList.1"]["spatial_gate"]
    np.testing.assert_allclose(drawn, expected.sel(group=5).values[0])
    assert drawn.shape == (7, 7)
    assert np.unique(drawn).size == 49


def test_the_groups_that_vary_most_come_first(varied):
    view = view_of("spatial_gates")
    computed = view.compute(varied, starts(view, varied))
    gate = varied.attention["gates"]["layer1.ModuleList.0"]["spatial_gate"].values[0]
    most = sorted(range(64), key=lambda group: -gate[group].std())[:6]
    assert list(computed.panels) == [*(f"group {group}" for group in most), "image"]
    assert "The 6 groups of 64 that vary most." in computed.notes
