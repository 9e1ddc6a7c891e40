"""Selections: one image, own scales, and why something is held back."""

import numpy as np
import pytest

from inspector.views.selection import unverified


@pytest.mark.parametrize("place", [0, 1])
def test_the_chosen_image_is_drawn(drawn, heat, pair, place):
    seen = pair("dia_resnet")
    maps = heat(drawn("dia_gates", seen, image=str(place))[1])
    gates = seen.attention["dia"]["layer2.ModuleList.1"]["gate"].values
    np.testing.assert_allclose(maps[1][1], gates[place])
    assert not np.allclose(*gates)


def test_panels_share_a_scale_unless_each_is_to_have_its_own(drawn, heat, bars, inspected):
    seen = inspected("dia_resnet")
    assert bars(drawn("dia_gates", seen)[1]) == [(0, 1)]
    figure = drawn("dia_gates", seen, own_scale=True)[1]
    largest = [float(values.max()) for values in heat(figure)]
    assert len(set(largest)) == 3
    np.testing.assert_allclose(bars(figure), [(0, high) for high in largest], rtol=1e-6)


def test_a_scale_of_its_own_keeps_the_marks_within_reach(drawn, inspected, changed):
    def shrink(tree):
        for name, layer in tree["dia"].children.items():
            if name.startswith("layer1"):
                layer["gate"].values[:] = 0.1

    seen = changed(inspected("dia_resnet"), shrink)
    layout = drawn("dia_gates", seen, own_scale=True)[1].layout
    marked = [
        "0.25 untrained" in layout[axis].colorbar.ticktext
        for axis in sorted(axis for axis in layout if axis.startswith("coloraxis"))
    ]
    assert marked == [False, True, True]


def test_a_signed_scale_of_its_own_stays_around_zero(drawn, heat, bars, inspected, changed):
    def positive(tree):
        for layer in tree["mrla"].children.values():
            layer["decay"].values[:] = abs(layer["decay"].values)

    figure = drawn("mrla_decay", changed(inspected("resnet50_mrlal"), positive), own_scale=True)[1]
    limits = [float(values.max()) for values in heat(figure)]
    np.testing.assert_allclose(bars(figure), [(-high, high) for high in limits], rtol=1e-6)


@pytest.mark.parametrize(
    ("error", "tolerance", "why"),
    [
        (0.5, 1e-5, "its capture is off by 5.0e-01"),
        (float("inf"), 1e-5, "it holds values that are not numbers (NaN or infinite)"),
        (float("nan"), float("nan"), "it holds values that are not numbers (NaN or infinite)"),
        (float("inf"), 0.0, "an intervention replaced what its capture is checked against"),
    ],
)
def test_what_is_held_back_says_why(error, tolerance, why):
    good = {"verified": 1, "verified_error": 0.0, "verified_tolerance": 1e-5}
    bad = {"verified": 0, "verified_error": error, "verified_tolerance": tolerance}
    assert unverified("stages.1", [good]) is None
    worse = bad | {"verified_error": 0.25}
    assert unverified("stages.1", [good, worse, bad]) == f"stages.1 is not drawn: {why}."
