"""What logits say: softmax, the class of each pixel, and shares that sum to one."""

import numpy as np
import pytest
import xarray as xr

from inspector.measures import NotNumbers, class_shares, probabilities, segments

CLASSES = ["sky", "cow", "grass", "road"]


@pytest.fixture
def logits():
    """Logits (class, y, x) of 5 x 7 pixels; road is nowhere the likeliest."""
    values = np.random.default_rng(0).normal(size=(4, 5, 7)).astype(np.float32)
    values[3] = values[:3].min(axis=0) - 1
    return xr.DataArray(values, dims=("class", "y", "x"), coords={"class": CLASSES})


def softmax(values):
    odds = np.exp(values.astype(float))
    return odds / odds.sum(axis=0)


def test_every_pixel_has_probabilities_that_sum_to_one(logits):
    found = probabilities(logits)
    assert found.dims == ("class", "y", "x")
    np.testing.assert_allclose(found.values, softmax(logits.values), rtol=1e-12)
    np.testing.assert_allclose(found.sum("class"), 1, rtol=1e-12)


def test_each_pixel_gets_its_likeliest_class_and_that_ones_probability(logits):
    found = segments(logits)
    for y, x in np.ndindex(5, 7):
        column = logits.values[:, y, x]
        assert int(found["likeliest"][y, x]) == max(range(4), key=column.__getitem__)
        np.testing.assert_allclose(found["probability"][y, x], softmax(column).max(), rtol=1e-6)


def test_shares_count_the_pixels(logits):
    share = segments(logits)["share"]
    largest = [CLASSES[place] for place in logits.values.argmax(axis=0).ravel()]
    assert {str(c): float(share.sel({"class": c})) for c in CLASSES} == {
        c: largest.count(c) / 35 for c in CLASSES
    }
    assert float(share.sel({"class": "road"})) == 0


def test_of_equal_logits_the_first_class_is_taken(logits):
    found = segments(logits * 0)
    assert not found["likeliest"].any()
    np.testing.assert_allclose(found["probability"], 0.25)


def test_huge_logits_do_not_overflow(logits):
    found = segments(logits * 1e30)
    assert np.isfinite(found["probability"]).all()
    assert np.isfinite(probabilities(logits * 1e30)).all()


def test_class_shares_are_probabilities_or_pixels(logits):
    pixel = logits.isel(y=0, x=0)
    np.testing.assert_allclose(class_shares(pixel), softmax(pixel.values), rtol=1e-12)
    assert class_shares(pixel).attrs["long_name"] == "probability"
    assert class_shares(logits).identical(segments(logits)["share"])
    assert class_shares(logits).attrs["long_name"] == "share of pixels"


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("measure", [probabilities, segments, class_shares])
def test_logits_that_are_no_numbers_are_refused(logits, measure, wrong):
    logits[2, 3, 4] = wrong
    with pytest.raises(NotNumbers, match=r"not numbers .* for 1 of 140 logits\. Check its weights"):
        measure(logits)
