"""Accuracies of networks in pairs."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from inspector.findings import pairs
from inspector.zoo import load_model

PLAIN, SE = "cifar_resnet56", "cifar_resnet56_se"


def guess(right: np.ndarray) -> dict[str, xr.DataArray]:
    """What a network says that is right of these images."""
    labels = np.arange(len(right)) % 10
    return {"class": xr.DataArray(np.where(right, labels, 99), dims="sample")}


def fake(subject, count, _seed):
    place = np.arange(count)
    hits = {PLAIN: place % 2 == 0, SE: place % 4 != 1, "cifar_vit_external": place % 2 == 1}
    return guess(hits.get(subject.network, place % 2 == 0))


@pytest.fixture
def study(canned):
    made = canned(fake, 400)
    made.models = {name: SimpleNamespace(trained=True) for name in pairs.SUBJECTS}
    return made


def test_a_gain_is_the_mean_difference_over_the_same_images():
    """Its interval is that of a mean of 60 ones, 20 minus ones and zeros: its error by hand."""
    one, other = (xr.DataArray(np.zeros(1000, bool), dims="sample") for _ in range(2))
    one[:60], other[60:80] = True, True
    found = pairs.gain(one, other)
    error = np.sqrt((80 / 1000 - 0.04**2) / 999)
    assert float(found["value"]) == pytest.approx(4)
    # normal quantile of 1 - 0.05 / 14, of which Student's with 999 degrees is 0.4 % more
    assert float(found["high"]) == pytest.approx(4 + 100 * 2.6901 * error, rel=2e-3)


def test_pairs_are_told_apart_only_beyond_their_interval(study):
    told = pairs.finding(study)
    assert "400 images. Intervals here are of 99.3 % each, so that all 7 hold" in told.found[0]
    assert told.found[1].startswith(f"`{SE}` against `{PLAIN}`: 25")
    assert told.found[1].endswith("points, above it.")
    assert told.found[3].endswith("points, below it.")  # DIA, as plain, against SE
    assert told.found[4].endswith("points, not told apart.")
    assert told.table.rows[0][2:5] == ("75.0 %, 50.0 %", "100", "0")


def test_networks_without_trained_weights_are_compared_with_none(study):
    study.models[SE] = SimpleNamespace(trained=False)
    told = pairs.finding(study)
    assert told.found[1].endswith("are not compared: trained weights of both are needed.")
    assert len(told.table.rows) == len(pairs.PAIRS) - 2
    study.models = {name: SimpleNamespace(trained=False) for name in pairs.SUBJECTS}
    assert not pairs.finding(study).figures


def test_a_look_is_the_likeliest_class(pictures):
    model = load_model(PLAIN, blocks=1, device="cpu")
    pixels = pictures(3).pixels
    shape = (1, 3, 1, 1)
    mean, std = (
        pixels.new_tensor(v, dtype=float).view(shape) for v in (model.card.mean, model.card.std)
    )
    expected = model.module(((pixels / 255 - mean) / std).float()).argmax(1)
    np.testing.assert_array_equal(pairs.look(model, pixels)["class"], expected)
