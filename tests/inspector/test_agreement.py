"""Agreement of maps against scipy, and its null against maps that have nothing in common."""

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter
from scipy.stats import binomtest, spearmanr

from inspector.measures import agreement

REPEATS = 250


def field(draw, grain, size=14):
    """Noise, smoothed to a grain; cut from a larger field, so that its edges are like the rest."""
    wide = draw.standard_normal((3 * size, 3 * size))
    return xr.DataArray(gaussian_filter(wide, grain)[size:-size, size:-size], dims=("y", "x"))


@pytest.fixture
def draw():
    return np.random.default_rng(3)


def shifted(one, other, down, right):
    """Spearman's coefficient of the overlap, on ranks of the whole maps, scaled by its cells."""
    a, b = (np.unique(v, return_inverse=True)[1].reshape(v.shape) for v in (one, other))
    rows, columns = a.shape
    a = a[max(down, 0) : rows + min(down, 0), max(right, 0) : columns + min(right, 0)]
    b = b[max(-down, 0) : rows + min(-down, 0), max(-right, 0) : columns + min(-right, 0)]
    return np.corrcoef(a.ravel(), b.ravel())[0, 1] * np.sqrt(a.size / (rows * columns))


def test_the_coefficient_is_scipys_and_the_null_that_of_all_shifts(draw):
    one, other = field(draw, 1), field(draw, 1)
    got = agreement(one, other)
    expected = spearmanr(one.values.ravel(), other.values.ravel()).statistic
    assert float(got["correlation"]) == pytest.approx(expected, abs=1e-12)
    reach = range(-4, 5)
    null = np.array([shifted(one.values, other.values, y, x) for y in reach for x in reach])
    np.testing.assert_allclose(
        got["null"], np.quantile(null, (0.025, 0.25, 0.5, 0.75, 0.975)), atol=1e-9
    )
    assert int(got["shifts"]) == 81
    assert float(got["p"]) == pytest.approx(np.mean(np.abs(null) >= abs(expected) - 1e-9))


def test_equal_maps_agree_at_1_and_opposite_ones_at_minus_1(draw):
    one = field(draw, 1)
    for other, expected in ((one, 1), (one**3, 1), (-one, -1)):
        got = agreement(one, other)
        assert float(got["correlation"]) == pytest.approx(expected, abs=1e-12)
        assert float(got["p"]) == pytest.approx(1 / 81)


@pytest.mark.parametrize("grain", [0.01, 1, 2])
def test_independent_maps_stay_within_the_null_95_times_of_100(draw, grain):
    """Whatever their grain, though smooth maps correlate by far more than noise does."""
    ps = [float(agreement(field(draw, grain), field(draw, grain))["p"]) for _ in range(REPEATS)]
    outside = sum(p <= 0.05 for p in ps)
    interval = binomtest(outside, REPEATS).proportion_ci(0.99)
    assert interval.low <= 0.05, f"{outside} of {REPEATS} are flagged"
    assert outside <= 0.09 * REPEATS


def test_noise_around_a_common_map_is_told_from_chance(draw):
    shared = field(draw, 1)
    ps = [
        float(agreement(shared + 0.3 * field(draw, 1), shared + 0.3 * field(draw, 1))["p"])
        for _ in range(40)
    ]
    assert np.mean(np.array(ps) <= 0.05) > 0.9


def test_a_map_that_is_the_same_everywhere_agrees_with_nothing(draw):
    got = agreement(field(draw, 1), xr.full_like(field(draw, 1), 0.3))
    assert np.isnan(got["correlation"])
    assert np.isnan(got["p"])
    assert np.isnan(got["null"]).all()


def test_maps_must_lie_on_the_same_cells(draw):
    one = field(draw, 1)
    with pytest.raises(ValueError, match="a place in the image, dims y and x; got channel"):
        agreement(one, xr.DataArray(np.ones(5), dims="channel"))
    with pytest.raises(ValueError, match="the same cells, got 14 x 14 and 7 x 14: use on_cells"):
        agreement(one, one[:7])
    with pytest.raises(ValueError, match="at least 5 x 5 cells to shift, got 4 x 14"):
        agreement(one[:4], one[:4])
