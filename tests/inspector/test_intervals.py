"""Means with Student's interval."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import ttest_1samp

from inspector.measures import mean_interval


def test_it_is_the_interval_of_a_t_test():
    values = np.random.default_rng(0).normal(2, 3, (12, 2))
    found = mean_interval(xr.DataArray(values, dims=("sample", "layer")))
    expected = ttest_1samp(values, 0.0).confidence_interval(0.95)
    np.testing.assert_allclose(found["value"], values.mean(axis=0))
    np.testing.assert_allclose(found["low"], expected.low)
    np.testing.assert_allclose(found["high"], expected.high)


def test_one_number_has_no_interval():
    found = mean_interval(xr.DataArray([3.0], dims="sample"))
    assert float(found["value"]) == 3.0
    assert np.isnan(found["low"])
    assert np.isnan(found["high"])


def test_what_is_missing_in_an_image_has_no_mean():
    values = xr.DataArray([[1.0, 2.0], [np.nan, 4.0]], dims=("sample", "layer"))
    assert np.isnan(mean_interval(values)["value"]).values.tolist() == [True, False]


def test_the_dim_must_be_there():
    with pytest.raises(ValueError, match="expected a dim 'sample' to average over"):
        mean_interval(xr.DataArray([1.0], dims="layer"))
