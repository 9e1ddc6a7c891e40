"""A point is one mean with its interval; points stand side by side, and not all of many."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from inspector.figures import Figure, estimates

MOST = 40
"""Points of a series that are drawn; of more, those with the lowest and the highest means."""

NONE = "no difference"


def titled(data: xr.Dataset, of: str, what: str = "mean over images") -> xr.Dataset:
    """Estimates that tell what they are, on the axis, and what of, in the legend."""
    told = {"long_name": what, "units": data["value"].attrs.get("units", "")}
    return data.assign(value=data["value"].assign_attrs(told)).assign_attrs(of=of)


def draw(panels: Mapping[str, xr.Dataset], x: str, *, difference: bool = False) -> Figure:
    """Series of estimates along a dim, with a line at 0 where they are differences."""
    kept = _kept(next(iter(panels.values()))[["value"]], x)
    series = {f"{data.attrs['of']}, {name}": data.isel({x: kept}) for name, data in panels.items()}
    return estimates(series, x=x, references={NONE: 0.0} if difference else None)


def left_out(data: xr.Dataset, x: str) -> list[str]:
    """The sentence on points that are not drawn; none where all are."""
    count = data.sizes[x]
    if count <= MOST:
        return []
    return [
        f"Drawn are {MOST} of {count:,}: those with the lowest and the highest values; the file of "
        "arrays has all."
    ]


def clear_of_zero(apart: xr.Dataset) -> str:
    """How many differences have an interval without 0, and how many would have by chance."""
    known = apart["low"].notnull()
    clear = int((((apart["low"] > 0) | (apart["high"] < 0)) & known).sum())
    total = int(known.sum())
    lacking = f" {known.size - total} have no interval." if total < known.size else ""
    return (
        f"{clear} of {total} intervals leave 0 out; about {0.05 * total:.3g} would if nothing "
        f"differed.{lacking}"
    )


def _kept(first: xr.Dataset, x: str) -> np.ndarray:
    """Places of the lowest and highest values of the first series, in their order."""
    count = first.sizes[x]
    if count <= MOST:
        return np.arange(count)
    order = np.argsort(first["value"].values, kind="stable")
    return np.sort(np.concatenate([order[: MOST // 2], order[-MOST // 2 :]]))
