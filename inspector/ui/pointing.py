"""Pointing is to click on a cell: it selects its labels, for every view."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st
from plotly.basedatatypes import BaseFigure

from inspector.figures import Figure, clickable, outlined
from inspector.ui import chosen

CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""Plotly's tool bar, without the button that would upload the figure."""

LOOK: Mapping[str, Any] = {
    "theme": None,  # Streamlit's own would move panels that are laid out to the pixel
    "width": "content",
    "config": CONFIG,
}
"""How every figure is shown."""

Panel = Mapping[str, str]


class Sent(BaseFigure):
    """A figure that Streamlit takes for one of plotly's own, and sends as it is written."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure

    def to_dict(self) -> dict[str, Any]:
        """Returns the figure as plotly's JSON has it."""
        return self._figure.packed()


def chart(
    figure: Figure,
    *,
    key: str,
    alt: str,
    framed: Panel | None = None,
    then: Callable[[Panel], None] = lambda _: None,
) -> None:
    """Shows a figure with the selection framed; its cells can be clicked.

    Args:
        figure: as a view draws it, or made clickable before.
        key: of the chart on the page.
        alt: what it shows, for those who cannot see it.
        framed: labels by dim of what is framed in place of the selection.
        then: what else a click does, given the labels of the cell by dim.
    """
    answering = clickable(figure)
    keep_width(key, answering.words["layout"]["width"])
    st.plotly_chart(
        Sent(outlined(answering, chosen.selection() if framed is None else framed)),
        **LOOK,
        key=key,
        alt=alt,
        on_select=partial(_take, key, _panels(answering), then),
        selection_mode="points",
    )


def keep_width(key: str, pixels: float) -> None:
    """Lets a figure be scrolled sideways on a narrow page, which else would squeeze its panels.

    Args:
        key: of the chart.
        pixels: the width that it was laid out in.
    """
    frame = f".st-key-{key} [data-testid=stFullScreenFrame]"
    st.html(f"<style>{frame} {{ min-width: {pixels:.0f}px; }}</style>")


def _panels(figure: Figure) -> list[Panel | None]:
    """Of each trace the panel that it is drawn in, by the trace's place."""
    told = figure.words["layout"].get("meta", {}).get("panels", ())
    by_axes = {(panel["xaxis"], panel["yaxis"]): panel for panel in told}
    traces = figure.words["data"]
    return [by_axes.get((trace.get("xaxis", "x"), trace.get("yaxis", "y"))) for trace in traces]


def _take(key: str, panels: Sequence[Panel | None], then: Callable[[Panel], None]) -> None:
    """Selects the labels of the cell that was clicked last; a click beside all leaves them."""
    points = st.session_state[key]["selection"]["points"]
    if points:
        named = labels(points[-1], panels[points[-1]["curve_number"]])
        chosen.select(named)
        then(named)


def labels(point: Mapping[str, Any], panel: Panel | None) -> dict[str, str]:
    """Returns the labels of a clicked cell by dim.

    Args:
        point: as Streamlit tells of it; its ``customdata`` begins with panel, row, column.
        panel: the dims of the panel's axes; None where it has no cells.
    """
    if panel is None or "customdata" not in point:
        return {}
    _, row, column, *_ = point["customdata"]
    return {panel["down"]: str(row), panel["across"]: str(column)}
