"""A stack is several figures one below the other as one, each under a heading of its own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from inspector.figures.figure import Figure
from inspector.figures.frame import NARROWEST
from inspector.figures.text import FONT_SIZE, plain
from inspector.figures.theme import CLEAR

_HEADING = 28
"""Pixels above a figure for its heading."""

_COMMON = ("template", "paper_bgcolor", "barmode", "scattermode", "scattergap")
"""Settings of a whole figure; the first part that has one decides."""

_ITEMS = ("annotations", "shapes", "images")
_REFERENCE = re.compile(r"([xy])(\d*)( domain)?")
Layout = dict[str, Any]


@dataclass(frozen=True)
class _Part:
    """One figure's place in the whole.

    Attributes:
        index: from 0.
        axes: how many x axes the parts above have.
        layout: as it was laid out alone.
        widths: of its drawing area and of the whole's, in pixels.
        heights: the same.
        top: pixels of the whole's drawing area above its own.
    """

    index: int
    axes: int
    layout: Layout
    widths: tuple[float, float]
    heights: tuple[float, float]
    top: float

    def across(self, share: float) -> float:
        """A share of the part's width as one of the whole's."""
        return share * self.widths[0] / self.widths[1]

    def upward(self, share: float) -> float:
        """A share of the part's height, counted from below, as one of the whole's."""
        return 1 - (self.top + (1 - share) * self.heights[0]) / self.heights[1]

    def reference(self, name: str) -> str:
        """The new name of what an axis, or a side of the paper, is called."""
        found = _REFERENCE.fullmatch(name)
        return f"{found[1]}{self.numbered(found[2])}{found[3] or ''}" if found else name

    def numbered(self, suffix: str) -> str:
        """The new number of an axis."""
        number = int(suffix or 1) + self.axes
        return str(number) if number > 1 else ""


def stacked(parts: Mapping[str, Figure]) -> Figure:
    """The parts below each other in their own sizes, left edges aligned.

    Args:
        parts: figures of this package by heading, without captions: those belong to the whole.
    """
    layouts = [figure.words["layout"] for figure in parts.values()]
    whole = _page(layouts)
    traces = []
    for part, (heading, figure) in zip(_placed(layouts), parts.items(), strict=True):
        traces += [_trace(trace, part) for trace in figure.words["data"]]
        _settle(whole, part, heading)
    return Figure({"data": traces, "layout": whole})


def _page(layouts: list[Layout]) -> Layout:
    """Size, margins and common settings of the whole."""
    left = max(layout["margin"]["l"] for layout in layouts)
    width = max(_width(layout) for layout in layouts)
    right = max(_width(layout) + layout["margin"]["r"] for layout in layouts) - width
    right = max(right, NARROWEST - left - width)
    top, bottom = layouts[0]["margin"]["t"] + _HEADING, layouts[-1]["margin"]["b"]
    common = {key: layout[key] for layout in reversed(layouts) for key in _COMMON if key in layout}
    return common | {
        "width": left + width + right,
        "height": top + _height_of_all(layouts) + bottom,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
        "showlegend": any(layout.get("showlegend") for layout in layouts),
        "plot_bgcolor": CLEAR,
        "meta": {"panels": []},
        **{kind: [] for kind in _ITEMS},
    }


def _placed(layouts: list[Layout]) -> Iterator[_Part]:
    width, height = max(map(_width, layouts)), _height_of_all(layouts)
    top, axes = 0.0, 0
    for index, layout in enumerate(layouts):
        if index:
            top += _between(layouts[index - 1], layout)
        yield _Part(index, axes, layout, (_width(layout), width), (_height(layout), height), top)
        top += _height(layout)
        axes += sum(key.startswith("xaxis") for key in layout)


def _width(layout: Layout) -> float:
    return layout["width"] - layout["margin"]["l"] - layout["margin"]["r"]


def _height(layout: Layout) -> float:
    return layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]


def _between(above: Layout, below: Layout) -> float:
    return above["margin"]["b"] + below["margin"]["t"] + _HEADING


def _height_of_all(layouts: list[Layout]) -> float:
    return sum(map(_height, layouts)) + sum(_between(*pair) for pair in pairwise(layouts))


def _trace(trace: Layout, part: _Part) -> Layout:
    """A trace on its new axes and in the legend of its part."""
    moved = trace | {key: part.reference(trace.get(key, key[0])) for key in ("xaxis", "yaxis")}
    if "coloraxis" in trace:
        moved["coloraxis"] = _renamed(trace["coloraxis"], part)
    return moved | {"legend": _legend(part)} if trace.get("showlegend") else moved


def _settle(whole: Layout, part: _Part, heading: str) -> None:
    """Puts the axes, colour bars, legend, words, lines and pictures of a part into the whole."""
    for key, value in part.layout.items():
        if key.startswith(("xaxis", "yaxis")):
            whole[_renamed(key, part)] = _axis(value, part, sideways=key[0] == "x")
        elif key.startswith("coloraxis"):
            bar = _moved(value["colorbar"], part)
            whole[_renamed(key, part)] = value | {"colorbar": bar}
        elif key == "legend":
            whole[_legend(part)] = _moved(value, part)
        elif key in _ITEMS:
            whole[key] += [_item(item, part) for item in value]
        elif key == "meta":
            whole[key]["panels"] += [_told(panel, part) for panel in value["panels"]]
    whole["annotations"].append(_heading(heading, part))
    whole["shapes"] += _grounds(part)


def _grounds(part: _Part) -> list[Layout]:
    """What lies below each panel: where a heat map has no cell, it shows."""
    colour = part.layout.get("plot_bgcolor", CLEAR)
    if colour == CLEAR:
        return []
    numbers = [key.removeprefix("xaxis") for key in part.layout if key.startswith("xaxis")]
    corners = {"type": "rect", "x0": 0, "x1": 1, "y0": 0, "y1": 1}
    look = {"fillcolor": colour, "line": {"width": 0}, "layer": "below"}
    places = (
        {f"{side}ref": f"{side}{part.numbered(number)} domain" for side in "xy"}
        for number in numbers
    )
    return [corners | look | place for place in places]


def _axis(axis: Layout, part: _Part, *, sideways: bool) -> Layout:
    move = part.across if sideways else part.upward
    new = axis | {"domain": [move(share) for share in axis["domain"]]}
    named = {key: part.reference(new[key]) for key in ("anchor", "scaleanchor") if key in new}
    return new | named


def _item(item: Layout, part: _Part) -> Layout:
    """Words, lines or pictures: those that belong to an axis move with it, others by themselves."""
    named = {key: part.reference(item[key]) for key in ("xref", "yref") if key in item}
    return (_moved(item, part) if item.get("xref") == "paper" else item) | named


def _told(panel: Layout, part: _Part) -> Layout:
    return panel | {key: part.reference(panel[key]) for key in ("xaxis", "yaxis")}


def _moved(item: Layout, part: _Part) -> Layout:
    return item | {"x": part.across(item["x"]), "y": part.upward(item["y"])}


def _renamed(key: str, part: _Part) -> str:
    name = key.rstrip("0123456789")
    return name + part.numbered(key.removeprefix(name))


def _legend(part: _Part) -> str:
    return f"legend{part.index + 1}" if part.index else "legend"


def _heading(text: str, part: _Part) -> Layout:
    return {
        "text": f"<b>{plain(text)}</b>",
        "font": {"size": FONT_SIZE + 3},
        "x": 0,
        "y": part.upward(1),
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": part.layout["margin"]["t"],
        "showarrow": False,
    }
