"""A discovery is a difference that stands when all the tests made beside it are counted."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

LEVEL = 0.05
"""Share of false ones that is put up with among all discoveries."""


def among_all(p: np.ndarray) -> np.ndarray:
    """p-values adjusted for all that were tried, of the same shape; NaN where nothing was tested.

    Benjamini and Hochberg's procedure (1995): to call different what has an adjusted value of at
    most 0.05 makes at most 5 % of those calls false on average, if tests err together rather than
    against each other. The values are those of ``scipy.stats.false_discovery_control``; but
    ``scipy.stats`` takes most of a second to import, and the first figure needs no more of it.
    """
    values = np.full(p.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    falling = tested[np.argsort(-p.flat[tested])]
    ranks = np.arange(falling.size, 0, -1)
    # the k-th smallest of m counts m / k times, and none more than one that is larger
    values.flat[falling] = np.minimum.accumulate(p.flat[falling] * falling.size / ranks).clip(max=1)
    return values


def adjusted(tables: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """p-values of pairs of layers, adjusted for all pairs of all tables.

    Pairs that share a layer are not independent; see `among_all` for what then holds.

    Args:
        tables: by name, symmetric (layer, other_layer); NaN where nothing was tested.

    Returns:
        Tables of the same names, dims and labels.
    """
    flat = [_once(table) for table in tables.values()]
    every = among_all(np.concatenate([np.empty(0), *flat]))
    parts = np.split(every, np.cumsum([part.size for part in flat]))
    return {
        name: _both_ways(table, part)
        for (name, table), part in zip(tables.items(), parts[:-1], strict=True)
    }


def _once(table: xr.DataArray) -> np.ndarray:
    """Each pair of different layers once."""
    values: np.ndarray = table.transpose("layer", "other_layer").values
    return values[np.triu_indices(len(values), k=1)]


def _both_ways(table: xr.DataArray, once: np.ndarray) -> xr.DataArray:
    values = np.full((table.sizes["layer"],) * 2, np.nan)
    rows, columns = np.triu_indices(len(values), k=1)
    values[rows, columns] = values[columns, rows] = once
    attrs = {"long_name": "adjusted p-value", "units": "1"}
    return table.transpose("layer", "other_layer").copy(data=values).assign_attrs(attrs)
