"""An outlined figure frames what is selected, in every panel whose axes have it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inspector.figures.figure import Figure

Ends = tuple[float, float]

_FRAME = {"width": 2, "color": "#d81b60"}
"""A colour that no scale here has, readable on light and on dark cells."""


def outlined(figure: Figure, selection: Mapping[str, str]) -> Figure:
    """The figure with a frame around the selected cell, row or column of each panel.

    Args:
        figure: of heat maps, from `clickable`.
        selection: labels by dim, such as ``{"layer": "stages.2.4", "head": "3"}``; dims and labels
            that a panel does not have leave it as it is.
    """
    frames = list(_frames(figure, selection))
    if not frames:
        return figure
    layout = figure.words["layout"]
    return Figure(
        {**figure.words, "layout": {**layout, "shapes": [*layout.get("shapes", ()), *frames]}}
    )


def _frames(figure: Figure, selection: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    cells = {_axes(trace): trace for trace in figure.words["data"] if trace["type"] == "heatmap"}
    for panel in figure.words["layout"].get("meta", {}).get("panels", ()):
        axes = panel["xaxis"], panel["yaxis"]
        across = _ends(cells[axes]["x"], selection.get(panel["across"]))
        down = _ends(cells[axes]["y"], selection.get(panel["down"]))
        concerned = not selection.keys().isdisjoint((panel["across"], panel["down"]))
        if concerned and across and down:
            yield _frame(axes, across, down)


def _axes(trace: Mapping[str, Any]) -> tuple[str, str]:
    return trace.get("xaxis", "x"), trace.get("yaxis", "y")


def _ends(labels: Sequence[str], label: str | None) -> Ends | None:
    """Where cells begin and end on a category axis, which counts them from 0.

    Args:
        labels: of the axis.
        label: of the cells; None for all of them.

    Returns:
        None where the axis has no such label.
    """
    if label is None:
        return -0.5, len(labels) - 0.5
    found = [place for place, known in enumerate(labels) if known == label]
    return (found[0] - 0.5, found[0] + 0.5) if found else None


def _frame(axes: tuple[str, str], x: Ends, y: Ends) -> dict[str, Any]:
    ends = {"x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
    return {"type": "rect", "xref": axes[0], "yref": axes[1], "line": _FRAME, **ends}
