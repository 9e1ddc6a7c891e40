"""Feature integration of stages."""

import numpy as np
import xarray as xr

from inspector.findings import integration
from inspector.findings.study import Sizes
from inspector.measures import Forest


def found(loss: list[list[float]]) -> xr.Dataset:
    return xr.Dataset({"loss": (("layer", "source_layer"), np.array(loss))})


def test_what_is_lost_with_the_block_before_is_a_share_of_all_that_is_lost():
    nan = np.nan
    one = found([[0.9, nan, nan], [0.2, 0.6, nan], [-0.1, 0.1, 0.1]])
    assert integration.nearest_share({"a": one}) == (0.6 + 0.1) / (0.8 + 0.2)
    assert np.isnan(integration.nearest_share({"a": found([[0.9]])}))


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
    assert found.told_apart == {"DIA": True}
    assert "DIA, gate: 1 of 1 blocks are predicted better" in found.found[1]
    assert "R² of DIA's gates is above all 19 random twins in 1 of 1 blocks" in found.found[-1]
    *_, gate, own, twins = found.table.rows
    assert (own[0], twins[0]) == (
        "DIA, gate (40 images, 4 trees)",
        "DIA, gate, twins (40 images, 4 trees)",
    )
    assert own[3] == gate[3] != twins[3]
