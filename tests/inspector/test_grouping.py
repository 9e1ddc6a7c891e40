"""How much of the variance of numbers lies between groups."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import f_oneway

from inspector.measures import Draws, variance_explained

GROUPS = np.repeat([0, 1, 2], [5, 7, 8])
FEW = Draws(count=19)


def array(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, dims=("sample", "layer", "slot"))


@pytest.fixture
def values() -> np.ndarray:
    random = np.random.default_rng(1)
    return random.normal(size=(20, 2, 3)) + GROUPS[:, None, None] * np.array([0.0, 1.0])[:, None]


def test_the_share_of_one_number_goes_with_the_f_statistic(values):
    found = variance_explained(array(values), GROUPS, draws=FEW)["share"]
    f = f_oneway(*(values[group == GROUPS] for group in range(3))).statistic
    np.testing.assert_allclose(found, 2 * f / (2 * f + 17))  # k - 1 and n - k


def test_numbers_taken_together_add_up_their_squares(values):
    found = variance_explained(array(values), GROUPS, ["slot"], FEW)["share"]
    away = values - values.mean(axis=0)
    within = sum(
        ((part - part.mean(axis=0)) ** 2).sum(axis=(0, 2))
        for part in (values[group == GROUPS] for group in range(3))
    )
    np.testing.assert_allclose(found, 1 - within / (away**2).sum(axis=(0, 2)))


def test_labels_that_say_nothing_explain_what_they_must():
    random = np.random.default_rng(2)
    values = xr.DataArray(random.normal(size=(60, 400)), dims=("sample", "slot"))
    labels = random.integers(4, size=60)
    found = variance_explained(values, labels, ["slot"], FEW)
    assert float(found["baseline"]) == pytest.approx(3 / 59, rel=0.05)
    assert float(found["p"]) > 0.05


def test_groups_that_differ_leave_the_baseline(values):
    found = variance_explained(array(values), GROUPS, ["slot"], Draws(count=99)).isel(layer=1)
    assert float(found["p"]) == 0.01
    assert float(found["low"]) > float(found["baseline"])
    assert float(found["low"]) < float(found["share"]) < float(found["high"])


def test_what_does_not_vary_has_no_share():
    constant = xr.DataArray(np.full((20, 1), 0.1, np.float32), dims=("sample", "slot"))
    found = variance_explained(constant, GROUPS, (), FEW)
    assert np.isnan(found["share"]).all()
    assert np.isnan(found["p"]).all()


def test_each_sample_needs_a_group(values):
    with pytest.raises(ValueError, match="a group for each of 20 samples"):
        variance_explained(array(values), GROUPS[:4])


def test_the_interval_holds_the_share_of_the_kind_as_often_as_it_says():
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), 40)
    means = random.normal(size=4)
    share = means.var() / (means.var() + 1)
    hits = 0
    for _ in range(60):
        values = xr.DataArray(means[labels] + random.normal(size=160), dims="sample")
        found = variance_explained(values, labels, (), Draws(count=1))
        hits += float(found["low"]) <= share <= float(found["high"])
    assert hits >= 52  # 57 on average
