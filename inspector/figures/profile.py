"""A profile shows how a number, or the spread of many, changes from layer to layer."""

from collections.abc import Hashable, Mapping
from itertools import cycle

import numpy as np
import xarray as xr

from inspector.figures import axes, frame
from inspector.figures.cells import Trace
from inspector.figures.figure import Figure
from inspector.figures.series import (
    Lines,
    Series,
    common_quantity,
    draw_references,
    limits_of,
    panels_of_series,
)
from inspector.figures.sheet import Need, on_page
from inspector.figures.table import JOINS, require_dims, side
from inspector.figures.text import plain, quantity
from inspector.figures.theme import SERIES

_HEIGHT = 210
_STEP = 30
_NARROWEST = 120
_WIDEST = 720
_ALONE = 300
"""Pixels that a single panel takes at least, since legend and caption are no wider."""

_LEVELS = 5


def profile(
    panels: Lines | Mapping[str, Lines],
    *,
    x: Hashable,
    limits: tuple[float, float] | None = None,
    references: Mapping[str, float] | None = None,
    columns: int | None = None,
    joined: bool = True,
) -> Figure:
    """Numbers along `x`: points joined by a line, or a box per label where there are quantiles.

    Args:
        panels: one array or data set, or several by title; all share the vertical axis. An array
            with a dim ``quantile`` of five ascending levels becomes boxes from the second to the
            fourth, with lines from the first to the fifth.
        x: dim drawn from left to right.
        limits: range of the vertical axis; just wide enough for all values by default.
        references: horizontal lines by meaning, such as the gate of an untrained network.
        columns: panels per row; as many as fit by default.
        joined: whether a line goes from point to point, which says that labels have an order.

    Returns:
        A figure with gaps where values are missing.

    Raises:
        ValueError: nothing to draw, an axis missing or left over, not five quantiles.
    """
    named = panels_of_series(panels, "profile")
    references = dict(references or {})
    limits = limits or limits_of(named, references)
    least = _NARROWEST if len(named) > 1 else on_page(_ALONE)
    plans = [_plan(title, series, x, limits, least) for title, series in named.items()]
    sheet = frame.lay_out(plans, columns)
    draft = frame.framed(plans, sheet)
    for index, series in enumerate(named.values()):
        several = len(series) > 1
        for colour, (name, values) in zip(cycle(SERIES), series.items(), strict=False):
            traces = _traces(values, x, name if several else "", colour, joined=joined)
            frame.add(draft, traces, index)
        draw_references(draft, references, index)
    return frame.finish(draft, sheet).figure()


def _plan(
    title: str, series: Series, x: Hashable, limits: tuple[float, float], least: int
) -> frame.Plan:
    first = next(iter(series.values()))
    for values in series.values():
        drawn = ("quantile", x) if "quantile" in values.dims else (x,)
        require_dims(values, drawn, "profile")
    labels = side(first, x)
    length = min(max(_STEP * len(labels.labels), least), on_page(_WIDEST))
    prefix = axes.shared_prefix(labels)
    across, bottom = axes.across(labels, prefix, length)
    up, left = axes.measured(common_quantity(series), limits)
    name = axes.panel_name(title, prefix)
    joins = bool(first.attrs.get(JOINS))
    need = Need(length, _HEIGHT, left=left, bottom=bottom, joins=joins)
    return frame.Plan(name, need, (across, up))


def _traces(
    values: xr.DataArray, x: Hashable, name: str, colour: str, *, joined: bool
) -> list[Trace]:
    if "quantile" in values.dims:
        return _boxes(values.transpose("quantile", x), x, name, colour)
    line = f"{plain(quantity(values))} <b>%{{y:.6~g}}</b>"
    drawn = {
        "y": values.values.astype(np.float32),
        "mode": "lines+markers" if joined else "markers",
        "line": {"color": colour, "width": 1.5},
        "marker": {"size": 6},
        "name": plain(name),
        "showlegend": bool(name),
        "hovertemplate": f"%{{hovertext}}<br>{line}<extra>{plain(name)}</extra>",
    }
    return [_labelled("scatter", side(values, x).labels) | drawn]


def _labelled(kind: str, labels: list[str]) -> Trace:
    """A trace along labels; under the pointer %{x} would be the shortened one of the axis."""
    return {"type": kind, "x": labels, "hovertext": labels}


def _boxes(values: xr.DataArray, x: Hashable, name: str, colour: str) -> list[Trace]:
    """Boxes from given quantiles, with a point on each median that answers the pointer."""
    levels = values["quantile"].values
    if len(levels) != _LEVELS or (np.diff(levels) <= 0).any():
        raise ValueError(f"profile expected five ascending quantiles, got {levels.tolist()}.")
    present = np.isfinite(values.values).all(axis=0)
    five = values.values[:, present]
    labels = [label for label, kept in zip(side(values, x).labels, present, strict=True) if kept]
    outer, inner = (f"{100 * levels[i]:.3g}% to {100 * levels[-1 - i]:.3g}%" for i in (0, 1))
    told = (
        f"%{{hovertext}}<br>{plain(quantity(values))}: median <b>%{{y:.6~g}}</b>"
        f"<br>{inner}: %{{customdata[1]:.4~g}} to %{{customdata[3]:.4~g}}"
        f"<br>{outer}: %{{customdata[0]:.4~g}} to %{{customdata[4]:.4~g}}"
        f"<extra>{plain(name)}</extra>"
    )
    entry = {"name": plain(f"{name} box {inner}, line {outer}".strip()), "showlegend": True}
    points = _medians(labels, five, colour) | {"hovertemplate": told}
    return [_box(labels, five, colour) | entry, points]


def _box(labels: list[str], five: np.ndarray, colour: str) -> Trace:
    names = ("lowerfence", "q1", "median", "q3", "upperfence")
    look = {"line": {"color": colour, "width": 1.2}, "whiskerwidth": 0.5, "boxpoints": False}
    levels = dict(zip(names, five, strict=True))
    return {"type": "box", "x": labels, "hoverinfo": "skip"} | levels | look


def _medians(labels: list[str], five: np.ndarray, colour: str) -> Trace:
    drawn = {
        "y": five[2],
        "customdata": five.T,
        "mode": "markers",
        "marker": {"size": 5, "color": colour},
        "showlegend": False,
    }
    return _labelled("scatter", labels) | drawn
