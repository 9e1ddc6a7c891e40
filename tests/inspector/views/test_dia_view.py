"""DIA views: every quantity under its own name, and splits of the cell that add up to it."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.views import NothingToDraw, view_of
from inspector.views.dia import QUANTITIES

BLOCKS = [f"layer1.ModuleList.{block}" for block in (0, 1)]


def of(seen, name, quantity):
    return seen.attention["dia"][name][quantity].values[0].astype(float)


def second_block(seen, quantity):
    """A quantity of layer1's second block, from its first two blocks' captured ones."""
    first, own = (lambda name, block=block: of(seen, block, name) for block in BLOCKS)
    derived = {
        "deviation": lambda: own("gate") - 0.25,
        "written": lambda: own("input_gate") * own("candidate"),
        "carried": lambda: own("forget_gate") * first("input_gate") * first("candidate"),
    }
    return derived[quantity]() if quantity in derived else own(quantity)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_quantity_is_drawn_under_its_name(drawn, heat, inspected, quantity):
    seen = inspected("dia_resnet")
    cells = heat(drawn("dia_gates", seen, quantity=quantity)[1])[0][1]
    np.testing.assert_allclose(cells, second_block(seen, quantity), rtol=1e-5, atol=1e-7)
    others = [name for name in QUANTITIES if name != quantity]
    assert not any(np.allclose(cells, second_block(seen, name)) for name in others)


def test_where_an_untrained_gate_sits_is_marked(drawn, inspected):
    assert "0.25 untrained" in drawn("dia_gates", inspected("dia_resnet"))[1].to_json()


def test_the_spread_of_gates_stands_beside_the_untrained_value(drawn, inspected):
    seen = inspected("dia_resnet")
    _, figure = drawn("dia_gates", seen, form="spread")
    box = next(trace for trace in figure.data if isinstance(trace, go.Box))
    gates = seen.attention["dia"]["layer1.ModuleList.0"]["gate"].values[0]
    np.testing.assert_allclose(box.median[0], np.median(gates), rtol=1e-6)
    assert {shape.y0 for shape in figure.layout.shapes} == {0.25}


def test_a_deviation_has_colours_around_a_quarter_and_says_why(drawn, inspected):
    computed, figure = drawn("dia_gates", inspected("dia_resnet"), quantity="deviation")
    axis = figure.layout.coloraxis
    assert axis.cmin == -axis.cmax
    assert "0.25 = sigmoid(0)²" in computed.notes[-1]


@pytest.mark.parametrize(("how", "size"), [("mean", np.asarray), ("size", np.abs)])
def test_what_is_kept_and_written_is_summed_up_over_channels(drawn, inspected, how, size):
    seen = inspected("dia_resnet")
    _, figure = drawn("dia_memory", seen, sum=how)
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"][:3]
    names = {"carried over": "carried", "written": "written", "cell": "cell"}
    assert [line.name for line in lines] == list(names)
    for line in lines:
        expected = size(second_block(seen, names[line.name])).mean()
        assert line.y[1] == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_the_share_kept_stands_beside_that_of_an_untrained_cell(drawn, inspected):
    seen = inspected("dia_resnet")
    _, figure = drawn("dia_memory", seen, sum="kept")
    assert figure.data[0].y[1] == pytest.approx(second_block(seen, "forget_gate").mean(), rel=1e-6)
    assert {shape.y0 for shape in figure.layout.shapes} == {0.5}


@pytest.mark.parametrize("how", ["mean", "one"])
def test_a_row_of_contributions_sums_to_the_cell_beside_it(drawn, heat, inspected, how):
    seen = inspected("dia_resnet")
    computed, figure = drawn("dia_contributions", seen, channels=how, channel=5)
    picked = np.mean if how == "mean" else lambda values: values[5]
    for place, rows in enumerate(heat(figure)):
        for block, row in enumerate(rows):
            name = f"layer{place + 1}.ModuleList.{block}"
            cell = picked(of(seen, name, "cell"))
            assert np.nansum(row) == pytest.approx(cell, abs=1e-5)
            text = figure.layout["yaxis" + str(place + 1) * bool(place)].ticktext[block]
            assert text == f"{block} · {cell:.3g}".replace("-", "\N{MINUS SIGN}")
    assert any("largest residual" in note and "e-0" in note for note in computed.notes)


def test_contributions_name_the_blocks_of_their_own_stage_only(drawn, inspected):
    computed, _ = drawn("dia_contributions", inspected("dia_resnet"))
    for stage, data in zip((1, 2, 3), computed.panels.values(), strict=True):
        own = [f"layer{stage}.ModuleList.{block}" for block in (0, 1)]
        assert data["source_layer"].values.tolist() == data["layer"].values.tolist() == own
        assert np.isnan(data["contribution"].values[0, 1])


def test_sizes_of_contributions_drop_signs_and_do_not_claim_a_sum(drawn, heat, inspected):
    seen = inspected("dia_resnet")
    _, figure = drawn("dia_contributions", seen, channels="size")
    expected = np.abs(second_block(seen, "carried")).mean()
    assert heat(figure)[0][1, 0] == pytest.approx(expected, rel=1e-5)
    assert figure.layout.yaxis.ticktext == ("0", "1")


def test_a_channel_that_some_stages_lack_is_said(drawn, inspected):
    computed, _ = drawn("dia_contributions", inspected("dia_resnet"), channels="one", channel=200)
    assert list(computed.panels) == ["layer3"]
    assert computed.notes[:2] == (
        "Channel 200.",
        "Chains layer1, layer2 have no channel 200.",
    )


@pytest.mark.parametrize("key", ["dia_contributions", "dia_memory"])
def test_a_state_that_was_replaced_is_told_and_not_split(drawn, inspected, changed, key):
    def replace(*stages):
        def edit(tree):
            for stage in stages:
                tree["dia"][f"layer{stage}.ModuleList.1"]["cell"].values[:] += 0.5

        return changed(inspected("dia_resnet"), edit)

    computed, _ = drawn(key, replace(2))
    assert list(computed.panels) == ["layer1", "layer3"]
    assert any(note.startswith("layer2 is not drawn: what its") for note in computed.notes)
    with pytest.raises(NothingToDraw, match=r"layer3 is not drawn: .* only within 5\.0e-01, as"):
        drawn(key, replace(1, 2, 3))


def test_a_capture_without_the_inside_of_the_cell_is_told_the_way_out(inspected, changed):
    def summarise(tree):
        for layer in tree["dia"].children.values():
            layer.dataset = layer.to_dataset()[["gate"]]

    seen = changed(inspected("dia_resnet"), summarise)
    for key in ("dia_memory", "dia_contributions"):
        assert "capture with detail 'full'" in view_of(key).applies(seen)
    quantities = view_of("dia_gates").controls(seen)[0].options
    assert list(quantities) == ["gate", "deviation"]
