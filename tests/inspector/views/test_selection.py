"""Selections: one image, and why something is held back."""

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
