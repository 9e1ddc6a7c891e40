"""A cell is one part of an image cut into rows and columns, on which maps of any grain meet."""

import numpy as np
import xarray as xr

from inspector.measures.axes import axes


def on_cells(values: xr.DataArray, rows: int, columns: int) -> xr.DataArray:
    """The mean over each cell, by area: exact for any two sizes, nothing is smoothed.

    A map finer than the cells is averaged; of a coarser one, a cell takes what it lies in. The sum
    over the image, each value by its area, stays what it was.

    Args:
        values: (..., y, x), both covering the image.
        rows: cells from top to bottom.
        columns: cells from left to right.

    Returns:
        The dims of `values`, float64, in its unit.

    Raises:
        ValueError: there is no y or no x, so that the values have no place in the image.
    """
    if not {"y", "x"} <= set(values.dims):
        raise ValueError(f"expected a map with dims y and x, got {axes(values.dims)}.")
    found = values.astype(np.float64)
    for dim, cells in (("y", rows), ("x", columns)):
        shares = xr.DataArray(_shares(found.sizes[dim], cells), dims=("cell", dim))
        found = xr.dot(found.drop_vars(dim, errors="ignore"), shares, dim=dim).rename(cell=dim)
    return found.transpose(*values.dims).assign_attrs(values.attrs)


def _shares(size: int, cells: int) -> np.ndarray:
    """Which part of each cell (cell, old) every old cell covers; rows sum to 1."""
    edges, old = np.linspace(0, size, cells + 1), np.arange(size)
    low, high = edges[:-1, None], edges[1:, None]
    overlap = np.minimum(high, old + 1) - np.maximum(low, old)
    return np.clip(overlap, 0, None) * cells / size
