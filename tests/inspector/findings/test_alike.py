"""How alike gates are, in parts of the images."""

from itertools import combinations

import numpy as np
import pytest
import xarray as xr

from inspector.findings import alike
from inspector.zoo import load_model


def gates(seed: int, count: int, common: float) -> xr.DataArray:
    random = np.random.default_rng(seed)
    shared = common * random.normal(size=(count, 1, 8))
    values = shared + random.normal(size=(count, 3, 8))
    return xr.DataArray(
        values, dims=("sample", "layer", "channel"), coords={"layer": ["a.0", "a.1", "a.2"]}
    )


def fake(subject, count, seed):
    return {"a": gates(seed, count, 3.0 if subject is alike.DIA and not seed else 0.0)}


def test_the_mean_over_parts_is_the_mean_over_images():
    values = gates(1, 23, 1.0)
    found = alike.averages(alike.gates({"a": values, "pooled a": values}))["per_image"]
    pairs = [
        np.mean([np.corrcoef(image[one], image[other])[0, 1] for image in part])
        for part in np.array_split(values.values, 4)
        for one, other in combinations(range(3), 2)
    ]
    assert float(found["value"].sel(pairs="all")) == pytest.approx(np.mean(pairs))
    assert abs(float(found["mean_baseline"].sel(pairs="all"))) < 0.2
    assert float(found["low"].sel(pairs="all")) > 0.2


def test_gates_that_go_together_are_told_from_those_that_do_not(canned):
    found = alike.finding(canned(fake, 40))
    assert found.told_apart == {"SE": False, "DIA": True}
    assert all("DIA's layers are more alike" in told for told in found.found[:3])
    for told in found.found[3:6]:
        se, dia, gap = told.split("; DIA ")
        assert "above all 19 random twins" in dia
        assert gap.startswith("minus SE 0.")
        assert "above all 19 random twins" in gap
        assert "in the range of" in se
    assert "below the 0.85 that the paper reports" in found.found[-1]
    assert len(found.table.rows) == 6


def test_networks_that_are_alike_in_this_are_not_told_apart(canned):
    found = alike.finding(canned(lambda subject, count, seed: fake(subject, count, seed + 1), 40))
    assert "the two are not told apart" in found.found[0]


def test_gates_that_are_always_the_same_are_held_against_no_number(canned):
    def flat(subject, count, seed):
        seen = fake(subject, count, seed)
        return {key: xr.ones_like(gate) for key, gate in seen.items()} if seed == 0 else seen

    found = alike.finding(canned(flat, 40))
    assert "none for SE and none for DIA" in found.found[0]
    assert "more alike" not in found.found[0]
    assert "not told apart" in found.found[0]
    assert "has no correlation" in found.found[-1]
    assert "0.85" not in found.found[-1]


@pytest.mark.parametrize(
    ("name", "look", "layers"),
    [("cifar_resnet56_se", alike.look_se, 6), ("cifar_resnet56_dia", alike.look_dia, 6)],
)
def test_looks_keep_the_gates_of_every_stage(name, look, layers, pictures):
    model = load_model(name, blocks=2, device="cpu")
    found = alike.gates(look(model, pictures(2).pixels))
    assert [values.sizes["channel"] for values in found.values()] == [64, 64, 128, 128, 256, 256]
    assert len(found) == layers
