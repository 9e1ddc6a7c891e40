"""Agreement is how alike two maps of one image rank its cells, and whether more than by chance.

Neighbouring cells are alike in most maps, so that two maps with nothing in common still correlate:
the null must keep each map's grain. It is made of the same two maps shifted against each other, by
up to three tenths of each side, and compared where they overlap. Shifts around a torus would join
opposite edges, and flag one pair of independent smooth maps in ten; so nothing is wrapped, and as
fewer cells overlap the farther the shift, each coefficient is scaled by the root of their number
(the random shift with variance correction of Mrkvicka, Dvorak, Gonzalez & Mateu, "Revisiting the
random shift approach for testing in spatial statistics", Spatial Statistics 2021).
"""

from collections.abc import Mapping

import numpy as np
import scipy  # its parts load when they are first used, which takes half a second
import xarray as xr

from inspector.measures.axes import axes
from inspector.measures.discoveries import among_all

REACH = 0.3
"""Farthest shift, as a share of a side."""

LEAST_REACH = 2
"""Cells that a shift reaches at least: 25 shifts are the fewest that can tell 5 %."""

LEVELS = (0.025, 0.25, 0.5, 0.75, 0.975)


def agreement(one: xr.DataArray, other: xr.DataArray) -> xr.Dataset:
    """Spearman's rank correlation of two maps, beside what it is of the same maps shifted.

    Args:
        one: (y, x).
        other: (y, x), of the same cells; see ``on_cells``.

    Returns:
        ``correlation`` from -1 to 1; ``null`` (quantile), that of the shifted maps at 2.5, 25, 50,
        75 and 97.5 %; ``p``, the share of shifts, the unshifted pair among them, whose coefficient
        is as far from 0; ``shifts``, their number. NaN where a map is the same everywhere.

    Raises:
        ValueError: the maps do not lie on the same cells, or on fewer than 5 by 5.
    """
    _require_same_cells(one, other)
    scaled, centre = _shifted(_ranks(one), _ranks(other))
    found, finite = scaled[centre], scaled[np.isfinite(scaled)]
    alike = np.abs(finite) >= np.abs(found) - 1e-9  # rounding must not part equal values
    known = bool(np.isfinite(found))
    null = np.quantile(finite, LEVELS) if known else np.full(len(LEVELS), np.nan)
    data = xr.Dataset(
        {
            "correlation": ((), found, {"long_name": "Spearman correlation", "units": "1"}),
            "null": ("quantile", null, {"long_name": "of shifted maps", "units": "1"}),
            "p": ((), alike.mean() if known else np.nan, {"long_name": "share of shifts as far"}),
            "shifts": ((), finite.size, {"long_name": "shifts"}),
        }
    )
    return data.assign_coords(quantile=list(LEVELS))


def beyond_chance(ps: Mapping[str, float], level: float = 0.05) -> list[str]:
    """Names of those whose share of shifts is small, several being judged at once.

    Args:
        ps: the share of each by name, none of them NaN.
        level: expected share of false ones among those named (Benjamini & Hochberg 1995).
    """
    adjusted = among_all(np.array(list(ps.values())))
    return [name for name, p in zip(ps, adjusted, strict=True) if p <= level]


def _require_same_cells(one: xr.DataArray, other: xr.DataArray) -> None:
    for values in (one, other):
        if set(values.dims) != {"y", "x"}:
            raise ValueError(
                f"expected a map with a place in the image, dims y and x; got {axes(values.dims)}."
            )
    if one.sizes != other.sizes:
        sizes = " and ".join(f"{v.sizes['y']} x {v.sizes['x']}" for v in (one, other))
        raise ValueError(f"expected two maps on the same cells, got {sizes}: use on_cells.")
    if min(one.sizes.values()) < 2 * LEAST_REACH + 1:
        least = 2 * LEAST_REACH + 1
        raise ValueError(
            f"expected at least {least} x {least} cells to shift, got "
            f"{one.sizes['y']} x {one.sizes['x']}."
        )


def _ranks(values: xr.DataArray) -> np.ndarray:
    """Ranks around 0, (y, x); of a map that is the same everywhere, zeros."""
    cells = values.transpose("y", "x").values.astype(np.float64)
    ranks = scipy.stats.rankdata(cells).reshape(cells.shape)
    return ranks - ranks.mean()


def _shifted(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """Coefficients of all shifts, each by the root of its share of cells; and the unshifted one."""
    reach = [max(round(REACH * side), LEAST_REACH) for side in one.shape]
    places = tuple(slice(s - 1 - r, s + r) for s, r in zip(one.shape, reach, strict=True))
    there = np.ones_like(one)

    def summed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return scipy.signal.correlate(a, b)[places]

    count = summed(there, there)
    means = summed(one, there) / count, summed(there, other) / count
    product = summed(one, other) / count - means[0] * means[1]
    variances = (
        summed(one**2, there) / count - means[0] ** 2,
        summed(there, other**2) / count - means[1] ** 2,
    )
    spread = np.sqrt(np.clip(variances[0], 0, None) * np.clip(variances[1], 0, None))
    coefficients = np.divide(product, spread, out=np.full_like(spread, np.nan), where=spread > 1e-9)
    return coefficients * np.sqrt(count / one.size), (reach[0], reach[1])
