"""Words are what several views say in the same way."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from inspector.figures.text import number


def counted(count: int, noun: str) -> str:
    """A number of things: "1 edge", "2 edges"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def cell(values: xr.DataArray, at: Sequence[int | np.intp]) -> str:
    """The labels of a cell: "layer stages.2.3, retrieved layer stages.2.1"."""
    labels = (
        f"{str(dim).replace('_', ' ')} {values[dim].values[place]}"
        for dim, place in zip(values.dims, at, strict=True)
    )
    return ", ".join(labels)


def span(low: float, high: float) -> str:
    """From one number to another: "0.25 to 1", or "1" where three digits tell no difference."""
    return " to ".join(dict.fromkeys(map(number, (low, high))))
