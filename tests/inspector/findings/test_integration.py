"""Feature integration of stages."""

import numpy as np
import pytest
import xarray as xr

from inspector.findings import integration
from inspector.findings.study import Sizes
from inspector.measures import Forest


def found(loss: list[list[float]]) -> xr.Dataset:
    return xr.Dataset({"loss": (("layer", "source_layer"), np.array(loss))})


def nearest(loss: list[list[float]]) -> float:
    return integration.nearest_share({"a": found(loss)}, "loss")


def test_what_is_lost_with_the_block_before_is_a_share_of_all_that_is_lost():
    nan = np.nan
    told = nearest([[0.9, nan, nan], [0.2, 0.6, nan], [-0.1, 0.1, 0.1]])
    assert told == pytest.approx((0.6 + 0.1) / (0.8 + 0.1))
    assert np.isnan(nearest([[0.9]]))
    assert np.isnan(nearest([[0.9, nan], [-0.2, 0.1]]))


def test_noise_does_not_make_blocks_further_back_matter():
    random = np.random.default_rng(0)
    noise = np.where(np.tri(50, dtype=bool), random.normal(0, 0.5, (50, 50)), np.nan)
    assert nearest(noise + 20 * np.eye(50)) == pytest.approx(1, abs=0.05)


def test_stages_are_predicted_one_by_one_from_as_many_images_as_asked_for():
    random = np.random.default_rng(0)
    common = random.normal(size=(60, 1, 2))
    values = common + 0.1 * random.normal(size=(60, 3, 2))
    alone = random.normal(size=(60, 3, 2))
    names = {"layer": ["x.0", "x.1", "x.2"]}
    stages = {
        name: xr.DataArray(array, dims=("sample", "layer", "channel"), coords=names)
        for name, array in (("told", values), ("untold", alone))
    }
    small = Forest(trees=5, repeats=1, shuffles=99)
    got = integration.integrated(stages, 50, small)
    assert got["told"].attrs["images"] == 50
    assert got["told"]["predicted"].all()
    assert not got["untold"]["predicted"].any()


def test_twins_are_told_beside_the_network_on_the_same_images(canned, monkeypatch):
    def fake(_subject, count, seed):
        random = np.random.default_rng(seed)
        common = random.normal(size=(count, 1, 2)) * (seed == 0)
        values = common + 0.1 * random.normal(size=(count, 2, 2))
        dims, names = ("sample", "layer", "channel"), {"layer": ["x.0", "x.1"]}
        gate = xr.DataArray(values, dims=dims, coords=names)
        return {"x": gate, "pooled x": gate}

    small = Forest(trees=4, repeats=1, shuffles=49)
    monkeypatch.setattr(integration, "FOREST", small)
    monkeypatch.setattr(integration, "SMALL", small)
    study = canned(fake, 40)
    study.sizes = Sizes(beside=40)
    found = integration.finding(study)
    assert found.told_apart == {"DIA, pooled branch": True}
    assert "DIA, gate: 1 of 1 blocks are predicted better" in found.found[1]
    told = " ".join(found.found)
    assert "R² of DIA's pooled branches is above all 19 random twins in 1 of 1 blocks" in told
    *_, own, twins = found.table.rows
    pooled = found.table.rows[0]
    assert (own[0], twins[0]) == (
        "DIA, pooled branch (40 images, 4 trees)",
        "DIA, pooled branch, twins (40 images, 4 trees)",
    )
    assert own[3] == pooled[3] != twins[3]
