"""A series is one quantity along one dim, as a line of points or as bars."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import xarray as xr

from inspector.figures import frame
from inspector.figures.cells import Trace
from inspector.figures.text import number, plain, quantity
from inspector.figures.theme import MUTED

Lines = xr.DataArray | xr.Dataset
"""One quantity along a dim, or several as the variables of a data set."""

Series = dict[str, xr.DataArray]
"""Quantities of one panel by name."""

_DASHES = ("dash", "dot", "longdashdot", "longdash")
"""Patterns that tell lines of one colour apart."""

_SLACK = 0.05
"""Empty share of the axis beyond the outermost values."""


def panels_of_series(panels: Lines | Mapping[str, Lines], figure: str) -> dict[str, Series]:
    """Panel title to its series; an array is a single one.

    Raises:
        ValueError: there is nothing to draw.
    """
    named = {"": panels} if isinstance(panels, Lines) else dict(panels)
    found = {title: _series(item) for title, item in named.items()}
    if not any(found.values()):
        raise ValueError(f"{figure} got no values: capture a layer that has this quantity first.")
    return found


def limits_of(panels: Mapping[str, Series], references: Mapping[str, float]) -> tuple[float, float]:
    """Range of all finite values and references with some slack; an empty or flat one is opened."""
    drawn = [np.ravel(values.values) for series in panels.values() for values in series.values()]
    values = np.concatenate([*drawn, list(references.values())]).astype(np.float64)
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    slack = _SLACK * (high - low) or abs(high) / 2 or 0.5
    return low - slack, high + slack


def common_quantity(series: Series) -> str:
    """What the series of a panel are: one name if they agree, else all of them."""
    return ", ".join(dict.fromkeys(quantity(values) for values in series.values()))


def draw_references(draft: frame.Draft, references: Mapping[str, float], index: int) -> None:
    """Adds horizontal lines to a panel, each of another pattern, and their entries in the legend.

    Args:
        draft: the figure.
        references: values by meaning.
        index: of the panel, from 0.
    """
    key = frame.key(index)
    for dash, (meaning, value) in zip(cycle(_DASHES), references.items(), strict=False):
        line = {"color": MUTED, "width": 1.5, "dash": dash}
        ends = {"x0": 0, "x1": 1, "y0": value, "y1": value}
        place = {"xref": f"x{key} domain", "yref": f"y{key}"}
        draft.layout["shapes"].append({"type": "line", "line": line} | ends | place)
        if value == 0:  # the axis has a line of its own there, which would hide the pattern
            draft.layout[f"yaxis{key}"]["zeroline"] = False
        name = f"{plain(meaning)}: {number(value)}"
        frame.add(draft, [_entry(name, line)], index)


def _entry(name: str, line: dict) -> Trace:
    shown = {"name": name, "showlegend": True, "hoverinfo": "skip"}
    return {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "line": line} | shown


def _series(item: Lines) -> Series:
    if isinstance(item, xr.DataArray):
        return {"": item}
    return {str(name): values for name, values in item.data_vars.items()}
