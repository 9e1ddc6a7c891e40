"""A ranking is the largest entries of an array, the largest first, each with its labels."""

import numpy as np
import xarray as xr


def strongest(values: xr.DataArray, count: int) -> xr.Dataset:
    """The `count` largest entries, or all if there are fewer, dims (rank) from 1.

    Args:
        values: any labelled array; NaN is left out.
        count: how many entries.

    Returns:
        ``value``, and for each dim of `values` a variable of its name with the entry's label.
        Of equal entries the one that stands first in the array comes first.

    Raises:
        ValueError: fewer than one is asked for.
    """
    if count < 1:
        raise ValueError(f"expected to rank at least 1 entry, got {count}.")
    flat = values.values.ravel()
    order = np.argsort(-flat, kind="stable")[: min(count, (~np.isnan(flat)).sum())]
    places = np.unravel_index(order, values.shape)
    labels = {
        dim: ("rank", values[dim].values[place])
        for dim, place in zip(values.dims, places, strict=True)
    }
    found = {"value": ("rank", flat[order].astype(np.float64), dict(values.attrs)), **labels}
    return xr.Dataset(found, coords={"rank": np.arange(1, len(order) + 1)})
