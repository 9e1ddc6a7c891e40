"""Summaries against scipy on the whole array, which they never see."""

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from inspector.measures import (
    averaged_summary,
    binned_quantiles,
    correlation_interval,
    summary_difference,
    summary_interval,
)


@pytest.fixture
def images():
    """Numbers (sample, head) that are far from independent."""
    draw = np.random.default_rng(0)
    return draw.normal(size=(30, 4)) + draw.normal(size=(30, 1)) + np.arange(4)


def summary(values, heads="abcd"):
    return xr.Dataset(
        {
            "mean": ("head", values.mean(0), {"units": "nats"}),
            "variance": ("head", values.var(0, ddof=1)),
            "count": float(len(values)),
        },
        coords={"head": list(heads)},
    )


def test_an_interval_is_students(images):
    found = summary_interval(summary(images))
    for head, values in zip("abcd", images.T, strict=True):
        low, high = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.95)
        one = found.sel(head=head)
        assert [float(one[k]) for k in ("value", "low", "high")] == pytest.approx(
            [values.mean(), low, high]
        )
    assert found["low"].attrs["units"] == "nats"


def test_one_image_has_no_interval(images):
    alone = summary(images[:2]).assign(count=1.0)
    found = summary_interval(alone)
    assert found["value"].notnull().all()
    assert found["low"].isnull().all()
    assert summary_difference(alone, summary(images))["high"].isnull().all()


def test_a_difference_is_welchs(images):
    others = 2 * images[:11] + 1
    found = summary_difference(summary(images), summary(others))
    for place in range(4):
        told = scipy.stats.ttest_ind(others[:, place], images[:, place], equal_var=False)
        low, high = told.confidence_interval(0.95)
        assert [float(found[k][place]) for k in ("low", "high")] == pytest.approx([low, high])


def test_a_difference_of_other_labels_is_refused(images):
    with pytest.raises(ValueError, match="two summaries with the same labels"):
        summary_difference(summary(images), summary(images, "abce"))


def test_the_bound_holds_whatever_heads_do_together(images):
    for values in (images, images * [1, -1, 1, -1], np.repeat(images[:, :1], 4, axis=1)):
        found = averaged_summary(summary(values), "head")
        true = values.mean(1).var(ddof=1)
        assert float(found["mean"]) == pytest.approx(values.mean())
        assert float(found["variance"]) >= true * (1 - 1e-12)
    assert float(found["variance"]) == pytest.approx(true)  # all the same: it is reached


def test_a_correlation_has_fishers_interval(images):
    coefficient = xr.DataArray(np.corrcoef(images.T), dims=("layer", "other_layer"))
    found = correlation_interval(coefficient, len(images))
    told = scipy.stats.pearsonr(images[:, 0], images[:, 2]).confidence_interval(0.95)
    one = found.isel(layer=0, other_layer=2)
    assert [float(one["low"]), float(one["high"])] == pytest.approx([told.low, told.high])
    few = correlation_interval(coefficient, 3)
    assert few["low"].isnull().all()
    assert few["value"].equals(coefficient)


def test_quantiles_are_numpys_to_within_a_bin():
    values = np.random.default_rng(1).beta(2, 5, size=(3, 500))
    edges = np.linspace(0, 1, 51)
    inner = np.stack([np.histogram(row, edges)[0] for row in values])
    counts = xr.DataArray(np.pad(inner, ((0, 0), (1, 1))), {"slot": [4, 5, 6]}, ("slot", "bin"))
    ends = np.concatenate([[-np.inf], edges, [np.inf]])
    levels = (0.0, 0.05, 0.5, 1.0)
    found = binned_quantiles(counts, ends[:-1], ends[1:], levels)
    exact = np.quantile(values, levels, axis=1, method="inverted_cdf")
    np.testing.assert_allclose(found.transpose("quantile", "slot"), exact, atol=1 / 50)
    assert found["slot"].values.tolist() == [4, 5, 6]
    assert binned_quantiles(0 * counts, ends[:-1], ends[1:], levels).isnull().all()
