"""Numbers in words."""

import numpy as np
import pytest
import xarray as xr

from inspector.findings.words import among, estimate, percent, places, short, sides, span


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


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1234.6, "1.23e+03"),
        (-0.12345, "\N{MINUS SIGN}0.123"),
        (0.0012345, "0.00123"),
        (-2.8e-5, "\N{MINUS SIGN}0.00003"),
        (-1.5e-8, "0"),
        (1.0, "1"),
    ],
)
def test_a_number_has_three_digits_and_no_power_of_ten_where_it_is_small(value, words):
    assert short(value) == words


def test_zero_has_no_sign():
    told = xr.Dataset({"value": 0.0, "low": -0.00001, "high": 0.00001})
    assert estimate(told) == "0.0000 (0.0000 to 0.0000)"


def test_shares_and_ranges():
    assert percent(0.1234) == "12.3 %"
    assert span(np.array([0.5, np.nan, 0.25])) == "0.25 to 0.5"
    assert span(np.array([2.0, 2.0])) == "2"
    assert span(np.array([np.nan])) == short(np.nan) == "none"


def test_intervals_are_counted_by_the_side_on_which_they_lie():
    low, high = (xr.DataArray(ends, dims="layer") for ends in ([1, -2, -1, np.nan], [2, -1, 1, 3]))
    assert sides(low, high, xr.zeros_like(low)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3.0, "3, above all 2 random twins (1 to 2)"),
        (0.5, "0.5, below all 2 random twins (1 to 2)"),
        (2.0, "2, in the range of 2 random twins (1 to 2)"),
        (np.nan, "none (random twins 1 to 2)"),
    ],
)
def test_a_number_is_placed_among_those_of_twins_that_have_one(value, words):
    assert among(value, np.array([1.0, np.nan, 2.0])) == words


def test_nothing_is_above_twins_without_a_number():
    assert among(1.0, np.array([np.nan])) == "1 (random twins none)"


def test_places_beyond_all_twins_are_counted_by_side():
    own = xr.DataArray([5.0, 0.0, 1.0, np.nan], dims="layer")
    twins = [own.copy(data=np.full(4, value)) for value in (1.0, 2.0)]
    told = "above all 2 random twins in 1 of 4 layers, below all in 1"
    assert places(own, twins, "layers") == told
