"""A caption is what a figure says about its own origin, burnt in so that no export can lose it."""

from collections.abc import Iterable, Mapping
from typing import Any

from inspector.figures.figure import Figure
from inspector.figures.text import FONT_SIZE, LINE_HEIGHT, plain, wrapped
from inspector.figures.theme import WARNING

_SIZE = FONT_SIZE - 1
_WARNING_SIZE = FONT_SIZE + 1
_PADDING = 8
_EDGE = 12
"""Pixels between text and the edge of the figure."""

Layout = Mapping[str, Any]


def caption(figure: Figure, lines: Iterable[str], *, warning: str | None = None) -> Figure:
    """The figure, taller by the caption below and by the warning above; its panels keep their size.

    Args:
        figure: of this package, of any size.
        lines: model, weights, image, scale, each a line of its own; long ones are wrapped.
        warning: what makes the figure meaningless as evidence ("RANDOM WEIGHTS: ..."), in white on
            red above everything else.
    """
    layout: Layout = figure.words["layout"]
    room = layout["width"] - 2 * _EDGE
    below = [part for line in lines for part in wrapped(line, room, _SIZE)]
    if below:
        layout = _with_below(layout, below)
    if warning:
        layout = _with_above(layout, wrapped(warning, room - 2 * _PADDING, _WARNING_SIZE))
    return Figure({**figure.words, "layout": layout})


def _with_below(layout: Layout, lines: list[str]) -> Layout:
    margin = layout["margin"]
    place = {"xshift": _EDGE - margin["l"], "y": 0, "yanchor": "top", "yshift": -margin["b"]}
    return _with(layout, "b", _height(lines, _SIZE) + _EDGE, _text(lines, _SIZE) | place)


def _with_above(layout: Layout, lines: list[str]) -> Layout:
    margin, text = layout["margin"], _text(lines, _WARNING_SIZE)
    height = _height(lines, _WARNING_SIZE) + _PADDING
    place = {"xshift": _EDGE - margin["l"], "y": 1, "yanchor": "bottom", "yshift": margin["t"]}
    look = {
        "text": f"<b>{text['text']}</b>",
        "font": {"size": _WARNING_SIZE, "color": "white"},
        "bgcolor": WARNING,
        "width": layout["width"] - 2 * _EDGE,
        "height": height,
    }
    return _with(layout, "t", height + _PADDING, text | place | look)


def _with(layout: Layout, side: str, pixels: int, words: Mapping[str, Any]) -> Layout:
    """The layout with words in a margin, which grows by these pixels."""
    margin = layout["margin"]
    return {
        **layout,
        "height": layout["height"] + pixels,
        "margin": {**margin, side: margin[side] + pixels},
        "annotations": [*layout.get("annotations", ()), words],
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
