"""Cells are the traces that draw one table: its colours, and marks where a colour would mislead.

Three kinds of cells have no honest colour, and each looks different: *clipped* ones lie beyond the
scale (a light hue of no scale, with a triangle), *undefined* ones came to no number (dark, with a
cross), *absent* ones do not apply (the grey ground of the panel).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.figures.table import Table
from inspector.figures.text import number, plain
from inspector.figures.theme import ABSENT, CLEAR, MUTED, UNDEFINED, Scale

Trace = dict[str, Any]
"""A trace as plotly's own specification writes it; checked once, with the whole figure."""

ABOVE, BELOW = "#ff2ecc", "#19e3e3"
"""Clipped cells: colours of no scale here, light enough to stand out from the ends of each."""

_ROUNDING = 1e-6
"""Share of a scale that single precision may add: a softmax of 1.0000001 is not out of range."""

_GAP_FROM = 10
"""Pixels of a cell from which lines between cells leave most of it to see, and a symbol fits."""

_SYMBOLS = ("diamond", "circle", "square", "star", "hexagon")


@dataclass(frozen=True)
class Mark:
    """Cells that are painted over, because their colour would mislead.

    Attributes:
        meaning: what the legend says.
        where: the cells, boolean (row, column).
        colour: of the cells.
        symbol: on the cells, where they are large enough, and in the legend.
        hover: whether the cells have no other text under the pointer.
    """

    meaning: str
    where: np.ndarray
    colour: str
    symbol: str
    hover: bool = False


def cells(
    table: Table, scale: Scale, *, pixels: float, absent: str, smooth: bool = False
) -> list[Trace]:
    """Traces of `table`, without axes.

    Args:
        table: what to draw.
        scale: decides which cells are clipped; the colours come with the colour axis.
        pixels: the shorter side of a cell.
        absent: why a cell does not apply.
        smooth: whether colours run into each other.
    """
    gap = 1 if pixels >= _GAP_FROM and not smooth else 0
    traces = [_coloured(table, scale) | {"zsmooth": "best" if smooth else False}]
    for mark in _painted(table, scale, absent):
        traces += [_heat(table, mark.where, mark.colour) | _told(table, mark), _key(mark)]
        if pixels >= _GAP_FROM and mark.symbol != "square":
            traces.append(_symbols(table, mark.where, mark.symbol, pixels))
    for place, (meaning, where) in enumerate(table.marks.items()):
        if where.any():
            mark = Mark(meaning, where, "white", _SYMBOLS[place % len(_SYMBOLS)])
            traces += [_symbols(table, where, mark.symbol, pixels), _key(mark)]
    return [_with_gap(trace, gap) for trace in traces]


def clipped(table: Table, scale: Scale) -> list[Mark]:
    """The cells beyond an end of `scale` by more than rounding."""
    slack = _ROUNDING * (scale.high - scale.low)
    above = table.known & (table.values > scale.high + slack)
    below = table.known & (table.values < scale.low - slack)
    ends = [
        Mark(f"above {number(scale.high)} (clipped)", above, ABOVE, "triangle-up"),
        Mark(f"below {number(scale.low)} (clipped)", below, BELOW, "triangle-down"),
    ]
    return [end for end in ends if end.where.any()]


def _painted(table: Table, scale: Scale, absent: str) -> Iterator[Mark]:
    if table.absent.any():
        yield Mark(absent, table.absent, CLEAR, "square", hover=True)
    for reason, where in table.undefined.items():
        yield Mark(reason, where, UNDEFINED, "x", hover=True)
    yield from clipped(table, scale)


def _coloured(table: Table, scale: Scale) -> Trace:
    values = np.where(table.known, table.values, np.float32(np.nan))
    line = "" if scale.names else f"{plain(table.quantity)} <b>%{{z:.6~g}}</b>"
    named = {"name": plain(table.name), "coloraxis": "coloraxis"}
    return _grid(table, values) | named | _hover(table, line, table.known)


def _told(table: Table, mark: Mark) -> Trace:
    """The text under the pointer; painted cells that have one below keep answering with that."""
    if not mark.hover:
        return {"hoverinfo": "skip"}
    return _hover(table, plain(mark.meaning), mark.where)


def _heat(table: Table, where: np.ndarray, colour: str) -> Trace:
    """One colour over some cells."""
    values = np.where(where, np.float32(0), np.float32(np.nan))
    return _grid(table, values) | {"colorscale": [[0, colour], [1, colour]], "showscale": False}


def _grid(table: Table, values: np.ndarray) -> Trace:
    return {
        "type": "heatmap",
        "z": values,
        # arrays, because plotly checks lists element by element
        "x": np.array(table.columns.labels, dtype=object),
        "y": np.array(table.rows.labels, dtype=object),
        "hoverongaps": False,
        "zsmooth": False,
    }


def _hover(table: Table, line: str, where: np.ndarray) -> Trace:
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
    hover: Trace = {
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


def _symbols(table: Table, where: np.ndarray, symbol: str, pixels: float) -> Trace:
    """Symbols on some cells, small enough to leave their colours to see."""
    rows, columns = np.nonzero(where)
    size = float(np.clip(0.38 * pixels, 3, 11))
    return _points(symbol, "white", size, "#1a1a1a") | {
        "x": np.array(table.columns.labels, dtype=object)[columns],
        "y": np.array(table.rows.labels, dtype=object)[rows],
        "showlegend": False,
    }


def _with_gap(trace: Trace, gap: int) -> Trace:
    return trace | {"xgap": gap, "ygap": gap} if trace["type"] == "heatmap" else trace


def _key(mark: Mark) -> Trace:
    """An entry of the legend; `frame` keeps one per meaning."""
    colour = ABSENT if mark.colour == CLEAR else mark.colour
    named = {"name": plain(mark.meaning), "x": [None], "y": [None], "showlegend": True}
    edge = "white" if colour == UNDEFINED else MUTED  # dark on a dark page
    return _points(mark.symbol, colour, 10, edge) | named


def _points(symbol: str, colour: str, size: float, edge: str) -> Trace:
    line = {"color": edge, "width": 1}
    return {
        "type": "scatter",
        "mode": "markers",
        "hoverinfo": "skip",
        "marker": {"symbol": symbol, "color": colour, "size": size, "line": line},
    }
