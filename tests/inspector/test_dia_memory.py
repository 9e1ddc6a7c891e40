"""DIA's memory against its recurrence in plain numpy, and against what is lost without a block."""

import numpy as np
import pytest
import xarray as xr

from inspector import measures

NAMES = ("forget_gate", "input_gate", "candidate")


def cells(f, i, g, entering=0.0):
    """The state at each block by the published recurrence."""
    state, found = entering, []
    for block in range(len(f)):
        state = f[block] * state + i[block] * g[block]
        found.append(state)
    return np.array(found)


def gates(seed=0, blocks=5, channels=3):
    draw = np.random.default_rng(seed)
    f, i = draw.uniform(size=(2, blocks, channels))
    return f, i, draw.uniform(-1, 1, size=(blocks, channels))


def inside(f, i, g, cell):
    arrays = dict(zip((*NAMES, "cell"), (f, i, g, cell), strict=True))
    names = [f"stage.{block}" for block in range(len(f))]
    return xr.Dataset({n: (("layer", "channel"), v) for n, v in arrays.items()}, {"layer": names})


def test_a_contribution_is_what_the_cell_lacks_if_the_block_writes_nothing():
    f, i, g = gates()
    found = measures.contributions(inside(f, i, g, cells(f, i, g)))["contribution"]
    assert found.dims == ("layer", "source_layer", "channel")
    for source in range(5):
        without = i.copy()
        without[source] = 0
        lacking = cells(f, i, g) - cells(f, without, g)
        np.testing.assert_allclose(found.values[source:, source], lacking[source:], atol=1e-14)
        assert np.isnan(found.values[:source, source]).all()


def test_contributions_sum_to_the_cell_and_the_share_kept_is_the_product_of_forget_gates():
    f, i, g = gates()
    cell = cells(f, i, g)
    found = measures.contributions(inside(f, i, g, cell))
    np.testing.assert_allclose(found["contribution"].sum("source_layer"), cell, atol=1e-14)
    assert abs(found["residual"]).max() <= 1e-14
    np.testing.assert_allclose(found["kept"].values[4, 1], f[2] * f[3] * f[4])
    np.testing.assert_array_equal(found["kept"].values[2, 2], 1)


def test_what_entered_from_elsewhere_stays_in_the_residual():
    f, i, g = gates()
    found = measures.contributions(inside(f, i, g, cells(f, i, g, entering=0.7)))
    np.testing.assert_allclose(found["residual"], 0.7 * f.cumprod(axis=0), atol=1e-14)
    carried = measures.memory(inside(f, i, g, cells(f, i, g, entering=0.7)))["residual"]
    np.testing.assert_allclose(carried.values[0], 0.7 * f[0], atol=1e-14)
    assert abs(carried[1:]).max() <= 1e-14


def test_a_cell_is_what_was_carried_over_and_what_was_written():
    f, i, g = gates(1)
    cell = cells(f, i, g)
    found = measures.memory(inside(f, i, g, cell))
    np.testing.assert_allclose(found["written"], i * g)
    np.testing.assert_allclose(found["carried"].values[1:], (f[1:] * cell[:-1]))
    np.testing.assert_array_equal(found["carried"].values[0], 0)
    np.testing.assert_array_equal(found["kept"], f)
    assert abs(found["residual"]).max() <= 1e-14


def test_images_stay_apart_and_arrays_may_lie_in_any_order():
    f, i, g = gates()
    one, two = (inside(f, j, g, cells(f, j, g)) for j in (i, i[::-1]))
    both = xr.concat([one, two], "sample").transpose("channel", "sample", "layer")
    found = measures.contributions(both)["contribution"]
    for sample, alone in enumerate((one, two)):
        expected = measures.contributions(alone)["contribution"]
        xr.testing.assert_allclose(found.isel(sample=sample).transpose(*expected.dims), expected)


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_contributions_of_a_network_sum_to_its_cell(pair, stage):
    layers = [pair("dia_resnet").attention["dia"][f"layer{stage}.ModuleList.{b}"] for b in (0, 1)]
    chain = xr.concat([layer.to_dataset() for layer in layers], "layer").assign_coords(
        layer=["first", "second"]
    )
    found = measures.contributions(chain)
    assert abs(found["residual"]).max() <= 1e-5
    first, second = ({name: layer[name].values for name in (*NAMES, "cell")} for layer in layers)
    kept = found["contribution"].sel(layer="second", source_layer="first")
    np.testing.assert_allclose(
        kept, second["forget_gate"] * first["input_gate"] * first["candidate"], atol=1e-7
    )


def test_a_gate_is_told_against_that_of_an_untrained_cell():
    untrained = 1 / (1 + np.exp(0)) * 1 / (1 + np.exp(0))
    assert untrained == measures.UNTRAINED_GATE
    gate = xr.DataArray(np.float32([untrained, 0, 1]), dims=["channel"])
    found = measures.deviation(gate)
    np.testing.assert_array_equal(found, [0, -0.25, 0.75])
    assert found.attrs["long_name"] == "channel gate minus 0.25"


def test_what_a_memory_needs_is_said():
    f, i, g = gates()
    whole = inside(f, i, g, f)
    with pytest.raises(ValueError, match=r"input gate is missing: capture with detail='full'"):
        measures.memory(whole.drop_vars("input_gate"))
    with pytest.raises(ValueError, match=r"blocks of a chain along 'layer', got channel\."):
        measures.contributions(whole.isel(layer=0))
