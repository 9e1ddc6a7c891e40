"""A histogram is how often a number fell into each of some bins, drawn as steps."""

from itertools import cycle

import numpy as np
import xarray as xr

from inspector.figures import axes, frame
from inspector.figures.cells import Trace
from inspector.figures.figure import Figure
from inspector.figures.sheet import Need, on_page
from inspector.figures.table import require_dims
from inspector.figures.text import plain, quantity
from inspector.figures.theme import SERIES

_WIDTH, _HEIGHT = 560, 240


def histogram(data: xr.Dataset, *, title: str = "") -> Figure:
    """Steps over bins: one line, or one for each label of a further dim.

    Args:
        data: ``share`` (..., bin), and where bins begin and end, ``bin_from`` and ``bin_to`` (bin);
            its attributes ``long_name`` and ``units`` tell what was counted.
        title: of the panel.

    Returns:
        A figure from 0 upward. Bins that grow by a factor stand on an axis of ratios, where they
        are equally wide; so do those that surround 0, in equal steps with their ends named.

    Raises:
        ValueError: no bin, or more than one dim beside it.
    """
    share = data["share"]
    lines = [dim for dim in share.dims if dim != "bin"]
    require_dims(share, (*lines[:1], "bin"), "histogram")
    edges = np.append(data["bin_from"].values, data["bin_to"].values[-1]).astype(np.float64)
    plan = _plan(data, edges, title)
    sheet = frame.lay_out([plan])
    draft = frame.framed([plan], sheet)
    for colour, (name, values) in zip(cycle(SERIES), _lines(share), strict=False):
        frame.add(draft, [_steps(values, edges, name, colour, quantity(_counted(data)))], 0)
    return frame.finish(draft, sheet).figure()


def _lines(share: xr.DataArray) -> list[tuple[str, np.ndarray]]:
    lines = [dim for dim in share.dims if dim != "bin"]
    if not lines:
        return [("", share.values)]
    (dim,) = lines
    word = str(dim).replace("_", " ")
    along = share.transpose(dim, "bin")
    labels = along[dim].values.tolist()
    return [(f"{word} {n}", row) for n, row in zip(labels, along.values, strict=True)]


def _plan(data: xr.Dataset, edges: np.ndarray, title: str) -> frame.Plan:
    highest = float(data["share"].max()) or 1.0
    up, left = axes.measured(quantity(data["share"]), (0.0, 1.05 * highest))
    across, _ = axes.measured(quantity(_counted(data)), (float(edges[0]), float(edges[-1])))
    if (kind := _axis(edges)) == "log":
        across |= {"type": "log", "range": np.log10(edges[[0, -1]]).tolist(), "zeroline": False}
    elif kind == "bins":
        across |= _named(edges)
    need = Need(on_page(_WIDTH), _HEIGHT, left=left, bottom=axes.MEASURED_HEIGHT)
    return frame.Plan(title, need, (across, up))


def _axis(edges: np.ndarray) -> str:
    """How bins are laid out: as they are, by their logarithm, or one by one."""
    widths = np.diff(edges)
    if np.allclose(widths, widths[0], rtol=0.05) or len(widths) < 2:
        return "linear"
    growing = edges[0] > 0 and np.allclose(np.diff(np.log(edges))[:-1], np.log(edges[1] / edges[0]))
    return "log" if growing else "bins"


def _named(edges: np.ndarray) -> dict:
    """An axis of bins in equal steps, some of whose ends are named."""
    step = max(len(edges) // 6, 1)
    return {
        "range": [0, len(edges) - 1],
        "tickvals": list(range(0, len(edges), step)),
        "ticktext": [f"{edge:.3g}" for edge in edges[::step]],
        "zeroline": False,
    }


def _steps(values: np.ndarray, edges: np.ndarray, name: str, colour: str, what: str) -> Trace:
    """A line that is level over each bin, and begins and ends at 0."""
    places = np.arange(len(edges)) if _axis(edges) == "bins" else edges
    level = np.concatenate([[0], np.repeat(values, 2), [0]])
    ends = np.repeat(np.stack([edges[:-1], edges[1:]], axis=-1), 2, axis=0)
    known = np.concatenate([ends[:1], ends, ends[-1:]])
    return {
        "type": "scatter",
        "x": np.repeat(places, 2).astype(np.float64),
        "y": level.astype(np.float64),
        "customdata": known,
        "mode": "lines",
        "line": {"color": colour, "width": 1.5},
        "name": plain(name),
        "showlegend": bool(name),
        "hovertemplate": f"{plain(what)} %{{customdata[0]:.4~g}} to %{{customdata[1]:.4~g}}"
        f"<br>share <b>%{{y:.4~g}}</b><extra>{plain(name)}</extra>",
    }


def _counted(data: xr.Dataset) -> xr.DataArray:
    """What was counted, as an array that tells its name and unit."""
    return xr.DataArray(0.0, attrs={k: data.attrs.get(k, "") for k in ("long_name", "units")})
