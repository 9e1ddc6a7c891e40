"""An estimate is a number with an interval: a point with a bar through it, one per label."""

from collections.abc import Hashable, Mapping
from itertools import cycle

import numpy as np
import xarray as xr

from inspector.figures import axes, frame
from inspector.figures.cells import Trace
from inspector.figures.figure import Figure
from inspector.figures.series import draw_references, limits_of
from inspector.figures.sheet import Need, on_page
from inspector.figures.table import require_dims, side
from inspector.figures.text import plain, quantity
from inspector.figures.theme import SERIES

_HEIGHT = 230
_STEP = 34
_NARROWEST = 420
_WIDEST = 720
_SYMBOLS = ("circle", "diamond", "square", "cross")


def estimates(
    series: Mapping[str, xr.Dataset],
    *,
    x: Hashable,
    references: Mapping[str, float] | None = None,
) -> Figure:
    """Points along `x`, side by side for each series, with a bar from `low` to `high`.

    Args:
        series: by name, each with the variables ``value``, ``low`` and ``high`` along `x`; where
            the last two are NaN the point has no bar.
        x: dim drawn from left to right.
        references: horizontal lines by meaning.

    Returns:
        A figure whose vertical axis is just wide enough for all points, bars and references.

    Raises:
        ValueError: no series, or an axis missing or left over.
    """
    if not series:
        raise ValueError("estimates got no values: capture a layer that has this quantity first.")
    references = dict(references or {})
    for data in series.values():
        require_dims(data["value"], (x,), "estimates")
    plan = _plan(series, x, references)
    sheet = frame.lay_out([plan])
    draft = frame.framed([plan], sheet)
    draft.layout.update(scattermode="group", scattergap=0.5)
    styles = zip(cycle(SERIES), cycle(_SYMBOLS), series.items(), strict=False)
    for colour, symbol, (name, data) in styles:
        look = {"marker": {"size": 8, "color": colour, "symbol": symbol}}
        frame.add(draft, [_points(data, x, name, colour) | look], 0)
    draw_references(draft, references, 0)
    return frame.finish(draft, sheet).figure()


def _plan(
    series: Mapping[str, xr.Dataset], x: Hashable, references: Mapping[str, float]
) -> frame.Plan:
    first = next(iter(series.values()))["value"]
    labels = side(first, x)
    wanted = _STEP * len(labels.labels) * len(series)
    length = on_page(min(max(wanted, _NARROWEST), _WIDEST))
    drawn = {name: {str(k): v for k, v in data.items()} for name, data in series.items()}
    across, bottom = axes.across(labels, "", length)
    up, left = axes.measured(quantity(first), limits_of(drawn, references))
    return frame.Plan("", Need(length, _HEIGHT, left=left, bottom=bottom), (across, up))


def _points(data: xr.Dataset, x: Hashable, name: str, colour: str) -> Trace:
    value, low, high = (data[part].values.astype(np.float64) for part in ("value", "low", "high"))
    interval = "<br>interval %{customdata[0]:.4~g} to %{customdata[1]:.4~g}"
    told = interval if np.isfinite(low).any() else ""
    ends = {"array": high - value, "arrayminus": value - low}
    return {
        "type": "scatter",
        "x": side(data["value"], x).labels,
        "y": value,
        "error_y": {"type": "data", "symmetric": False, "color": colour} | ends,
        "customdata": np.stack([low, high], axis=-1),
        "mode": "markers",
        "offsetgroup": name,
        "name": plain(name),
        "showlegend": True,
        "hovertemplate": f"%{{x}}<br>{plain(quantity(data['value']))} <b>%{{y:.6~g}}</b>{told}"
        f"<extra>{plain(name)}</extra>",
    }
