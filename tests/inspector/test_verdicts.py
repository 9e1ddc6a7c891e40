"""A verdict is no harsher than it says, and sees what is there to be seen."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom, ttest_ind

from inspector.measures import among, judged, sentence

REPEATS = 200
NETWORKS = "networks with random weights"


def cells(values, name="cell"):
    values = np.asarray(values, float)
    leading = ("control",) if values.ndim > 1 else ()
    return xr.DataArray(values, dims=(*leading, name))


def told(observed, controls):
    return judged({"a": among(cells(observed), cells(controls), NETWORKS)})


def test_p_is_that_of_students_t_with_a_single_value():
    values = np.random.default_rng(0).standard_normal((6, 5))
    found = among(cells(values[0]), cells(values[1:]), NETWORKS)
    expected = [ttest_ind([one], rest).pvalue for one, rest in zip(values[0], values[1:].T)]
    np.testing.assert_allclose(found["p"], expected, rtol=1e-10)
    inside = (found["low"] < values[0]) & (values[0] < found["high"])
    np.testing.assert_array_equal(inside, found["p"] > 0.05)


def test_one_more_random_network_is_flagged_once_in_twenty():
    random = np.random.default_rng(1)
    draws = random.standard_normal((REPEATS, 6, 10)) + random.standard_normal((REPEATS, 1, 10))
    found = [among(cells(d[0]), cells(d[1:]), NETWORKS) for d in draws]
    flagged = sum(int((data["p"] <= 0.05).sum()) for data in found)
    low, high = binom.interval(0.999, REPEATS * 10, 0.05)
    assert low <= flagged <= high
    whole = sum(bool(judged({"a": data})["a"]["differs"].any()) for data in found)
    low, high = binom.interval(0.999, REPEATS, 0.05)
    assert low <= whole <= high


def test_what_is_blind_to_weights_does_not_differ():
    observed = np.linspace(0, 1, 8)
    said = sentence(told(observed, np.tile(observed, (5, 1))))
    assert said == (
        "Does not differ from 5 networks with random weights: none of 8 cells does "
        "(5 % false discovery rate)."
    )


def test_rounding_is_no_difference():
    observed = np.linspace(0.1, 1, 8)
    controls = np.tile(observed, (5, 1)) * (1 + 1e-7 * np.arange(5)[:, None])
    assert not told(observed * (1 - 3e-7), controls)["a"]["differs"].any()


def test_the_odd_one_of_six_is_one_of_six():
    found = told([0.5, 1.0], np.ones((5, 2)))["a"]
    assert found["p"].values.tolist() == [1 / 6, 1.0]


def test_a_cell_that_was_learnt_is_found():
    random = np.random.default_rng(2)
    controls = random.standard_normal((5, 12))
    observed = np.append(random.standard_normal(11), 40.0)
    panels = told(observed, controls)
    assert panels["a"]["differs"].values.tolist() == [False] * 11 + [True]
    assert sentence(panels) == (
        "1 of 12 cells differ from 5 networks with random weights (5 % false discovery rate): "
        "1 larger."
    )


def test_adjustment_is_over_all_panels_and_leaves_out_what_is_missing():
    """By hand: sort, multiply by n / rank, let no later one be smaller."""
    p = [0.001, 0.04, np.nan, 0.03, 0.02]
    ranked = [0.001 * 4 / 1, 0.04 * 4 / 4, np.nan, 0.04, 0.04]
    data = [xr.Dataset({"p": cells(part)}) for part in (p[:2], p[2:])]
    found = judged(dict(zip("ab", data, strict=True)))
    adjusted = [*found["a"]["p_adjusted"].values, *found["b"]["p_adjusted"].values]
    np.testing.assert_allclose(adjusted, ranked)
    assert found["b"]["differs"].values.tolist() == [False, True, True]


def test_missing_cells_are_counted_as_left_out():
    controls = np.random.default_rng(0).standard_normal((4, 3))
    controls[2, 1] = np.nan
    said = sentence(told([0.0, 0.0, 0.0], controls))
    assert said.endswith("rate); 1 left out (missing in a control).")
    assert "none of 2 cells" in said


def test_two_controls_tell_no_spread():
    with pytest.raises(ValueError, match="at least 3 controls to know their spread, got 2"):
        told([0.0], np.zeros((2, 1)))
