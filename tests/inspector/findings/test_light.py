"""Sign and size of MRLA-light's weights."""

import numpy as np
import xarray as xr

from inspector.findings import light
from inspector.zoo import load_model


def fake(_subject, count, seed):
    random = np.random.default_rng(seed)
    scale = 0.5 if seed else 5.0
    size = scale * (1 + 0.1 * random.random((count, 3, 4)))
    negative = np.broadcast_to([0.0, 0.25, 0.5, 0.75], size.shape)
    dims, coords = ("sample", "chain", "distance"), {"chain": list("abc"), "distance": range(4)}
    each = {"size": size, "negative": negative}
    return {
        f"{kind} {what}": xr.DataArray(values, dims=dims, coords=coords)
        for kind in light.KINDS
        for what, values in each.items()
    }


def test_distances_are_diagonals():
    values = np.arange(32.0).reshape(2, 4, 4)
    array = xr.DataArray(values, dims=("sample", "layer", "retrieved_layer"))
    for back, found in enumerate(light.by_distance(array).transpose("distance", "sample")):
        edges = [values[:, layer, layer - back] for layer in range(back, 4)]
        np.testing.assert_allclose(found, np.mean(edges, axis=0))


def test_what_is_far_from_the_twins_is_told_with_its_numbers(canned):
    found = light.finding(canned(fake))
    assert all(found.told_apart.values())
    # of a chain of four, three edges reach one layer back, two reach two and one reaches three
    assert "41.7 % are below 0 (25 to 75 % by distance), of random twins 41.7 %" in found.found[0]
    assert found.table.rows[3][3] == "75.0 %"


def test_a_look_is_of_gates_and_decays(pictures):
    """Written out for the second layer: its own gate, and the first one's times its decay."""
    model = load_model("cifar_resnet56_mrlal", blocks=2, device="cpu")
    pixels = pictures(2).pixels
    kept = light.look(model, pixels)
    node = light.attention(model, pixels, "mrla", "full")
    first, second = (node.children[f"layer1.{place}"] for place in (0, 1))
    gates = [
        np.repeat(layer["gate"].values, 64 // layer.sizes["head"], axis=1)
        for layer in (first, second)
    ]
    back = gates[0] * second["decay"].values
    size = kept["nominal size"].sel(chain="layer1")
    np.testing.assert_allclose(size[:, 1], np.abs(back).mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(size[:, 0], np.mean(gates, axis=(0, 2)), rtol=1e-5)
    negative = kept["nominal negative"].sel(chain="layer1")
    np.testing.assert_allclose(negative[:, 1], (back < 0).mean(axis=1))
