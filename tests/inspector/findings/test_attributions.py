"""Agreement of attention with attributions over many images."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from inspector.findings import attributions
from inspector.zoo import load_model

OWN, (FIRST, SECOND) = attributions.OWN, attributions.USED


def maps(seed: int, count: int) -> xr.DataArray:
    values = np.random.default_rng(seed).random((count, 8, 8))
    return xr.DataArray(values, dims=("sample", "y", "x"))


def fake(_subject, count, seed):
    attended = maps(10 * seed, count)
    first = attended if seed == 0 else maps(10 * seed + 1, count)
    return {OWN: attended, FIRST: first, SECOND: maps(10 * seed + 2, count)}


def test_coefficients_are_spearmans_of_the_same_image_and_of_the_others():
    seen = fake(None, 3, 1)
    found = attributions.correlations(seen).sel({"method": SECOND})
    flat = {name: values.values.reshape(3, -1) for name, values in seen.items()}
    table = np.array(
        [[spearmanr(one, other).statistic for other in flat[SECOND]] for one in flat[OWN]]
    )
    np.testing.assert_allclose(found["own"], table.diagonal())
    np.testing.assert_allclose(found["others"], (table.sum(axis=1) - table.diagonal()) / 2)


def test_a_map_that_is_the_same_everywhere_agrees_with_none():
    flat = xr.ones_like(maps(0, 2))
    found = attributions.correlations({OWN: flat, FIRST: maps(1, 2), SECOND: flat})
    np.testing.assert_array_equal(found["own"], 0)


def test_it_is_said_to_which_side_the_own_image_differs(canned):
    def opposed(subject, count, seed):
        seen = fake(subject, count, seed)
        return seen | {SECOND: 1 - seen[OWN]} if seed == 0 else seen

    found = attributions.finding(canned(opposed)).found
    assert ", more than with the attribution of other images" in found[0]
    assert ", less than with the attribution of other images" in found[1]


def test_maps_that_agree_are_told_from_those_that_do_not(canned):
    found = attributions.finding(canned(fake))
    assert all(found.told_apart.values())
    assert "with Integrated Gradients: mean correlation 1.0" in found.found[0]
    assert found.found[0].endswith(", in 24 images.")
    assert found.found[4].count("above all 19 random twins") == 2
    assert found.found[5].count("in the range of 19 random twins") == 2
    assert "not told apart from that with the attribution of other images" in found.found[1]


@pytest.mark.parametrize("name", ["cifar_vit", "cifar_vit_external"])
def test_a_look_makes_maps_in_pixels(name, pictures):
    model = load_model(name, depth=2, device="cpu")
    seen = attributions.look(model, pictures(1).pixels)
    assert {values.shape for values in seen.values()} == {(1, 32, 32)}
    blocks = seen[OWN].values.reshape(8, 4, 8, 4)
    np.testing.assert_allclose(blocks, np.broadcast_to(blocks[:, :1, :, :1], blocks.shape))
    assert (seen[FIRST] >= 0).all()
