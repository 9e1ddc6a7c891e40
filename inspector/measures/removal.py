"""A removal takes cells from an image in some order, and asks when the score falls.

Deletion and insertion (Petsiuk et al., "RISE", BMVC 2018) begin with the image, or with nothing of
it, and take or give cells, those of largest attribution first. If these carry the score, deletion
falls early (a small area below its curve) and insertion rises early (a large one). Any order does
so to some extent, therefore random ones stand beside it.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

RANDOM_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def orders(maps: Mapping[str, xr.DataArray], count: int, seed: int) -> xr.DataArray:
    """The place of each cell in the order of each map and in random ones, (order, y, x), from 0.

    Args:
        maps: values of each cell (y, x), by name; the largest goes first, of equal ones that which
            comes first.
        count: how many random orders.
        seed: of those.

    Returns:
        With a coordinate ``random`` (order), which says of each order whether it is.
    """
    cells = [values.transpose("y", "x") for values in maps.values()]
    given = [np.argsort(np.argsort(-one.values, axis=None, kind="stable")) for one in cells]
    draw = np.random.default_rng(seed)
    ranks = [*given, *(draw.permutation(given[0].size) for _ in range(count))]
    names = [*maps, *(f"random {number}" for number in range(1, count + 1))]
    return xr.DataArray(
        np.stack(ranks).reshape(-1, *cells[0].shape),
        dims=("order", "y", "x"),
        coords={"order": names, "random": ("order", [name not in maps for name in names])},
    )


def removed(ranks: xr.DataArray, steps: int) -> xr.DataArray:
    """Which cells are gone when a share of them is, (share, ...); from none to all in equal steps.

    Args:
        ranks: the place of each cell in an order (..., y, x).
        steps: how many removals; the number of cells gone is rounded.
    """
    shares = xr.DataArray(np.linspace(0, 1, steps + 1), dims="share")
    gone = np.floor(shares * ranks.sizes["y"] * ranks.sizes["x"] + 0.5)
    return (ranks < gone).transpose("share", *ranks.dims).assign_coords(share=shares)


def areas(curves: xr.DataArray) -> xr.DataArray:
    """The area below each curve over ``share`` from 0 to 1 (trapezoids), in the curve's unit."""
    return curves.integrate("share").assign_attrs(curves.attrs)


def random_spread(curves: xr.DataArray) -> xr.DataArray:
    """Quantiles (5, 25, 50, 75, 95 %) over the random orders, (quantile, ...)."""
    others = curves[curves["random"].values]
    return others.quantile(list(RANDOM_LEVELS), dim="order", keep_attrs=True)


def chance(curves: xr.DataArray, name: str, *, low: bool) -> float:
    """How many orders, the map's and the random ones, do at least as well as the map, share of 1.

    Args:
        curves: (order, share).
        name: of the map.
        low: whether a small area is the better one, as in deletion.
    """
    found = areas(curves) * (1 if low else -1)
    own = found.sel(order=name)
    return float((1 + (found[found["random"].values] <= own).sum()) / (1 + found["random"].sum()))
