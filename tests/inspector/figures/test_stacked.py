"""A stack keeps each part as it was laid out: its pixels, its colours, its legend."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from inspector.figures import Scale, bars, heatmap, profile, stacked


@pytest.fixture
def parts():
    draw = np.random.default_rng(0)
    cells = xr.DataArray(draw.random((4, 6)), dims=("layer", "channel"), name="gate")
    wide = {f"stage {i}": cells for i in range(3)}
    line = xr.DataArray(draw.random(5), dims="layer", coords={"layer": list("abcde")}, name="mass")
    return {
        "cells": heatmap(wide, x="channel", y="layer", scale=Scale.unit("gate")),
        "again": heatmap(cells.where(cells > 0.2), x="channel", y="layer"),
        "lines": profile(xr.Dataset({"one": line, "two": 1 - line}), x="layer"),
        "bars": bars(line, horizontal=True),
    }


def boxes(figure):
    """Width, height, left edge and lower edge of each panel, in pixels of the whole figure."""
    layout = figure.layout
    margin = layout.margin
    width = layout.width - margin.l - margin.r
    height = layout.height - margin.t - margin.b
    keys = [key.removeprefix("xaxis") for key in layout.to_plotly_json() if key[:5] == "xaxis"]
    found = []
    for key in keys:
        x, y = layout[f"xaxis{key}"].domain, layout[f"yaxis{key}"].domain
        size = ((x[1] - x[0]) * width, (y[1] - y[0]) * height)
        found.append((*size, margin.l + x[0] * width, margin.b + y[0] * height))
    return found


def test_every_panel_keeps_its_pixels(parts):
    alone = [box for figure in parts.values() for box in boxes(figure)]
    together = boxes(stacked(parts))
    assert len(together) == len(alone) == 6
    np.testing.assert_allclose([b[:2] for b in together], [b[:2] for b in alone], atol=1e-6)


def test_parts_lie_below_each_other_with_left_edges_in_line(parts):
    places = boxes(stacked(parts))
    firsts = [places[index] for index in (0, 3, 4, 5)]
    assert len({round(left, 6) for _, _, left, _ in firsts}) == 1
    for (*_, above), (_, height, _, below) in pairwise(firsts):
        assert below + height < above


def test_traces_move_to_axes_and_colours_of_their_own(parts):
    whole = stacked(parts)
    on = [(trace.xaxis, trace.yaxis) for trace in whole.data]
    assert [pair for place, pair in enumerate(on) if pair not in on[:place]] == [
        *(("x", "y"), ("x2", "y2"), ("x3", "y3"), ("x4", "y4"), ("x5", "y5"), ("x6", "y6"))
    ]
    cells = (trace for trace in whole.data if trace.type == "heatmap" and trace.coloraxis)
    assert {trace.xaxis: trace.coloraxis for trace in cells} == {
        **dict.fromkeys(("x", "x2", "x3"), "coloraxis"),
        "x4": "coloraxis4",
    }
    assert whole.layout.coloraxis.cmax == 1
    assert whole.layout.yaxis4.anchor == "x4"
    told = whole.layout.meta["panels"]
    assert [panel["xaxis"] for panel in told] == ["x", "x2", "x3", "x4"]


def test_legends_and_headings_stand_with_their_part(parts):
    whole = stacked(parts)
    shown = {trace.name: trace.legend for trace in whole.data if trace.showlegend}
    assert shown == {"not applicable": "legend2", "one": "legend3", "two": "legend3"}
    notes = {note.text: note.y for note in whole.layout.annotations}
    heights = [notes[f"<b>{heading}</b>"] for heading in parts]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == 1


def test_grey_shows_below_heat_maps_alone(parts):
    shapes = [shape for shape in stacked(parts).layout.shapes if shape.layer == "below"]
    assert [shape.xref for shape in shapes] == [f"x{n} domain" for n in ("", 2, 3, 4)]


def test_the_parts_stay_as_they_were(parts):
    before = {heading: figure.to_json() for heading, figure in parts.items()}
    stacked(parts)
    assert {heading: figure.to_json() for heading, figure in parts.items()} == before
