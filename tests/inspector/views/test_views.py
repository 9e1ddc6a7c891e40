"""The contract of views: every one computes and draws, says what it needs, and tells no lies."""

import json

import pytest
import xarray as xr

from inspector.inspection import Inspection, load_inspection
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
from inspector.views.controls import TWINS
from inspector.views.rendering import render
from tests.inspector.figures.read import assert_read_as_written

FAMILY_OF = {
    "mrla_retrieval": "resnet50_mrlab",
    "mrla_numbers": "resnet50_mrlab",
    "mrla_keys": "resnet50_mrlab",
    "mrla_chance": "resnet50_mrlab",
    "mrla_unrolled": "resnet50_mrlal",
    "mrla_parts": "deit_mrlal_tiny_patch16_224",
    "mrla_contribution": "deit_mrlal_tiny_patch16_224",
    "mrla_gates": "resnet50_mrlal",
    "mrla_decay": "deit_mrlal_tiny_patch16_224",
    "dia_gates": "dia_resnet",
    "dia_memory": "dia_resnet",
    "dia_contributions": "dia_resnet",
    "dia_integration": "dia_resnet",
    "external_slots": "eamlp_7",
    "external_mass": "eamlp_7",
    "external_use": "eamlp_7",
    "external_spread": "eamlp_7",
    "external_places": "eamlp_7",
    "external_memory": "eamlp_7",
    "external_heads": "eamlp_7",
    "channel_gates": "share_se_resnet50",
    "spatial_gates": "share_sge_resnet50",
    "self_attention_map": "deit_tiny_patch16_224",
    "self_attention_rollout": "deit_tiny_patch16_224",
    "correlation": "dia_resnet",
    "correlation_average": "dia_resnet",
    "attribution": "dia_resnet",
    "intervention": "dia_resnet",
    "causal_map": "deit_mrlab_tiny_patch16_224",
    "mass_effect": "deit_mrlab_tiny_patch16_224",
    "attribution_quality": "dia_resnet",
    "attention_attribution": "dia_resnet",
    "agreement": "eanet_r50",
    "predictions": "dia_resnet",
    "segmentation": "eanet_r50",
}


OVER_MANY = ("dia_integration",)  # over more images than one

# Drawn from captured attention; the others come from the logits, or run the model again.
ELSEWHERE = (
    *("attribution", "attribution_quality", "attention_attribution", "agreement"),
    *("intervention", "causal_map", "mass_effect"),
    *("mrla_parts", "mrla_contribution", "predictions", "segmentation"),
)
QUICK = {
    "attribution": {"method": "saliency"},
    "attribution_quality": {"methods": ("saliency",), "check": "trials"},
    "agreement": {"methods": ("saliency",)},
}
"""Choices under which many others can be tried in little time."""

CAPTURED = [view for view in VIEWS if view.key not in ELSEWHERE]


@pytest.fixture(params=VIEWS, ids=lambda view: view.key)
def view(request):
    return request.param


@pytest.fixture(params=CAPTURED, ids=lambda view: view.key)
def captured(request):
    return request.param


@pytest.fixture
def example(inspected, crowd):
    """An inspection that a view can draw."""

    def find(view):
        return (crowd if view.key in OVER_MANY else inspected)(FAMILY_OF[view.key])

    return find


@pytest.fixture
def seen(view, example):
    return example(view)


def tampered(seen, mechanism):
    """The same inspection with one layer whose capture was not verified, and its name."""
    tree = seen.tree.copy(deep=True)
    name, layer = next(iter(tree[mechanism].children.items()))
    layer.attrs |= {"verified": 0, "verified_error": 0.5}
    return Inspection(tree, seen.model), {name}


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
    assert figure.data
    assert isinstance(computed.tree(), xr.DataTree)


def test_every_option_of_every_choice_draws(view, seen):
    for control in view.controls(seen):
        for value in options(control):
            if value in TWINS:
                continue  # runs networks by the dozen; test_controls_view.py does that once
            choices = starts(view, seen) | QUICK.get(view.key, {}) | {control.key: value}
            computed = view.compute(seen, choices)
            assert_read_as_written(view.draw(computed, choices))


def options(control):
    if isinstance(control, Choose):
        return list(control.options)[:8]
    if isinstance(control, ChooseSome):
        return [(), tuple(control.options)[:2]]
    if isinstance(control, Slide):
        return [control.low, control.high]
    return [True, False]


def test_a_figure_carries_its_provenance(view, seen, said):
    text = said(view.key, seen)
    assert seen.about["model"] in text
    assert seen.about["weights_sha256"][:12] in text
    assert seen.preprocessing[0] in text
    if view.key in OVER_MANY:
        assert f"{len(seen.images)} images (sha256 " in text
    else:
        assert f"image square.png (sha256 {seen.digests[0][:12]}), " in text
    assert f"capture verified: largest error {seen.about['verified_error']:.1e}" in text
    assert "RANDOM WEIGHTS" in text


def test_trained_weights_carry_no_warning(view, seen):
    tree = seen.tree.copy()
    tree.attrs = seen.tree.attrs | {"trained": 1, "weights": "mine.pth.tar"}
    trained, choices = Inspection(tree, seen.model), starts(view, seen)
    figure = render(view, trained, view.compute(trained, choices), choices)
    assert "RANDOM WEIGHTS" not in figure.to_json()


def test_weights_with_gaps_say_how_much_came_from_the_file(view, seen, said, tmp_path):
    label = "99.2 % of parameters from backbone.pth, the rest random (seed 0)"
    about = {"weights": label, "weights_share": 0.992, "weights_gaps": "not learnt: the head (fc)"}
    tree = seen.tree.copy()
    tree.attrs = seen.tree.attrs | about
    partly = Inspection(tree, seen.model)
    assert load_inspection(partly.save(tmp_path / "seen.nc")).about["weights_share"] == 0.992
    text = said(view.key, partly)
    assert f"INCOMPLETE WEIGHTS: {label}; not learnt: the head (fc)." in text
    assert f"model {seen.about['model']}, {label}; sha256 " in text
    assert "RANDOM WEIGHTS: this shows" not in text


def test_a_model_without_the_mechanism_is_told_so(captured, inspected):
    reasons = [captured.applies(inspected(name)) for name in ("eamlp_7", "dia_resnet")]
    assert any(reason and reason.startswith("Needs") for reason in reasons)


def test_what_was_not_verified_is_said_instead_of_drawn(captured, example):
    seen = example(captured)
    broken, layers = tampered(seen, seen.mechanisms[0])
    try:
        said = captured.compute(broken, starts(captured, seen))
    except NothingToDraw as nothing:  # it was the only chain
        said = Computed({}, (str(nothing),))
    drawn = {str(name) for data in said.panels.values() for name in data.coords.get("layer", [])}
    assert not drawn & layers
    assert any("not drawn: its capture is off by 5.0e-01" in note for note in said.notes)


def test_a_saved_inspection_draws_the_same_figure(captured, example, tmp_path):
    seen = example(captured)
    back = load_inspection(seen.save(tmp_path / "seen.nc"))
    choices = starts(captured, seen)
    figures = [captured.draw(captured.compute(one, choices), choices) for one in (seen, back)]
    first, second = (json.loads(figure.to_json())["data"] for figure in figures)
    assert first == second


def test_an_unknown_view_is_refused():
    with pytest.raises(ValueError, match="called 'mlra'; there are: mrla_retrieval"):
        view_of("mlra")


def test_what_was_refused_is_not_said_to_be_absent(inspected, changed):
    def refuse(tree):
        tree.attrs["refused"] = "self-attention WindowAttention (2 modules): folded windows"

    seen, view = inspected("dia_resnet"), view_of("self_attention_map")
    assert view.applies(seen).endswith("dia_resnet has none.")
    assert view.applies(changed(seen, refuse)).endswith("dia_resnet has none that can be captured.")
