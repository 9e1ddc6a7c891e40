"""Channel gates and spatial gates show the factors that were captured, in their own cells."""

import numpy as np
import pytest
import torch

from inspector.inspection import inspect_image
from inspector.views import starts, view_of
from inspector.zoo import load_model


def test_channel_gates_are_the_captured_factors(inspected, drawn, heat):
    seen = inspected("share_se_resnet50")
    _, figure = drawn("channel_gates", seen)
    maps = heat(figure)
    assert [values.shape for values in maps] == [(3, 256), (4, 512), (6, 1024), (3, 2048)]
    expected = seen.attention["gates"]["layer3.ModuleList.4"]["gate"].values[0]
    np.testing.assert_allclose(maps[2][4], expected)


def test_gates_of_unequal_blocks_share_a_picture(small, picture, drawn):
    """The first block of a stage gates another number of channels than those after it."""
    seen = inspect_image(small("efficientnet_mrlal_b0"), picture)
    computed, figure = drawn("channel_gates", seen)
    gate = computed.panels["blocks.1"]["gate"]
    assert gate.notnull().sum("channel").values.tolist() == [96, 144]
    assert "no such channel in this layer" in [trace.name for trace in figure.data]
    assert view_of("spatial_gates").applies(seen).startswith("Needs a network with gates on places")


@pytest.fixture(scope="module")
def varied(picture):
    """An inspection whose spatial gates vary: untrained ones are the same everywhere."""
    model = load_model("share_sge_resnet50", device="cpu")
    for stage in (1, 2, 3, 4):
        weight = model.module.get_parameter(f"layer{stage}.share_fc.weight")
        weight.data.copy_(torch.linspace(-1, 2, 64).view(weight.shape))
    return inspect_image(model, picture)


def test_spatial_gates_are_drawn_in_the_cells_of_their_map(varied, drawn, heat):
    _, figure = drawn("spatial_gates", varied, layer="layer4.ModuleList.1", groups=("5",))
    (cells,) = heat(figure)
    expected = varied.attention["gates"]["layer4.ModuleList.1"]["spatial_gate"]
    np.testing.assert_allclose(cells, expected.sel(group=5).values[0])
    assert cells.shape == (7, 7)
    assert np.unique(cells).size == 49


def test_the_groups_that_vary_most_come_first(varied):
    view = view_of("spatial_gates")
    computed = view.compute(varied, starts(view, varied))
    gate = varied.attention["gates"]["layer1.ModuleList.0"]["spatial_gate"].values[0]
    most = sorted(range(64), key=lambda group: -gate[group].std())[:6]
    assert list(computed.panels) == [*(f"group {group}" for group in most), "image"]
    assert "The 6 groups of 64 that vary most." in computed.notes


def test_groups_that_do_not_vary_are_not_told_to_vary_most(inspected):
    """An untrained SGE lets every place through alike, at sigmoid(1)."""
    seen, view = inspected("share_sge_resnet50"), view_of("spatial_gates")
    computed = view.compute(seen, starts(view, seen))
    assert list(computed.panels) == [*(f"group {group}" for group in range(6)), "image"]
    assert all(
        np.allclose(data["map"], 1 / (1 + np.exp(-1)), atol=1e-6)
        for data in computed.panels.values()
        if "map" in data
    )
    assert computed.notes == (
        "Each of the 64 groups is the same all over the map: the first are drawn.",
    )


@pytest.mark.parametrize(
    ("zeroed", "said"), [(False, "One gate for all channels."), (True, "The gate is the same")]
)
def test_a_layer_with_one_spatial_gate_has_no_groups_to_choose(picture, zeroed, said):
    options = {"block_args": {"attn_layer": "cbam"}, "zero_init_last": zeroed}
    seen = inspect_image(load_model("resnet10t", device="cpu", **options), picture)
    computed = view_of("spatial_gates").compute(seen, starts(view_of("spatial_gates"), seen))
    assert computed.notes[-1].startswith(said)
