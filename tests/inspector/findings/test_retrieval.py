"""What MRLA-base retrieves: shares, distances and sentences."""

import numpy as np
import pytest
import xarray as xr

from inspector.findings import retrieval
from inspector.findings.study import attention, require_verified
from inspector.zoo import load_model

NAMES = ["a.0", "a.1", "a.2"]


def weights(rows: np.ndarray) -> xr.DataArray:
    """Rows (sample, layer, retrieved_layer)."""
    return xr.DataArray(
        rows,
        dims=("sample", "layer", "retrieved_layer"),
        coords={"layer": NAMES, "retrieved_layer": NAMES},
    )


def fake(_subject, count, seed):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 0.1, (count, 3, 3)) + (seed == 0) * np.array([4.0, 0.0, 0.0])
    shares = np.exp(np.where(np.tri(3, dtype=bool), logits, -np.inf))
    shares = shares / shares.sum(axis=-1, keepdims=True)
    return {"a": weights(np.where(np.tri(3, dtype=bool), shares, np.nan))}


def test_shares_and_distances_are_those_of_the_rows():
    row = np.array([[1, np.nan, np.nan], [0.25, 0.75, np.nan], [0.5, 0.3, 0.2]])
    found = retrieval.by_layer(weights(np.stack([row, row])))
    np.testing.assert_allclose(found["weight on itself"]["value"], [0.75, 0.2])
    np.testing.assert_allclose(found["weight on itself"]["uniform"], [1 / 2, 1 / 3])
    np.testing.assert_allclose(found["distance"]["value"], [0.25, 2 * 0.5 + 0.3])
    np.testing.assert_allclose(found["distance"]["uniform"], [0.5, 1.0])


def test_a_network_that_prefers_the_first_layer_is_said_to(canned):
    found = retrieval.finding(canned(fake))
    assert found.told_apart["MRLA-base, which layers"]
    assert "`a.2` from `a.0`" in found.found[0]
    assert (
        "Weight on itself: above that of a uniform row in 0 of 2 layers, below it in 2, not told "
        "apart in 0; on the images of the twins above all 19 random twins in 0 of 2 layers, below "
        "all in 2." in found.found
    )
    assert "2.89, above all 19 random twins" in found.found[2]
    assert [row[0] for row in found.table.rows] == ["`a.1`", "`a.2`"]


def test_a_network_that_heeds_no_image_is_told_from_those_that_do(canned):
    def same(subject, count, seed):
        seen = fake(subject, count, seed + 1)["a"]
        return {"a": seen if seed else xr.zeros_like(seen) + seen.mean("sample")}

    found = retrieval.finding(canned(same)).told_apart
    assert found == {
        "MRLA-base, which layers": False,
        "MRLA-base, how far that depends on the image": True,
    }


def test_one_more_random_network_is_not_told_apart(canned):
    found = retrieval.finding(canned(lambda subject, count, seed: fake(subject, count, seed + 1)))
    assert not any(found.told_apart.values())
    assert "in the range of 19 random twins" in found.found[2]
    assert "above all 19 random twins in 0 of 2 layers, below all in 0" in found.found[3]


def test_twins_are_told_beside_what_the_network_shows_of_the_same_images(canned):
    """Weights of later images, which no twin is shown, are held against none of them."""

    def late(subject, count, seed):
        seen = fake(subject, count, seed + 1)["a"].copy()
        if count > 12:
            seen[12:, 1:] = np.array([0, 0, 1])
        return {"a": seen}

    told = retrieval.finding(canned(late)).found
    assert "in the range of 19 random twins" in told[2]
    assert "below all in 0" in told[3]


def test_variation_is_the_middle_of_the_coefficients_of_variation():
    rows = np.full((2, 3, 3), np.nan)
    rows[:, 0, 0] = 1
    rows[:, 1, :2] = [[0.5, 0.5], [0.25, 0.75]]
    rows[:, 2] = [[0.2, 0.4, 0.4], [0.4, 0.4, 0.2]]
    expected = np.median([0.125 / 0.375, 0.125 / 0.625, 0.1 / 0.3, 0, 0.1 / 0.3])
    assert retrieval.variation({"a": weights(rows)}) == pytest.approx(expected)


def test_a_look_keeps_the_mean_over_heads(pictures):
    model = load_model("cifar_resnet56_mrlab", blocks=2, device="cpu")
    pixels = pictures(2).pixels
    kept = retrieval.look(model, pixels)
    layer = attention(model, pixels, "mrla").children["layer2.1"]["weight"]
    np.testing.assert_allclose(
        kept["layer2"].sel(layer="layer2.1").transpose("sample", "retrieved_layer"),
        layer.transpose("head", "sample", "retrieved_layer").values.mean(axis=0),
        rtol=1e-6,
    )


def test_a_capture_that_is_wrong_is_refused():
    tree = xr.DataTree()
    tree.attrs = {"verified": 0, "verified_error": 0.5}
    with pytest.raises(ValueError, match=r"a verified capture, got one that is off by 0\.5"):
        require_verified(tree)
