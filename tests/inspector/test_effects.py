"""Effects of a change on the logits, and whether they go with what was changed."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from inspector.measures import NotNumbers, comparison, effects, rank_association


def logits(values, **coords):
    dims = ("sample", "class")[-np.ndim(values) :]
    names = [f"class {place}" for place in range(np.shape(values)[-1])]
    return xr.DataArray(np.array(values), dims=dims, coords={"class": names, **coords})


def test_effects_are_about_the_class_that_was_predicted():
    before, after = logits([1.0, 3.0, 2.0]), logits([[4.0, 2.5, 2.0], [1.0, 3.0, 2.0]])
    found = effects(before, after)
    share = [np.exp(row[1]) / np.exp(row).sum() for row in ([1, 3, 2], [4, 2.5, 2])]
    assert found.attrs["predicted"] == "class 1"
    np.testing.assert_allclose(found["logit"], [-0.5, 0])
    np.testing.assert_allclose(found["probability"], [share[1] - share[0], 0])
    np.testing.assert_allclose(found["distance"], [np.sqrt(9 + 0.25), 0])
    assert [found[name].attrs["units"] for name in found] == ["logit", "share of 1", "logit"]


def test_each_row_may_have_a_before_of_its_own():
    before, after = logits([[1.0, 3.0], [1.5, 3.5]]), logits([[1.0, 2.0], [1.5, 3.5]])
    np.testing.assert_allclose(effects(before, after)["logit"], [-1, 0])


def test_before_and_after_are_compared_image_by_image():
    of_images = {"sample": [0, 1], "image": ("sample", ["cat.png", "dog.png"])}
    before = logits([[0.0, 2.0], [5.0, 1.0]], **of_images)
    after = logits([[3.0, 2.0], [5.0, 1.0]], **of_images)
    found = comparison(before, after)
    assert found["image"].values.tolist() == ["cat.png", "dog.png"]
    assert found["predicted_before"].values.tolist() == ["class 1", "class 0"]
    assert found["predicted_after"].values.tolist() == ["class 0", "class 0"]
    np.testing.assert_allclose(found["logit"].sel(state="change"), [[3, 0], [0, 0]])
    np.testing.assert_allclose(found["probability"].sum("class").sel(state="change"), 0, atol=1e-9)
    np.testing.assert_allclose(found["effect_logit"], [0, 0])
    np.testing.assert_allclose(found["effect_distance"], [3, 0])


def test_what_is_no_number_is_told():
    with pytest.raises(NotNumbers, match="1 of 2 logits"):
        effects(logits([0.0, 1.0]), logits([np.nan, 1.0]))


def numbers(values):
    return xr.DataArray(np.asarray(values, float), dims="edge")


class TestAssociation:
    def test_it_is_that_of_scipy(self):
        random = np.random.default_rng(1)
        one = random.normal(size=40)
        other = one + random.normal(size=40)
        found = rank_association(numbers(one), numbers(other))
        assert found["rho"].item() == pytest.approx(stats.spearmanr(one, other).statistic)
        assert found["low"] < found["rho"] < found["high"]
        again = rank_association(numbers(one), numbers(other))
        assert found.identical(again)

    def test_the_interval_is_that_of_resampled_pairs(self):
        random = np.random.default_rng(2)
        one, other = random.normal(size=(2, 20))
        found = rank_association(numbers(one), numbers(other), resamples=400, seed=3)
        draws = random.integers(0, 20, (4000, 20))
        rho = [stats.spearmanr(one[draw], other[draw]).statistic for draw in draws[:1000]]
        expected = np.quantile(rho, [0.025, 0.975])
        np.testing.assert_allclose([found["low"], found["high"]], expected, atol=0.08)

    def test_independent_numbers_are_rarely_told_apart_from_none(self):
        random = np.random.default_rng(4)
        pairs = random.normal(size=(200, 2, 30))
        found = [rank_association(*map(numbers, pair), resamples=200) for pair in pairs]
        missed = [not one["low"] <= 0 <= one["high"] for one in found]
        assert np.mean(missed) < 0.12  # the percentile bootstrap of 30 is a little narrow

    def test_too_few_or_equal_numbers_have_none(self):
        few = rank_association(numbers(range(7)), numbers(range(7)))
        same = rank_association(numbers(range(9)), numbers(np.ones(9)))
        gaps = numbers([*range(9), np.nan])
        assert np.isnan([few["rho"], few["low"], same["rho"], same["high"]]).all()
        assert rank_association(gaps, gaps).attrs["n"] == 9
