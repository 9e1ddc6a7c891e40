"""A reading is a view's arrays in words: how large they are, and where they peak.

Whoever cannot see a figure or point at it, reads it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from inspector.views import Computed
from inspector.views.exhibit import Shown
from inspector.views.words import cell

_SAID = 3


@dataclass(frozen=True)
class Peak:
    """The largest and the smallest value of one panel.

    Attributes:
        panel: title of the panel.
        quantity: what the values are.
        size: number of cells along each axis, "6 by 5".
        largest: the largest value, and where it is.
        smallest: the smallest value, and where it is.
    """

    panel: str
    quantity: str
    size: str
    largest: str
    smallest: str


def peaks(computed: Computed) -> list[Peak]:
    """Returns a peak for each panel of numbers; pictures (y, x, rgb) have none."""
    return [_peak(*panel) for panel in _told(computed)]


def sentence(title: str, computed: Computed) -> str:
    """Returns what a view shows for those who cannot see it."""
    panels = _told(computed)
    first = [_peak(*panel) for panel in panels[:_SAID]]
    said = [f"{p.panel}: {p.quantity}, {p.size}, largest {p.largest}" for p in first]
    more = [f"{len(panels) - _SAID} further panels"] if len(panels) > _SAID else []
    return f"{title}. {'. '.join([*said, *more])}."


def words(shown: Shown) -> str:
    """Returns what a figure shows for those who cannot see it."""
    return shown.summary or sentence(shown.heading, shown.computed)


def _told(computed: Computed) -> list[tuple[str, xr.DataArray]]:
    """Title and numbers of each panel that has any."""
    return [
        (title, values)
        for title, data in computed.panels.items()
        for values in _drawn(data)
        if "rgb" not in values.dims and not np.isnan(values.values).all()
    ]


def _drawn(data: xr.Dataset) -> Iterator[xr.DataArray]:
    """The first numbers of a panel are what it draws; others explain them."""
    numbers = (values for values in data.data_vars.values() if values.dtype.kind in "fiub")
    yield from list(numbers)[:1]


def _peak(title: str, values: xr.DataArray) -> Peak:
    name = str(values.attrs.get("long_name") or values.name)
    size = " by ".join(str(length) for length in values.shape) or "1"
    largest, smallest = (_place(values, index) for index in _extremes(values))
    return Peak(title, name, size, largest, smallest)


def _extremes(values: xr.DataArray) -> tuple[np.intp, np.intp]:
    flat = values.values.ravel()
    return np.nanargmax(flat), np.nanargmin(flat)


def _place(values: xr.DataArray, index: np.intp) -> str:
    """A value and its labels: "0.51 at layer 2.3, retrieved layer 2.1"."""
    where = np.unravel_index(index, values.shape)
    number = f"{values.values[where]:.4g}"
    return f"{number} at {cell(values, where)}" if values.dims else number
