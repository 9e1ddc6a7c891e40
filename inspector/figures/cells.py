"""Cells are the traces that draw one table: its colours, its absent cells and its marks."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.basedatatypes import BaseTraceType

from inspector.figures.table import Table
from inspector.figures.text import number, plain
from inspector.figures.theme import ABSENT, CLEAR, Scale

ABOVE, BELOW = "#ff2ecc", "#19e3e3"
"""Clipped cells: colours of no scale here, light enough to stand out from the ends of each."""

_ROUNDING = 1e-6
"""Share of a scale that single precision may add: a softmax of 1.0000001 is not out of range."""

_GAP_FROM = 10
"""Pixels of a cell from which lines between cells leave most of it to see."""

_SYMBOLS = ("diamond", "circle", "square", "cross", "star")


def cells(table: Table, scale: Scale, *, pixels: float, absent: str) -> list[BaseTraceType]:
    """Traces of `table`, without axes.

    Args:
        table: what to draw.
        scale: decides which cells are clipped; the colours come with the colour axis.
        pixels: the shorter side of a cell.
        absent: why a cell has no value.
    """
    traces: list[BaseTraceType] = [_coloured(table, scale)]
    if table.absent.any():
        traces += [_absent(table, absent), _key(absent, "square", ABSENT)]
    for meaning, where, colour in clipped(table, scale):
        traces += [_painted(table, where, colour), _key(meaning, "square", colour)]
    for place, (meaning, where) in enumerate(table.marks.items()):
        if where.any():
            symbol = _SYMBOLS[place % len(_SYMBOLS)]
            traces += [_marked(table, where, symbol, pixels), _key(meaning, symbol, "white")]
    gap = 1 if pixels >= _GAP_FROM else 0
    return [_with_gap(trace, gap) for trace in traces]


def clipped(table: Table, scale: Scale) -> list[tuple[str, np.ndarray, str]]:
    """Meaning, place and colour of the cells beyond an end of `scale` by more than rounding."""
    slack = _ROUNDING * (scale.high - scale.low)
    ends = [
        (f"above {number(scale.high)} (clipped)", table.values > scale.high + slack, ABOVE),
        (f"below {number(scale.low)} (clipped)", table.values < scale.low - slack, BELOW),
    ]
    return [end for end in ends if end[1].any()]


def _coloured(table: Table, scale: Scale) -> go.Heatmap:
    largest = float(np.finfo(np.float32).max)
    # An infinite value cannot be sent; it is beyond every scale and so marked as clipped.
    values = np.clip(table.values, -largest, largest)
    line = "" if scale.names else f"{plain(table.quantity)} <b>%{{z:.6~g}}</b>"
    return _heat(table, values, name=plain(table.name)).update(_hover(table, line, ~table.absent))


def _absent(table: Table, absent: str) -> go.Heatmap:
    """A clear trace that answers the pointer where there is nothing to see."""
    hover = _hover(table, plain(absent), table.absent)
    return _painted(table, table.absent, CLEAR).update(hoverinfo=None, **hover)


def _painted(table: Table, where: np.ndarray, colour: str) -> go.Heatmap:
    """One colour over some cells; what lies below keeps answering the pointer."""
    values = np.where(where, 0.0, np.nan).astype(np.float32)
    colours = [[0, colour], [1, colour]]
    return _heat(table, values, colorscale=colours, showscale=False, hoverinfo="skip")


def _heat(table: Table, values: np.ndarray, **style: Any) -> go.Heatmap:
    return go.Heatmap(
        z=values,
        x=table.columns.labels,
        y=table.rows.labels,
        hoverongaps=False,
        zsmooth=False,
        **style,
    )


def _hover(table: Table, line: str, where: np.ndarray) -> dict:
    """Text under the pointer: the place, `line`, and what extras say about the cells `where`.

    The extras travel as customdata (row, column, extra).
    """
    sides = [f"{plain(table.rows.title)} %{{y}}", f"{plain(table.columns.title)} %{{x}}"]
    name = f"<b>{plain(table.name)}</b>" if table.name else ""
    telling = {name: part for name, part in table.extras.items() if _tells(part[where])}
    lines = [
        f"{plain(name)} %{{customdata[{i}]{'' if _is_text(part) else ':.6~g'}}}"
        for i, (name, part) in enumerate(telling.items())
    ]
    hover: dict[str, Any] = {
        "hovertemplate": "<br>".join(filter(None, [name, *sides, line, *lines])) + "<extra></extra>"
    }
    if telling:
        kind = object if any(map(_is_text, telling.values())) else np.float32
        hover["customdata"] = np.stack(list(telling.values()), axis=-1).astype(kind)
    return hover


def _is_text(part: np.ndarray) -> bool:
    return part.dtype.kind not in "fiub"


def _tells(part: np.ndarray) -> bool:
    """Whether any cell has more than an empty text or a missing number."""
    return bool((part != "").any() if _is_text(part) else np.isfinite(part).any())


def _marked(table: Table, where: np.ndarray, symbol: str, pixels: float) -> go.Scatter:
    """Symbols on some cells, small enough to leave their colours to see."""
    rows, columns = np.nonzero(where)
    return _key("", symbol, "white").update(
        x=[table.columns.labels[column] for column in columns],
        y=[table.rows.labels[row] for row in rows],
        marker_size=float(np.clip(0.38 * pixels, 3, 11)),
        showlegend=False,
    )


def _with_gap(trace: BaseTraceType, gap: int) -> BaseTraceType:
    return trace.update(xgap=gap, ygap=gap) if isinstance(trace, go.Heatmap) else trace


def _key(meaning: str, symbol: str, colour: str) -> go.Scatter:
    """An entry of the legend; `frame` keeps one per meaning."""
    return go.Scatter(
        x=[None],
        y=[None],
        mode="markers",
        name=plain(meaning),
        hoverinfo="skip",
        showlegend=True,
        marker={
            "symbol": symbol,
            "color": colour,
            "size": 10,
            "line": {"color": "#1a1a1a", "width": 1},
        },
    )
