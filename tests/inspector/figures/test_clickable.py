"""A click on a cell must say which cell it was."""

import numpy as np
import xarray as xr

from inspector.figures import Panel, Scale, clickable, heatmap


def squares(figure):
    """The squares as plotly itself reads them."""
    drawn = figure.checked.data
    return [t for t in drawn if t.type == "scatter" and t.customdata is not None]


def test_every_cell_with_a_value_has_a_square_that_knows_its_names_and_value(triangle):
    weight = triangle(size=3)
    panels = {"layer3": Panel(weight, {"twice": 2 * weight})}
    (points,) = squares(clickable(heatmap(panels, x="retrieved_layer", y="layer")))
    assert len(points.x) == 6
    for x, y, (panel, row, column, value, twice) in zip(
        points.x, points.y, points.customdata, strict=True
    ):
        assert (panel, row, column) == ("layer3", y, x)
        expected = weight.sel(layer=y, retrieved_layer=x).item()
        np.testing.assert_allclose([value, twice], [expected, 2 * expected], rtol=1e-6)


def test_the_text_under_the_pointer_stays(triangle, coloured):
    panels = {"layer3": Panel(triangle(), {"twice": 2 * triangle()})}
    figure = heatmap(panels, x="retrieved_layer", y="layer")
    (points,) = squares(clickable(figure))
    assert points.hovertemplate == (
        "<b>layer3</b><br>layer %{customdata[1]}<br>retrieved layer %{customdata[2]}<br>"
        "value <b>%{customdata[3]:.6~g}</b><br>twice %{customdata[4]:.6~g}<extra></extra>"
    ).replace("value", "retrieval weight")
    assert points.marker.color == "rgba(0,0,0,0)"
    assert points.hoverinfo != "skip"  # it would make the squares deaf to clicks


def test_squares_fill_their_cells(triangle):
    figure = heatmap({"a": triangle(size=3)}, x="retrieved_layer", y="layer")
    layout = figure.layout
    cell = (layout.width - layout.margin.l - layout.margin.r) / 3
    (points,) = squares(clickable(figure))
    assert cell - 3 < points.marker.size < cell


def test_each_panel_answers_on_its_own_axes_and_large_ones_not_at_all(triangle):
    panels = {"a": triangle(size=3), "b": triangle(size=4)}
    found = squares(clickable(heatmap(panels, x="retrieved_layer", y="layer")))
    assert [(trace.xaxis, trace.yaxis) for trace in found] == [("x", "y"), ("x2", "y2")]
    wide = xr.DataArray(np.zeros((3, 2048)), dims=["layer", "channel"])
    figure = heatmap(wide, x="channel", y="layer", scale=Scale.unit("gate"))
    assert squares(clickable(figure)) == []
