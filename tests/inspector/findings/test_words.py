"""Numbers in words."""

import numpy as np
import pytest
import xarray as xr

from inspector.findings.words import estimate, percent, short, sides, span


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.31234, 0.3101, 0.3149), "0.3123 (0.3101 to 0.3149)"),
        ((-1.26, -2.0, -0.5), "\N{MINUS SIGN}1.3 (\N{MINUS SIGN}2.0 to \N{MINUS SIGN}0.5)"),
        ((153.2, 101.0, 209.0), "153 (101 to 209)"),
        ((0.5, 0.5, 0.5), "0.5000 (0.5000 to 0.5000)"),
        ((0.123456, np.nan, np.nan), "0.123"),
    ],
)
def test_an_estimate_is_as_exact_as_its_interval_is_narrow(numbers, words):
    assert estimate(xr.Dataset(dict(zip(("value", "low", "high"), numbers, strict=True)))) == words


def test_shares_and_ranges():
    assert percent(0.1234) == "12.3 %"
    assert span(np.array([0.5, np.nan, 0.25])) == "0.25 to 0.5"
    assert span(np.array([2.0, 2.0])) == "2"
    assert span(np.array([np.nan])) == short(np.nan) == "none"


def test_intervals_are_counted_by_the_side_on_which_they_lie():
    low, high = (xr.DataArray(ends, dims="layer") for ends in ([1, -2, -1, np.nan], [2, -1, 1, 3]))
    assert sides(low, high, xr.zeros_like(low)) == (1, 1, 1)
