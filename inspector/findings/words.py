"""Words are numbers as a finding tells them: never more digits than a reader can use."""

from collections.abc import Iterable, Sequence
from typing import SupportsFloat

import numpy as np
import xarray as xr

from inspector.figures.text import number

MOST_DECIMALS = 4
SMALL_DECIMALS = 5


def estimate(found: xr.Dataset) -> str:
    """Returns a number with its interval, as exact as that is narrow: "0.312 (0.309 to 0.314)"."""
    value, low, high = (float(found[name]) for name in ("value", "low", "high"))
    if not np.isfinite(low):
        return short(value)
    width = max(high - low, 10.0**-MOST_DECIMALS)
    decimals = int(np.clip(1 - np.floor(np.log10(width)), 0, MOST_DECIMALS))
    told, *ends = (_signed(f"{each:.{decimals}f}") for each in (value, low, high))
    return f"{told} ({' to '.join(ends)})"


def _signed(digits: str) -> str:
    """A minus sign as wide as a plus; none where all digits are 0."""
    return digits.replace("-", "\N{MINUS SIGN}" if float(digits) else "")


def short(value: float) -> str:
    """Returns a number in three digits, of them at most five decimals: no power of ten is small."""
    if not np.isfinite(value):
        return "none"
    if abs(value) >= 1:
        return number(value)
    rounded = round(float(f"{value:.3g}"), SMALL_DECIMALS)
    return _signed(np.format_float_positional(rounded, trim="-"))


def percent(share: float) -> str:
    """Returns a share of 1: "12.5 %"."""
    return f"{100 * share:.1f} %"


def span(values: xr.DataArray | np.ndarray) -> str:
    """Returns from where to where numbers lie: "0.1 to 0.4"."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return "none"
    low, high = short(known.min()), short(known.max())
    return low if low == high else f"{low} to {high}"


def sides(low: xr.DataArray, high: xr.DataArray, middle: xr.DataArray) -> tuple[int, int, int]:
    """Returns how many intervals lie above a value, below it, and how many hold it."""
    known = np.isfinite(low.values + high.values + middle.values)
    above = int((low.values > middle.values)[known].sum())
    below = int((high.values < middle.values)[known].sum())
    return above, below, int(known.sum()) - above - below


def among(own: SupportsFloat, twins: Iterable[SupportsFloat]) -> str:
    """Returns a number, where it lies among those of random twins, and theirs.

    "0.6, below all 19 random twins (0.78 to 0.85)".
    """
    value, theirs = float(own), np.array([float(one) for one in twins])
    known = theirs[np.isfinite(theirs)]
    if not np.isfinite(value) or not known.size:
        return f"{short(value)} (random twins {span(known)})"
    place = "in the range of"
    if value > known.max():
        place = "above all"
    elif value < known.min():
        place = "below all"
    return f"{short(value)}, {place} {known.size} random twins ({span(known)})"


def places(own: xr.DataArray, twins: Sequence[xr.DataArray], what: str) -> str:
    """Returns in how many places numbers are none that random twins have.

    "above all 19 random twins in 1 of 6 layers, below all in 2".

    Args:
        own: numbers.
        twins: the same of each twin.
        what: the places, in the plural.
    """
    every = xr.concat(twins, "twin")
    above, below = int((own > every.max("twin")).sum()), int((own < every.min("twin")).sum())
    return (
        f"above all {len(twins)} random twins in {above} of {own.size} {what}, below all in {below}"
    )
