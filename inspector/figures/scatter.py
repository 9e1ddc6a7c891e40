"""A scatter shows two numbers of many things, a point each: do they go together?"""

from itertools import cycle

import numpy as np
import xarray as xr

from inspector.figures import axes, frame
from inspector.figures.cells import Trace
from inspector.figures.figure import Figure
from inspector.figures.series import limits_of
from inspector.figures.sheet import Need, on_page
from inspector.figures.table import require_dims
from inspector.figures.text import plain, quantity
from inspector.figures.theme import SERIES

_WIDTH, _HEIGHT = 460, 340
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")


def scatter(points: xr.Dataset, *, x: str, y: str, group: str = "", label: str = "") -> Figure:
    """A point for each entry of a data set with one dim; where either number is missing, none.

    Args:
        points: the numbers and what is known of each, over one dim.
        x: variable drawn to the right.
        y: variable drawn upward.
        group: variable or coordinate by which points get colour and symbol, named in a legend.
        label: variable or coordinate that names a point under the pointer.

    Raises:
        ValueError: there is no point, or more than one dim.
    """
    across, up = points[x], points[y]
    for values in (across, up):
        require_dims(values, tuple(points.sizes)[:1] or ("point",), "scatter")
    plan = _plan(across, up)
    sheet = frame.lay_out([plan])
    draft = frame.framed([plan], sheet)
    groups = points[group].values if group else np.full(across.size, "")
    names = points[label].values if label else np.full(across.size, "")
    for number, name in enumerate(dict.fromkeys(groups.tolist())):
        entry = {"name": plain(name), "showlegend": bool(group), "marker": _marker(number)}
        frame.add(draft, [_points(across, up, names, groups == name) | entry], 0)
    return frame.finish(draft, sheet).figure()


def _plan(across: xr.DataArray, up: xr.DataArray) -> frame.Plan:
    below, _ = axes.measured(quantity(across), limits_of({"": {"": across}}, {}))
    beside, left = axes.measured(quantity(up), limits_of({"": {"": up}}, {}))
    need = Need(on_page(_WIDTH), _HEIGHT, left=left, bottom=axes.MEASURED_HEIGHT)
    return frame.Plan("", need, (below, beside))


def _points(across: xr.DataArray, up: xr.DataArray, names: np.ndarray, chosen: np.ndarray) -> Trace:
    lines = (
        f"{plain(quantity(values))} <b>%{{{axis}:.6~g}}</b>"
        for axis, values in (("x", across), ("y", up))
    )
    return {
        "type": "scatter",
        "x": across.values[chosen].astype(np.float64),
        "y": up.values[chosen].astype(np.float64),
        "hovertext": np.array([plain(name) for name in names[chosen]], dtype=object),
        "mode": "markers",
        "hovertemplate": f"%{{hovertext}}<br>{'<br>'.join(lines)}<extra></extra>",
    }


def _marker(number: int) -> dict:
    colours, symbols = cycle(SERIES), cycle(_SYMBOLS)
    pairs = zip(colours, symbols, strict=False)
    colour, symbol = next(pair for place, pair in enumerate(pairs) if place == number)
    return {"size": 8, "color": colour, "symbol": symbol, "opacity": 0.8}
