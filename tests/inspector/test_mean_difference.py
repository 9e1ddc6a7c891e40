"""A mean difference has the interval that scipy gives, and says nothing where nothing varies."""

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from inspector.measures import mean_difference


def cells(values):
    return xr.DataArray(values, dims=["sample", "layer"], attrs={"units": "share of 1"})


@pytest.fixture
def two():
    draw = np.random.default_rng(3)
    return draw.normal(0, 1, (7, 4)), draw.normal(0.3, 3, (5, 4))


@pytest.mark.parametrize("paired", [True, False])
def test_interval_and_p_are_scipy_s(two, paired):
    a, b = two[0][:5] if paired else two[0], two[1]
    test = scipy.stats.ttest_rel(b, a) if paired else scipy.stats.ttest_ind(b, a, equal_var=False)
    expected = test.confidence_interval(0.9)
    found = mean_difference(cells(a), cells(b), paired=paired, level=0.9)
    np.testing.assert_allclose(found["mean"], b.mean(0) - a.mean(0), rtol=1e-12)
    np.testing.assert_allclose(found["low"], expected.low, rtol=1e-9)
    np.testing.assert_allclose(found["high"], expected.high, rtol=1e-9)
    np.testing.assert_allclose(found["p"], test.pvalue, rtol=1e-9)
    assert found["low"].attrs["units"] == "share of 1"


@pytest.mark.parametrize("paired", [True, False])
def test_what_never_varies_has_an_interval_without_width(paired):
    a = np.tile([1.0, 1.0, np.nan], (5, 1))
    b = np.tile([1.0, 3.0, 1.0], (5, 1))
    found = mean_difference(cells(a), cells(b), paired=paired)
    for name in ("mean", "low", "high"):
        np.testing.assert_array_equal(found[name], [0.0, 2.0, np.nan])
    np.testing.assert_array_equal(found["p"], [1.0, 0.0, np.nan])


def test_intervals_hold_the_true_mean_as_often_as_they_say():
    draw = np.random.default_rng(0)
    a, b = draw.normal(0, 1, (6, 4000)), draw.normal(1, 2, (9, 4000))
    found = mean_difference(cells(a), cells(b), paired=False)
    held = ((found["low"] <= 1) & (found["high"] >= 1)).mean().item()
    assert held == pytest.approx(0.95, abs=0.015)
