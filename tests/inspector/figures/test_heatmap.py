"""What a heat map must show, whatever it is given."""

import json

import numpy as np
import pytest
import xarray as xr

from inspector.figures import Panel, Scale, heatmap

MINUS = "\N{MINUS SIGN}"
UNIT = Scale.unit("retrieval weight")


def draw(panels, **options):
    return heatmap(panels, x="retrieved_layer", y="layer", **{"scale": UNIT} | options)


def test_every_value_lies_at_its_labels_whatever_the_order_of_dims(triangle, coloured):
    weight = triangle()
    for given in (weight, weight.transpose()):
        (cells,) = coloured(draw(given))
        for row, layer in enumerate(cells.y):
            for column, retrieved in enumerate(cells.x):
                expected = weight.sel(layer=layer, retrieved_layer=retrieved).item()
                np.testing.assert_allclose(cells.z[row, column], expected, rtol=1e-6)


def test_the_first_layer_is_on_top_and_labels_keep_depth_order(triangle, coloured):
    weight = triangle(size=12)
    figure = draw(weight)
    assert list(coloured(figure)[0].y) == [f"layer3.{i}" for i in range(12)]
    assert figure.layout.yaxis.range == (11.5, -0.5)
    assert figure.layout.yaxis.categoryarray == tuple(weight.layer.values)


def test_titles_come_from_the_labels(triangle):
    weight = triangle()
    weight.layer.attrs.update(long_name="reading layer", units="block")
    figure = draw(weight)
    assert figure.layout.yaxis.title.text == "reading layer (block)"
    assert figure.layout.xaxis.title.text == "retrieved layer"
    assert figure.layout.coloraxis.colorbar.title.text == "retrieval weight"


def test_an_axis_that_is_left_over_is_an_error_with_a_way_out(triangle):
    weight = triangle().expand_dims(head=3)
    message = (
        "heatmap draws layer and retrieved_layer; 'head' is left over: "
        "select a head or average them first."
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        draw(weight)


def test_an_axis_that_is_missing_names_what_was_got(triangle):
    with pytest.raises(ValueError, match=r"'retrieved_layer' is missing, got layer\."):
        draw(triangle().mean("retrieved_layer"))


def test_nothing_to_draw_is_an_error(triangle):
    with pytest.raises(ValueError, match=r"heatmap got no panel: capture a layer"):
        draw({})
    with pytest.raises(ValueError, match=r"array is empty: .*'layer': 0"):
        draw(triangle().isel(layer=slice(0)))


def test_repeated_labels_are_refused_because_one_cell_would_hide_another(triangle):
    twice = triangle(size=2).assign_coords(layer=["a", "a"])
    with pytest.raises(ValueError, match=r"labels along 'layer' must differ, got 'a' more than"):
        draw(twice)


def test_what_is_out_of_reach_has_no_colour_and_says_so(triangle, coloured, legend):
    figure = draw(triangle(), absent="out of reach")
    (cells,) = coloured(figure)
    beyond = np.triu(np.ones((4, 4), bool), k=1)
    np.testing.assert_array_equal(np.isnan(cells.z), beyond)
    assert cells.hoverongaps is False
    assert legend(figure) == ["out of reach"]
    (clear,) = [t for t in figure.data if t.type == "heatmap" and t is not cells]
    np.testing.assert_array_equal(np.isfinite(clear.z), beyond)
    assert {colour for _, colour in clear.colorscale} == {"rgba(0,0,0,0)"}
    assert "out of reach" in clear.hovertemplate
    assert figure.layout.plot_bgcolor not in {c for _, c in figure.layout.coloraxis.colorscale}


def test_panels_share_one_fixed_scale_so_that_equal_colours_are_equal_values(triangle, coloured):
    small = triangle("layer1", 3) * 0.001
    figure = draw({"layer1": small, "layer3": triangle()})
    assert {trace.coloraxis for trace in coloured(figure)} == {"coloraxis"}
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)
    assert "coloraxis2" not in figure.layout


def test_without_a_scale_all_panels_together_set_it(triangle):
    panels = {"a": triangle(size=2) * 0.1, "b": triangle(size=2) * 0.4}
    axis = heatmap(panels, x="retrieved_layer", y="layer").layout.coloraxis
    assert axis.cmin == 0
    assert axis.cmax == pytest.approx(0.4, rel=1e-6)
    signed = {"a": triangle(size=2), "b": -3 * triangle(size=2)}
    axis = heatmap(signed, x="retrieved_layer", y="layer").layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-3, 3)


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("gate (share of 1)", ["gate (share of 1)"]),
        ("channel gate (share of 1)", ["channel gate", "(share of 1)"]),
        ("mean over all the channels", ["mean over all the", "channels"]),
    ],
)
def test_a_bar_keeps_a_unit_in_one_line(triangle, label, lines):
    figure = heatmap({"a": triangle("a")}, x="retrieved_layer", y="layer", scale=Scale.unit(label))
    assert figure.layout.coloraxis.colorbar.title.text.split("<br>") == lines


def test_a_scale_per_panel_is_said_on_every_panel_and_has_its_own_bar(triangle, coloured, titles):
    panels = {"layer1": triangle("layer1"), "layer3": triangle()}
    scales = {"layer1": Scale(0, 0.5, "weight"), "layer3": Scale(0, 2, "weight")}
    figure = draw(panels, scale=scales)
    assert [trace.coloraxis for trace in coloured(figure)] == ["coloraxis", "coloraxis2"]
    assert [figure.layout[axis].cmax for axis in ("coloraxis", "coloraxis2")] == [0.5, 2]
    assert all(text.endswith("own scale") for text in titles(figure))
    first, second = (figure.layout[axis].colorbar for axis in ("coloraxis", "coloraxis2"))
    assert figure.layout.xaxis.domain[1] <= first.x < figure.layout.xaxis2.domain[0] < second.x
    with pytest.raises(ValueError, match=r"scale for every panel, got none for 'layer3'"):
        draw(panels, scale={"layer1": UNIT})


def test_values_beyond_the_scale_are_marked_and_the_bar_says_so(coloured, legend):
    values = xr.DataArray([[-2.0, 0.5, 3.0, 7.0]], dims=["layer", "channel"])
    figure = heatmap(values, x="channel", y="layer", scale=Scale.diverging(1, "decay"))
    assert legend(figure) == ["above 1 (clipped)", f"below {MINUS}1 (clipped)"]
    painted = [t for t in figure.data if t.type == "heatmap" and t not in coloured(figure)]
    marked = [np.flatnonzero(np.isfinite(trace.z[0])).tolist() for trace in painted]
    assert marked == [[2, 3], [0]]
    assert all(trace.hoverinfo == "skip" for trace in painted)
    texts = figure.layout.coloraxis.colorbar.ticktext
    assert texts[0] == f"≤ {MINUS}1"
    assert texts[-1] == "≥ 1"


def test_clipped_undefined_and_absent_cells_look_different_and_are_explained(coloured, legend):
    values = xr.DataArray([[np.nan, np.nan, np.inf, 3.0, 0.5]], dims=["layer", "channel"])
    zero = xr.DataArray([False, True, False, False, True], dims=["channel"])
    panel = Panel(values, undefined={"a key is 0": zero})
    scale = Scale(-2, 2, "cosine")
    figure = heatmap(panel, x="channel", y="layer", scale=scale, absent="no such channel")
    said = {
        "no such channel": [0],
        "a key is 0": [1],
        "undefined: infinite": [2],
        "above 2 (clipped)": [3],
    }
    assert legend(figure) == list(said)
    painted = [t for t in figure.data if t.type == "heatmap" and t not in coloured(figure)]
    assert [np.flatnonzero(np.isfinite(t.z[0])).tolist() for t in painted] == list(said.values())
    np.testing.assert_array_equal(np.isfinite(coloured(figure)[0].z[0]), [0, 0, 0, 1, 1])
    keys = [trace for trace in figure.data if trace.showlegend]
    absent, undefined, infinite, clipped = [(k.marker.color, k.marker.symbol) for k in keys]
    assert undefined == infinite
    assert len({absent[0], undefined[0], clipped[0]}) == 3
    assert [absent[1], undefined[1], clipped[1]] == ["square", "x", "triangle-up"]
    drawn = [t for t in figure.data if t.type == "scatter" and not t.showlegend]
    assert [(t.marker.symbol, t.x) for t in drawn if t.x[0] is not None] == [
        *(("x", ("1",)), ("x", ("2",)), ("triangle-up", ("3",))),
    ]
    assert "a key is 0" in painted[1].hovertemplate


@pytest.mark.parametrize("limit", [1, 0.3, np.float64(0.1), 7e5])
def test_values_at_the_ends_of_the_scale_are_not_clipped_not_even_by_rounding(limit, legend):
    ends = np.array([[-limit, limit]])
    for values in (ends, np.nextafter(ends.astype(np.float32), np.sign(ends) * np.inf)):
        drawn = xr.DataArray(values, dims=["layer", "channel"])
        figure = heatmap(drawn, x="channel", y="layer", scale=Scale.diverging(limit, "decay"))
        assert legend(figure) == []
        assert "≥" not in figure.layout.coloraxis.colorbar.ticktext[-1]


@pytest.mark.parametrize("value", [0.25, 0.0, -3.0])
def test_a_flat_panel_is_drawn_and_says_its_only_value(triangle, titles, value):
    flat = xr.full_like(triangle(), value)
    figure = heatmap({"layer3": flat}, x="retrieved_layer", y="layer")
    assert titles(figure) == [f"layer3 · all {value:g}".replace("-", MINUS)]


def test_a_panel_without_any_value_is_drawn_as_absent(triangle, legend):
    figure = heatmap(triangle() * np.nan, x="retrieved_layer", y="layer", absent="undefined")
    assert legend(figure) == ["undefined"]


def test_hover_states_the_place_the_exact_value_and_the_extras(triangle, coloured):
    weight = triangle()
    even = 1 / weight.notnull().sum("retrieved_layer")
    reason = xr.where(weight.isnull(), "not built yet", "")
    figure = draw({"layer3": Panel(weight, {"uniform": even, "because": reason})})
    (cells,) = coloured(figure)
    assert cells.hovertemplate == (
        "<b>layer3</b><br>layer %{y}<br>retrieved layer %{x}<br>"
        "retrieval weight <b>%{z:.6~g}</b><br>uniform %{customdata[0]:.6~g}<extra></extra>"
    )
    np.testing.assert_allclose(cells.customdata[2, :, 0], 1 / 3, rtol=1e-6)
    (absent,) = [t for t in figure.data if t.type == "heatmap" and t is not cells]
    assert "because %{customdata[1]}" in absent.hovertemplate
    assert absent.customdata[0, 3, 1] == "not built yet"


def test_extras_with_other_labels_are_refused(triangle):
    other = triangle().assign_coords(layer=list("abcd"))
    with pytest.raises(ValueError, match=r"'uniform' has other labels"):
        draw(Panel(triangle(), {"uniform": other}))


def test_numbers_of_rows_stand_behind_their_labels(triangle):
    weight = triangle()
    score = xr.DataArray(
        [0.5, -0.25, np.nan, 0.125],
        coords={"layer": weight.layer.values},
        dims=["layer"],
        attrs={"long_name": "R\N{SUPERSCRIPT TWO}"},
    )
    axis = draw({"layer3": Panel(weight, of_rows=score)}).layout.yaxis
    assert axis.ticktext == ("0 · 0.5", f"1 · {MINUS}0.25", "2 · \N{EN DASH}", "3 · 0.125")
    assert axis.tickvals == tuple(weight.layer.values)
    assert axis.title.text == "layer · R²"
    with pytest.raises(ValueError, match="'R²' has other labels"):
        draw(Panel(weight, of_rows=score.assign_coords(layer=list("abcd"))))


def test_marks_lie_on_their_cells_and_are_explained_once(triangle, legend):
    panels = {}
    for chain, size in {"layer1": 3, "layer3": 4}.items():
        weight = triangle(chain, size)
        panels[chain] = Panel(weight, marks={"1 by construction": weight == 1})
    figure = draw(panels)
    marks = [t for t in figure.data if t.type == "scatter" and t.x != (None,)]
    assert [(t.x, t.y) for t in marks] == [(("layer1.0",),) * 2, (("layer3.0",),) * 2]
    assert legend(figure).count("1 by construction") == 1


def test_labels_lose_the_path_they_share_and_the_title_keeps_it(triangle, coloured, titles):
    figure = draw({"stage 3": triangle("stages.2")})
    assert figure.layout.xaxis.ticktext == ("0", "1", "2", "3")
    assert titles(figure) == ["stage 3 · stages.2"]
    assert coloured(figure)[0].x[0] == "stages.2.0"
    assert titles(draw({"stages.2": triangle("stages.2")})) == ["stages.2"]
    assert titles(draw({"stages.2.0-2": triangle("stages.2")})) == ["stages.2.0-2"]


def test_labels_without_a_common_path_stay_whole(triangle):
    weight = triangle(size=2).assign_coords(layer=["stem", "layer1.0"])
    figure = draw(weight.assign_coords(retrieved_layer=["stem", "layer1.0"]))
    assert figure.layout.yaxis.ticktext == ("stem", "layer1.0")


def test_numbers_keep_what_stands_before_their_point():
    values = xr.DataArray(np.eye(2), dims=["a", "b"], coords={"a": [0.25, 0.5], "b": [3, 12]})
    layout = heatmap(values, x="b", y="a").layout
    assert layout.yaxis.ticktext == ("0.25", "0.5")
    assert layout.xaxis.ticktext == ("3", "12")


def test_names_cannot_smuggle_in_mark_up(triangle, titles, coloured):
    name = "<a href='http://x'>cat</a>"
    figure = draw({name: triangle()})
    assert "<a" not in titles(figure)[0]
    assert "<a" not in coloured(figure)[0].hovertemplate


@pytest.mark.parametrize("chain", ["s", "tokens_to_token.attention1", "a_long_name_without_path_"])
@pytest.mark.parametrize("size", [1, 3, 16, 54, 200])
def test_tick_labels_have_room(chain, size):
    """Distance between shown labels, counted in the layout's own pixels, against their size."""
    names = [f"{chain}{i}" for i in range(size)]
    square = xr.DataArray(
        np.zeros((size, size)), dims=["a", "b"], coords={"a": names, "b": names[::-1]}
    )
    layout = heatmap(square, x="b", y="a").layout
    width = layout.width - layout.margin.l - layout.margin.r
    height = layout.height - layout.margin.t - layout.margin.b
    longest = 11 * 0.5 * max(map(len, (*layout.xaxis.ticktext, *layout.yaxis.ticktext)))
    step = size if len(layout.xaxis.tickvals) == 1 else names[::-1].index(layout.xaxis.tickvals[1])
    across = longest if layout.xaxis.tickangle == 0 else 11
    assert size == 1 or step * width / size >= across
    step = size if len(layout.yaxis.tickvals) == 1 else names.index(layout.yaxis.tickvals[1])
    assert size == 1 or step * height / size >= 11
    assert layout.margin.l >= longest
    assert layout.margin.b >= (longest if layout.xaxis.tickangle else 11)


def test_two_thousand_channels_stay_light_and_say_that_they_are_crowded(coloured):
    decay = xr.DataArray(np.zeros((3, 2048)), dims=["layer", "channel"], name="decay")
    figure = heatmap(decay, x="channel", y="layer", scale=Scale.diverging(1, "decay"))
    (cells,) = coloured(figure)
    assert cells.z.dtype == np.float32
    assert len(figure.to_json()) < 120_000
    assert "2,048 in 720 px: zoom in" in figure.layout.xaxis.title.text
    assert json.loads(figure.to_json())["data"][0]["z"]["dtype"] == "f4"


def test_panels_of_a_row_do_not_overlap_and_columns_can_be_set(triangle):
    panels = {f"layer{i}": triangle(f"layer{i}", n) for i, n in enumerate([3, 4, 6, 3])}
    row = draw(panels).layout
    edges = [edge for key in ("", "2", "3", "4") for edge in row[f"xaxis{key}"].domain]
    assert edges == sorted(edges)
    column = draw(panels, columns=1).layout
    assert {column[f"xaxis{key}"].domain[0] for key in ("", "2", "3", "4")} == {0}
    assert column.height > 3 * row.height / 2


def test_a_small_figure_has_room_for_legend_and_caption_and_keeps_its_cells(triangle):
    small, usual = (draw(triangle(size=size)).layout for size in (2, 4))
    assert small.width == usual.width == 640
    cells = [layout.width - layout.margin.l - layout.margin.r for layout in (small, usual)]
    assert cells == [2 * 36, 4 * 36]


def test_a_program_is_told_which_dims_run_along_the_axes_of_each_panel(triangle):
    figure = draw({"early": triangle(), "late": triangle(size=2)})
    told = [
        {"title": "early", "xaxis": "x", "yaxis": "y"},
        {"title": "late", "xaxis": "x2", "yaxis": "y2"},
    ]
    dims = {"across": "retrieved_layer", "down": "layer"}
    assert json.loads(figure.to_json())["layout"]["meta"] == {"panels": [t | dims for t in told]}
