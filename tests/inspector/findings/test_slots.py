"""Dead slots, and slots that go with classes."""

import numpy as np
import pytest
import xarray as xr

from inspector.findings import slots
from inspector.findings.study import attention
from inspector.zoo import load_model


def fake(_subject, count, seed):
    random = np.random.default_rng(seed)
    use = 1 + 0.1 * random.random((count, 2, 4))
    if seed == 0:
        use[:, 0, 2] = 0.01
        use[:, 1, 1] += np.arange(count) % 10
    coords = {"layer": ["blocks.0", "blocks.1"], "slot": range(4)}
    array = xr.DataArray(use, dims=("sample", "layer", "slot"), coords=coords)
    return {"use": array, "most": array, "first": array / array.sum("slot")}


def test_dead_slots_and_those_with_classes_are_named(canned):
    found = slots.finding(canned(fake, 40))
    told = " ".join(found.found)
    assert all(found.told_apart.values())
    assert "1 of 8 slots of 2 layers are dead over 40 images" in told
    assert "more than with those in 1 of 2 layers" in told
    assert "share that the class explains is above all 19 random twins in 1 of 2 layers" in told
    assert "it explains most is above all 19 random twins in 1 of 2 layers" in told
    assert "Dead slots there: 1, of random twins 0." in told
    assert "slots in use are above all 19 random twins in 0 of 2 layers, below all in 2" in told
    assert "Of all 8 slots that which goes most with classes is 1 of `blocks.1`" in told


def test_twins_are_told_beside_what_the_network_shows_of_the_same_images(canned):
    """A slot that only a later image uses is dead in the first ones, for network and twins."""

    def late(_subject, count, seed):
        seen = fake(_subject, count, seed + 1)
        most = seen["most"].copy()
        most[:30, 0, 0] = 0.0
        return seen | {"most": most}

    table = slots.finding(canned(late, 40)).table
    told = dict(zip(table.head, table.rows[0], strict=True))
    assert told["dead"] == "0"
    assert told["dead, on the twins' images"] == "1"
    assert table.rows[0][table.head.index("dead, on the twins' images") + 1] == "1"


def test_slots_in_use_are_all_where_they_are_used_alike_and_one_where_one_is():
    use = xr.DataArray([[1.0, 1.0, 1.0, 1.0], [4.0, 0.0, 0.0, 0.0]], dims=("sample", "slot"))
    np.testing.assert_allclose(slots.in_use(use), [4, 1])


def test_a_look_sums_affinities_over_tokens(pictures):
    model = load_model("cifar_vit_external", depth=2, device="cpu")
    pixels = pictures(2).pixels
    kept = slots.look(model, pixels)
    node = attention(model, pixels, "external_attention")
    affinity = node.children["blocks.1"]["affinity"]
    mass = affinity.values.sum(axis=2) * 64 / affinity.sizes["token"]  # (sample, head, slot)
    for name, expected in (("use", mass.mean(axis=1)), ("most", mass.max(axis=1))):
        got = kept[name].sel(layer="blocks.1").transpose("sample", "slot")
        np.testing.assert_allclose(got, expected, rtol=1e-5)
    assert float(kept["first"].sum("slot").mean()) == pytest.approx(1, rel=1e-5)
