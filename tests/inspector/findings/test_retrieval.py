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
    np.testing.assert_allclose(found["self share"]["value"], [0.75, 0.2])
    np.testing.assert_allclose(found["self share"]["uniform"], [1 / 2, 1 / 3])
    np.testing.assert_allclose(found["distance"]["value"], [0.25, 2 * 0.5 + 0.3])
    np.testing.assert_allclose(found["distance"]["uniform"], [0.5, 1.0])


def test_a_network_that_prefers_the_first_layer_is_said_to(canned):
    found = retrieval.finding(canned(fake))
    assert all(found.told_apart.values())
    assert "`a.2` from `a.0`" in found.found[0]
    assert (
        "Self share: above that of a uniform row in 0 of 2 layers, below it in 2, not told apart "
        "in 0; out of the range of the twins in 2 (one more twin: in 0.2)." in found.found
    )
    assert [row[0] for row in found.table.rows] == ["`a.1`", "`a.2`"]


def test_one_more_random_network_is_not_told_apart(canned):
    found = retrieval.finding(canned(lambda subject, count, seed: fake(subject, count, seed + 1)))
    assert not any(found.told_apart.values())
    assert "out of the range of the twins in 0" in found.found[2]


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
