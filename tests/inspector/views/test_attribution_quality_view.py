"""The view of an attribution's quality: what stands in its figures is what was measured."""

import numpy as np
import pytest

from inspector.attribution import Question, attribute, infidelity, removal_curves, sensitivity
from inspector.inspection import Inspection
from inspector.measures import removal
from inspector.views import view_of

VIEW = view_of("attribution_quality")


def question_of(seen, target):
    return Question(seen.model, seen.pixels[:1], target)


def test_the_curves_are_those_of_each_method_beside_the_same_random_orders(drawn, inspected):
    seen = inspected("dia_resnet")
    methods = ("saliency", "grad_cam")
    choices = {"target": "7", "methods": methods, "cells": 6, "seed": 3}
    computed, figure = drawn("attribution_quality", seen, **choices)
    values = {"map": attribute(seen.model, seen.pixels, 7, "grad_cam")["attribution"][0]}
    curves = removal_curves(question_of(seen, 7), values, cells=6, orderings=20, seed=3)
    for kind in ("deletion", "insertion"):
        got = computed.panels[kind]
        np.testing.assert_allclose(got["Grad-CAM"], curves[kind].sel(order="map"), atol=1e-5)
        spread = removal.random_spread(curves[kind])
        np.testing.assert_allclose(got["random orders"], spread, atol=1e-5)
    drawn_names = {trace.name for trace in figure.data}
    assert {"Saliency", "Grad-CAM"} <= drawn_names
    low = removal.chance(curves["deletion"], "map", low=True)
    assert any(f"Grad-CAM {low:.0%} (deletion)" in note for note in computed.notes)


def test_the_trials_are_the_two_numbers_of_each_method(drawn, inspected):
    seen = inspected("dia_resnet")
    choices = {"target": "7", "check": "trials", "methods": ("saliency", "grad_cam"), "seed": 2}
    computed, _ = drawn("attribution_quality", seen, **choices)
    data = computed.panels["trials"]
    assert data["method"].values.tolist() == ["Saliency", "Grad-CAM"]
    question = question_of(seen, 7)
    assert float(data["infidelity"][1]) == pytest.approx(
        infidelity(question, "grad_cam", seed=2).item()
    )
    assert float(data["sensitivity"][0]) == pytest.approx(
        sensitivity(question, "saliency", seed=2).item()
    )
    assert any("grey noise, as slopes are" in n and ": Saliency." in n for n in computed.notes)


def test_the_twins_stand_beside_the_map_with_their_correlation(drawn, heat, inspected):
    seen = inspected("dia_resnet")
    choices = {"target": "7", "check": "twins", "methods": ("grad_cam",)}
    computed, figure = drawn("attribution_quality", seen, **choices)
    own = attribute(seen.model, seen.pixels, 7, "grad_cam")["attribution"][0]
    np.testing.assert_allclose(heat(figure)[0], own, rtol=1e-4, atol=1e-7)
    assert len(heat(figure)) == 4
    assert any("twin 2" in note and "Grad-CAM, the first" in note for note in computed.notes)


def test_it_needs_the_model(inspected):
    assert VIEW.applies(Inspection(inspected("dia_resnet").tree)).startswith("Needs the model")
