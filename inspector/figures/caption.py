"""A caption is what a figure says about its own origin, burnt in so that no export can lose it."""

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

from inspector.figures.text import FONT_SIZE, LINE_HEIGHT, plain, wrapped
from inspector.figures.theme import WARNING

_SIZE = FONT_SIZE - 1
_WARNING_SIZE = FONT_SIZE + 1
_PADDING = 8
_EDGE = 12
"""Pixels between text and the edge of the figure."""


def caption(figure: go.Figure, lines: Iterable[str], *, warning: str | None = None) -> go.Figure:
    """`figure`, made taller by the caption below and by the warning above.

    The figure itself is written to: to copy one takes as long as to make it.

    Args:
        figure: any figure, of any size.
        lines: model, weights, image, scale, each a line of its own; long ones are wrapped.
        warning: what makes the figure meaningless as evidence ("RANDOM WEIGHTS: ..."), in white on
            red above everything else.
    """
    _settle(figure)
    room = figure.layout.width - 2 * _EDGE
    below = [part for line in lines for part in wrapped(line, room, _SIZE)]
    written = [_write_below(figure, below)] if below else []
    if warning:
        written += [_write_above(figure, wrapped(warning, room - 2 * _PADDING, _WARNING_SIZE))]
    # at once, since plotly checks and copies all of them whenever one is added
    figure.layout.annotations = [*figure.layout.annotations, *written]
    return figure


def _settle(figure: go.Figure) -> None:
    """Writes down the size and margins that plotly would assume, to count from them."""
    layout = figure.layout
    figure.update_layout(width=layout.width or 700, height=layout.height or 450)
    for side, usual in {"l": 80, "r": 80, "t": 100, "b": 80}.items():
        if layout.margin[side] is None:
            layout.margin[side] = usual


def _write_below(figure: go.Figure, lines: list[str]) -> dict[str, Any]:
    """Makes room below, and returns the annotation for it."""
    margin = figure.layout.margin
    place = {"xshift": _EDGE - margin.l, "y": 0, "yanchor": "top", "yshift": -margin.b}
    margin.b += _grow(figure, _height(lines, _SIZE) + _EDGE)
    return _text(lines, _SIZE) | place


def _write_above(figure: go.Figure, lines: list[str]) -> dict[str, Any]:
    """Makes room above, and returns the annotation for it."""
    margin = figure.layout.margin
    height = _height(lines, _WARNING_SIZE) + _PADDING
    text = _text(lines, _WARNING_SIZE)
    place = {"xshift": _EDGE - margin.l, "y": 1, "yanchor": "bottom", "yshift": margin.t}
    margin.t += _grow(figure, height + _PADDING)
    return {
        **text,
        **place,
        "text": f"<b>{text['text']}</b>",
        "font": {"size": _WARNING_SIZE, "color": "white"},
        "bgcolor": WARNING,
        "width": figure.layout.width - 2 * _EDGE,
        "height": height,
    }


def _text(lines: list[str], size: int) -> dict:
    return {
        "text": "<br>".join(plain(line) for line in lines),
        "font": {"size": size},
        "align": "left",
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "xanchor": "left",
    }


def _height(lines: list[str], size: int) -> int:
    return round(len(lines) * size * LINE_HEIGHT)


def _grow(figure: go.Figure, pixels: int) -> int:
    """Adds to the height what the caller adds to a margin, so that the panels keep their size."""
    figure.layout.height += pixels
    return pixels
