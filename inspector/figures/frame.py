"""A frame is a figure's outside: panels in their places with axes, titles, legend and margins."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from inspector.figures import colourbar
from inspector.figures.cells import Trace, cells
from inspector.figures.colourbar import Scales
from inspector.figures.figure import Figure
from inspector.figures.sheet import Box, Need, Sheet, arrange, page_width
from inspector.figures.table import Table
from inspector.figures.text import FONT_SIZE, plain, width
from inspector.figures.theme import ABSENT, CLEAR, Scale, template

_TITLE = 24
"""Pixels above a panel for its title."""

_LEGEND_LINE = 20
_SYMBOL = 50
"""Pixels of a legend entry beside its words."""

_EDGE = 12
"""Pixels between the outermost text and the edge of the figure."""

NARROWEST = 640
"""Pixels: in a narrower figure a legend is cut, and a caption becomes taller than the picture."""


@dataclass(frozen=True)
class Plan:
    """One panel as it will be drawn.

    Attributes:
        title: text above the panel, or "".
        need: room for the panel and its axes; the title's is added by `lay_out`.
        axes: plotly's settings of the x and the y axis.
        table: the cells to draw, or None for a panel without any.
        cell: the shorter side of a cell in pixels.
    """

    title: str
    need: Need
    axes: tuple[dict, dict]
    table: Table | None = None
    cell: float = 0.0


@dataclass(frozen=True)
class Draft:
    """A figure that is still being written, in plotly's own words."""

    data: list[Trace] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=lambda: {"annotations": [], "shapes": []})

    def figure(self) -> Figure:
        """The figure."""
        return Figure({"data": self.data, "layout": self.layout})


def maps(
    plans: Sequence[Plan],
    scales: Scales,
    absent: str,
    columns: int | None,
    *,
    smooth: bool = False,
) -> Draft:
    """A figure of panels with coloured cells, and the bars that explain the colours.

    Returns:
        A figure whose ``layout.meta["panels"]`` tells of each panel with cells, in order, its
        title, the ids of its axes, and the dims that run across and down.
    """
    shared = isinstance(scales, Scale)
    room = colourbar.room(scales)
    sheet = lay_out(plans, columns, bar=room if shared else 0, own_bar=0 if shared else room)
    draft = framed(plans, sheet)
    for index, plan in enumerate(plans):
        if plan.table is not None:
            scale = colourbar.scale_of(scales, plan.table.name)
            traces = cells(plan.table, scale, pixels=plan.cell, absent=absent, smooth=smooth)
            add(draft, traces, index, "" if shared else key(index))
    draft.layout.update(_colour_bars(sheet, plans, scales), meta={"panels": _told(plans)})
    return finish(draft, sheet, ABSENT)


def lay_out(
    plans: Sequence[Plan], columns: int | None = None, *, bar: int = 0, own_bar: int = 0
) -> Sheet:
    """Places for `plans`, with room for titles, for one shared bar or for a bar beside each."""
    return arrange([_with_room(plan, own_bar) for plan in plans], columns, bar=bar)


def framed(plans: Sequence[Plan], sheet: Sheet) -> Draft:
    """A figure with axes and titles of all `plans`, still without traces."""
    draft = Draft()
    for index, (plan, box) in enumerate(zip(plans, sheet.boxes, strict=True)):
        x, y = plan.axes
        place = {"domain": sheet.across(box), "anchor": f"y{key(index)}"}
        draft.layout[f"xaxis{key(index)}"] = x | place
        place = {"domain": sheet.upward(box), "anchor": f"x{key(index)}"}
        if "scaleratio" in y:
            place["scaleanchor"] = f"x{key(index)}"
        draft.layout[f"yaxis{key(index)}"] = y | place
        if plan.title:
            draft.layout["annotations"].append(_title(plan.title, sheet, box))
    return draft


def add(draft: Draft, traces: Sequence[Trace], index: int, axis: str = "") -> None:
    """Adds `traces` to a panel; those with a colour axis use the one with this suffix."""
    for trace in traces:
        trace |= {"xaxis": f"x{key(index)}", "yaxis": f"y{key(index)}"}
        if "coloraxis" in trace:
            trace["coloraxis"] = f"coloraxis{axis}"
        draft.data.append(trace)


def finish(draft: Draft, sheet: Sheet, background: str = CLEAR) -> Draft:
    """Sets size, margins and legend, with one entry per meaning."""
    entries = _keep_one_entry_per_name(draft)
    right = max(sheet.right, _legend_column(entries) - sheet.width)
    width = max(sheet.left + sheet.width + right + 2 * _EDGE, min(NARROWEST, page_width()))
    beside = width - sheet.left - sheet.width - _EDGE
    top = sheet.top + _EDGE + _legend_height(entries, sheet.left + sheet.width)
    bar = max(colourbar.SHORTEST - sheet.height, 0) if sheet.right else 0
    bottom = max(sheet.bottom, bar) + _EDGE
    margin = {"l": sheet.left + _EDGE, "r": beside, "t": top, "b": bottom, "pad": 0}
    draft.layout.update(
        template=template(),
        plot_bgcolor=background,
        paper_bgcolor=CLEAR,
        width=width,
        height=top + sheet.height + bottom,
        # the room is computed; moving it would part captions from panels
        margin=margin | {"autoexpand": False},
        showlegend=bool(entries),
        legend=_legend(sheet),
    )
    return draft


def panel_title(table: Table, name: str, scales: Scales) -> str:
    """`name`, and whether the panel has a scale that no other has, or only one value."""
    notes = [name] if name else []
    scale = colourbar.scale_of(scales, table.name)
    alone = not isinstance(scales, Scale) and list(scales.values()).count(scale) == 1
    if scale.own or alone:
        notes.append("own scale")
    values = table.values[table.known]
    if values.size > 1 and values.min() == values.max():
        notes.append(f"all {scale.word(float(values[0]))}")
    return " · ".join(notes)


def key(index: int) -> str:
    """Plotly's suffix for the axes of the panel with this index from 0."""
    return str(index + 1) if index else ""


def _with_room(plan: Plan, own_bar: int) -> Need:
    need = plan.need
    overhang = max(width(plan.title, FONT_SIZE) - need.width, 0)
    return Need(
        need.width,
        need.height,
        left=need.left,
        right=max(own_bar, overhang, need.right),
        top=need.top + (_TITLE if plan.title else 0),
        bottom=need.bottom,
        joins=need.joins,
    )


def _title(text: str, sheet: Sheet, box: Box) -> dict:
    return {
        "text": f"<b>{plain(text)}</b>",
        "x": sheet.across(box)[0],
        "y": sheet.upward(box)[1],
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 2,
        "showarrow": False,
    }


def _told(plans: Sequence[Plan]) -> list[dict[str, str]]:
    """What a program needs to know of the panels with cells, in plain words."""
    return [
        {
            "title": plan.table.name,
            "xaxis": f"x{key(index)}",
            "yaxis": f"y{key(index)}",
            "across": plan.table.dims[1],
            "down": plan.table.dims[0],
        }
        for index, plan in enumerate(plans)
        if plan.table is not None
    ]


def _colour_bars(sheet: Sheet, plans: Sequence[Plan], scales: Scales) -> dict[str, dict]:
    """The colour axes by plotly's name for them."""
    if isinstance(scales, Scale):
        whole = Box(0, 0, sheet.width, sheet.height)
        drawn = [plan.table for plan in plans if plan.table is not None]
        return {"coloraxis": colourbar.colour_axis(scales, drawn, sheet, whole)}
    axes = {}
    for index, (plan, box) in enumerate(zip(plans, sheet.boxes, strict=True)):
        if plan.table is not None:
            scale = colourbar.scale_of(scales, plan.table.name)
            axis = colourbar.colour_axis(scale, [plan.table], sheet, box)
            axes[f"coloraxis{key(index)}"] = axis
    return axes


def _keep_one_entry_per_name(draft: Draft) -> list[str]:
    """Hides repeated legend entries; returns those that stay."""
    seen: list[str] = []
    for trace in draft.data:
        if trace.get("showlegend"):
            trace["showlegend"] = trace["name"] not in seen
            seen += [trace["name"]] * trace["showlegend"]
    return seen


def _legend_height(entries: Sequence[str], room: int) -> int:
    """Pixels of the lines that `entries` take: one, or in columns of equal width."""
    if not entries:
        return 0
    alone = sum(_SYMBOL + width(entry) for entry in entries) <= room
    columns = len(entries) if alone else max(room // _legend_column(entries), 1)
    return 6 + _LEGEND_LINE * ceil(len(entries) / columns)


def _legend_column(entries: Sequence[str]) -> int:
    """Pixels that the longest of `entries` takes, its symbol included."""
    return _SYMBOL + max(width(entry) for entry in entries) if entries else 0


def _legend(sheet: Sheet) -> dict:
    """Lines above all panels; a click must not hide what a figure states.

    They begin at the edge of the figure. Plotly breaks them where the area of all panels ends.
    """
    return {
        "orientation": "h",
        "x": -sheet.left / sheet.width,
        "xanchor": "left",
        "y": 1 + sheet.top / sheet.height,
        "yanchor": "bottom",
        "bgcolor": CLEAR,
        "itemclick": False,
        "itemdoubleclick": False,
    }
