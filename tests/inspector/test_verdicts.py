"""Tries are counted in, and what was left out is said."""

import numpy as np
import xarray as xr

from inspector.measures import judged, sentence


def panel(p, observed=1.0, reason=""):
    p = xr.DataArray(p, dims="row")
    filled = {"observed": p * 0 + observed, "expected": p * 0}
    filled["observed"] = filled["observed"].fillna(observed)
    data = xr.Dataset({"p": p, **filled, "reason": ("row", [reason] * p.size)})
    return data.assign_attrs(control="chance", above="higher", below="lower")


def test_adjustment_is_over_all_panels_and_leaves_out_what_is_missing():
    """By hand: sort, multiply by n / rank, let no later one be smaller."""
    p = [0.001, 0.04, np.nan, 0.03, 0.02]
    by_hand = [0.001 * 4 / 1, 0.04 * 4 / 4, np.nan, 0.04, 0.04]
    found = judged({"a": panel(p[:2]), "b": panel(p[2:])})
    adjusted = [*found["a"]["p_adjusted"].values, *found["b"]["p_adjusted"].values]
    np.testing.assert_allclose(adjusted, by_hand)
    assert found["b"]["differs"].values.tolist() == [False, True, True]


def test_rows_are_told_by_their_side():
    said = sentence(judged({"a": panel([0.001, 0.9]), "b": panel([0.001], observed=-1.0)}))
    assert said == ("2 of 3 rows differ from chance (5 % false discovery rate): 1 higher, 1 lower.")


def test_nothing_found_is_said_too():
    said = sentence(judged({"a": panel([0.4, 0.9, np.nan], reason="too short")}))
    assert said == (
        "Does not differ from chance: 0 of 2 rows (5 % false discovery rate); "
        "1 left out (too short)."
    )


def test_nothing_compared_is_not_the_same_as_nothing_found():
    said = sentence(judged({"a": panel([np.nan], reason="too short")}))
    assert said == "Not compared with chance: too short."
