"""A clickable figure answers a click on a cell, which a heat map inside Streamlit does not."""

import re
from typing import Any

import numpy as np

from inspector.figures.figure import Figure, Words, packed
from inspector.figures.theme import CLEAR

MOST_CELLS = 4096
"""Cells of a panel that can still be aimed at; a panel with more stays as it is."""


def clickable(figure: Figure) -> Figure:
    """The figure, ready to be sent, with a clear square over each cell that has a value.

    A click gives a point whose ``x`` and ``y`` are the labels of column and row, and whose
    ``customdata`` begins with panel title, row, column and value; the text under the pointer stays.

    Args:
        figure: of this package; one that is clickable already stays as it is.
    """
    layout, traces = figure.words["layout"], figure.words["data"]
    if "clickmode" in layout:
        return figure
    squares = [_squares(layout, trace) for trace in traces if _can_be_aimed_at(trace)]
    answering = layout | {"clickmode": "event+select", "dragmode": False}
    # packed once, as it is sent whenever something else on the page changes
    return Figure({"data": [*map(packed, traces), *squares], "layout": answering})


def _can_be_aimed_at(trace: Words) -> bool:
    """Whether it is a panel of cells that have values."""
    return "coloraxis" in trace and trace["z"].size <= MOST_CELLS


def _squares(layout: Words, trace: Words) -> dict[str, Any]:
    """The squares of one panel, in plotly's words."""
    z = trace["z"]
    rows, columns = np.nonzero(np.isfinite(z))
    x, y = trace["x"][columns], trace["y"][rows]
    known = [np.full(len(x), trace["name"], dtype=object), y, x, z[rows, columns]]
    extras = [trace["customdata"][rows, columns]] if "customdata" in trace else []
    return {
        "type": "scatter",
        "x": x.tolist(),
        "y": y.tolist(),
        "xaxis": trace["xaxis"],
        "yaxis": trace["yaxis"],
        "mode": "markers",
        # tuples: Python's collector need not pass thousands of lists after every script run
        "customdata": list(map(tuple, np.column_stack([*known, *extras]).tolist())),
        "hovertemplate": _template(trace["hovertemplate"]),
        "showlegend": False,
        "marker": {"symbol": "square", "size": _side(layout, trace), "color": CLEAR},
        "selected": {"marker": {"color": "rgba(255,255,255,0.6)", "opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }


def _template(heatmap: str) -> str:
    """The hover text of a heat map, read from the squares: names, value, then the extras.

    On a marker %{x} would be the shortened label of the axis; on a heat map it is the full one.
    """
    moved = re.sub(r"customdata\[(\d+)]", lambda at: f"customdata[{int(at[1]) + 4}]", heatmap)
    named = moved.replace("%{y}", "%{customdata[1]}").replace("%{x}", "%{customdata[2]}")
    return named.replace("%{z", "%{customdata[3]")


def _side(layout: Words, trace: Words) -> float:
    """The shorter side of a cell in pixels, as the figure was laid out."""
    margin = layout["margin"]
    across = layout[f"xaxis{trace['xaxis'][1:]}"]["domain"]
    upward = layout[f"yaxis{trace['yaxis'][1:]}"]["domain"]
    width = (layout["width"] - margin["l"] - margin["r"]) * (across[1] - across[0])
    height = (layout["height"] - margin["t"] - margin["b"]) * (upward[1] - upward[0])
    rows, columns = trace["z"].shape
    return max(min(width / columns, height / rows) - 1, 2)
