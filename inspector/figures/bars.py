"""Bars compare single numbers: the likeliest classes, the mass of every memory slot."""

from itertools import cycle

import numpy as np
import xarray as xr

from inspector.figures import axes, frame
from inspector.figures.cells import Trace
from inspector.figures.figure import Figure
from inspector.figures.series import Lines, Series, common_quantity, limits_of, panels_of_series
from inspector.figures.sheet import Need, on_page
from inspector.figures.table import require_dims, side
from inspector.figures.text import number, plain, quantity, width
from inspector.figures.theme import SERIES

_LENGTH, _HEIGHT = 320, 160
"""Pixels of the axis of values where it runs to the right, and where it runs upward."""

_THICKNESS = 24
_NARROWEST = 120
_WIDEST = 720
_NUMBERS_UP_TO = 20
"""Labels whose bars still have room for their value in digits."""

_ABOVE = 14
"""Pixels of such a value above a bar or below one."""

_APART = 8
"""Pixels between a bar, its value and what is next to it."""


def bars(
    values: Lines, *, horizontal: bool = False, limits: tuple[float, float] | None = None
) -> Figure:
    """One bar per label of a one-dimensional array, from 0; several arrays side by side.

    Args:
        values: an array, or a data set whose variables are compared label by label.
        horizontal: bars to the right, first label on top: for long labels.
        limits: range of the axis of values; by default wide enough for all values and 0.

    Raises:
        ValueError: no value, or more than one dim.
    """
    series = panels_of_series(values, "bars")[""]
    limits = limits or _from_zero(series, _room(series) if horizontal else _ABOVE, horizontal)
    plan = _plan(series, limits, horizontal=horizontal)
    sheet = frame.lay_out([plan])
    draft = frame.framed([plan], sheet)
    several = len(series) > 1
    for colour, (name, numbers) in zip(cycle(SERIES), series.items(), strict=False):
        frame.add(draft, [_bar(numbers, name if several else "", colour, horizontal)], 0)
    return frame.finish(draft, sheet).figure()


def _plan(series: Series, limits: tuple[float, float], *, horizontal: bool) -> frame.Plan:
    first, *others = series.values()
    for values in (first, *others):
        require_dims(values, first.dims[:1] or ("label",), "bars")
    labels = side(first, first.dims[0])
    count = len(labels.labels) * len(series)
    length = min(max(_THICKNESS * count, _NARROWEST), _WIDEST)
    numbers, left = axes.measured(common_quantity(series), limits)
    if horizontal:
        up, left = axes.down(labels, "", length)
        right, bottom = _room(series), axes.MEASURED_HEIGHT
        need = Need(_LENGTH, length, left=left, right=right, bottom=bottom)
        return frame.Plan("", need, (numbers, up))
    length = on_page(length)
    across, bottom = axes.across(labels, "", length)
    need = Need(length, _HEIGHT, left=left, top=_ABOVE, bottom=bottom)
    return frame.Plan("", need, (across, numbers))


def _bar(values: xr.DataArray, name: str, colour: str, horizontal: bool) -> Trace:
    labels = side(values, values.dims[0]).labels
    label, value = ("y", "x") if horizontal else ("x", "y")
    line = f"{plain(quantity(values))} <b>%{{{value}:.6~g}}</b>"
    return {
        "type": "bar",
        label: labels,
        value: values.values.astype(np.float32),
        "orientation": "h" if horizontal else "v",
        "marker": {"color": colour},
        "texttemplate": f"%{{{value}:.3~g}}" if len(labels) <= _NUMBERS_UP_TO else None,
        "textposition": "outside",
        "cliponaxis": False,
        "name": plain(name),
        "showlegend": bool(name),
        "hovertemplate": f"%{{{label}}}<br>{line}<extra>{plain(name)}</extra>",
    }


def _room(series: Series) -> int:
    """Pixels of the longest value in digits, to the right of a bar or to its left."""
    written = [number(value) for values in series.values() for value in values.values.tolist()]
    return max(map(width, written)) + _APART


def _from_zero(series: Series, digits: int, horizontal: bool) -> tuple[float, float]:
    """Limits that hold all values and 0, since a bar's length is read from there.

    Below 0 they leave pixels for the digits, which would else cover the labels.
    """
    low, high = limits_of({"": series}, {"": 0.0})
    if all((values.fillna(0) >= 0).all() for values in series.values()):
        return 0.0, high
    share = digits / ((_LENGTH if horizontal else _HEIGHT) - digits)
    return low - share * (high - low), high
