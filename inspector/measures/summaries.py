"""A summary is what is kept of a number over many images: how many there were, mean and variance.

Intervals and differences follow from it as if every image were still there.
"""

from math import sqrt

import numpy as np
import xarray as xr

from inspector.measures.mean_difference import welch

LEVEL = 0.95
FEWEST = 4
"""Images below which a correlation has no interval: Fisher's needs n - 3 of them."""


def summary_interval(summary: xr.Dataset, *, level: float = LEVEL) -> xr.Dataset:
    """Student's interval of means over images.

    Args:
        summary: ``mean`` and ``variance`` (unbiased) over any dims, and ``count``, images of each.
        level: share of such intervals that hold the mean over all images of their kind.

    Returns:
        ``value``, ``low`` and ``high`` in the unit of the mean; the ends are NaN below two images.
    """
    mean, variance, count = _broadcast(summary)
    error = (variance / count.clip(min=1)) ** 0.5
    return _with_ends(mean, _reach(error, count - 1, level).where(count > 1))


def summary_difference(a: xr.Dataset, b: xr.Dataset, *, level: float = LEVEL) -> xr.Dataset:
    """B minus A with Welch's interval (Biometrika 1947), for sets of images that differ.

    Args:
        a: a summary; see `summary_interval`.
        b: one with the same labels.
        level: share of 1.

    Returns:
        ``value``, ``low`` and ``high``; the ends are NaN where either has fewer than two images.

    Raises:
        ValueError: the labels differ.
    """
    if not all(a[dim].equals(b[dim]) for dim in a["mean"].dims) or a.sizes != b.sizes:
        raise ValueError("expected two summaries with the same labels; they differ.")
    (ours, of_a, n_a), (theirs, of_b, n_b) = _broadcast(a), _broadcast(b)
    enough = (n_a > 1) & (n_b > 1)
    error, freedom = welch(
        (of_a.values, np.maximum(n_a.values, 2)), (of_b.values, np.maximum(n_b.values, 2))
    )
    reach = _reach(ours.copy(data=error), freedom, level)
    return _with_ends((theirs - ours).assign_attrs(ours.attrs), reach.where(enough))


def correlation_interval(
    coefficient: xr.DataArray, images: int, *, level: float = LEVEL
) -> xr.Dataset:
    """Pearson correlations with Fisher's interval (Metron 1921), for independent images.

    It holds where both numbers are about normal; it is told of none that is exactly -1 or 1.

    Args:
        coefficient: from -1 to 1.
        images: that each rests on.
        level: share of 1.

    Returns:
        ``value``, ``low`` and ``high``; the ends are NaN below `FEWEST` images.
    """
    from scipy.special import ndtri  # noqa: PLC0415 - loads when it is first used

    inside = coefficient.where(abs(coefficient) < 1)
    if images < FEWEST:
        nothing = xr.full_like(coefficient, np.nan)
        return xr.Dataset({"value": coefficient, "low": nothing, "high": nothing})
    reach = float(ndtri((1 + level) / 2)) / sqrt(images - 3)
    ends = {"low": -reach, "high": reach}
    found = {name: np.tanh(np.arctanh(inside) + by) for name, by in ends.items()}
    return xr.Dataset({"value": coefficient, **found})


def averaged_summary(summary: xr.Dataset, dim: str) -> xr.Dataset:
    """The summary of the mean along a dim, with the largest variance that it can have.

    How labels move together is not known from their own variances. The root of the variance of a
    mean is at most the mean of the roots, which it is where all move as one (Minkowski). An
    interval from it is never too narrow.

    Args:
        summary: see `summary_interval`.
        dim: averaged away.
    """
    root = (summary["variance"] ** 0.5).mean(dim, skipna=False)
    mean = summary["mean"].mean(dim, skipna=False, keep_attrs=True)
    return xr.Dataset({"mean": mean, "variance": root**2, "count": summary["count"]})


def binned_quantiles(
    counts: xr.DataArray, begins: np.ndarray, ends: np.ndarray, levels: tuple[float, ...]
) -> xr.DataArray:
    """Quantiles of values that were counted in bins: known to within the bin that they lie in.

    Args:
        counts: whole numbers (..., bin), the bin last.
        begins: where bins begin; the first may be minus infinity.
        ends: where they end; the last may be infinity.
        levels: shares of 1.

    Returns:
        Dims (quantile, ...), as if values lay evenly in a bin; NaN where nothing was counted.
    """
    low, high = np.where(np.isinf(begins), ends, begins), np.where(np.isinf(ends), begins, ends)
    numbers = counts.values.reshape(-1, counts.shape[-1]).astype(np.float64)
    found = np.array([[_quantile(row, low, high, level) for row in numbers] for level in levels])
    shaped = found.reshape(len(levels), *counts.shape[:-1])
    kept = {str(dim): counts[dim] for dim in counts.dims[:-1] if dim in counts.coords}
    dims = ("quantile", *map(str, counts.dims[:-1]))
    return xr.DataArray(shaped, dims=dims, coords={"quantile": list(levels), **kept})


def _quantile(row: np.ndarray, low: np.ndarray, high: np.ndarray, level: float) -> float:
    below, total = np.cumsum(row), row.sum()
    if total == 0:
        return float("nan")
    rank = max(np.ceil(level * total), 1.0)
    place = int(np.searchsorted(below, rank))
    inside = (rank - (below[place] - row[place]) - 0.5) / row[place]
    return float(low[place] + inside * (high[place] - low[place]))


def _reach(error: xr.DataArray, freedom: xr.DataArray | np.ndarray, level: float) -> xr.DataArray:
    """How far Student's interval reaches to either side; NaN without degrees of freedom."""
    from scipy.stats import t  # noqa: PLC0415 - half a second

    return error * t.ppf((1 + level) / 2, np.asarray(freedom, np.float64))


def _broadcast(summary: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    mean = summary["mean"]
    others = (summary[name].broadcast_like(mean) for name in ("variance", "count"))
    variance, count = (values.transpose(*mean.dims).astype(np.float64) for values in others)
    return mean.astype(np.float64), variance, count


def _with_ends(mean: xr.DataArray, reach: xr.DataArray) -> xr.Dataset:
    told = {"value": mean, "low": mean - reach, "high": mean + reach}
    return xr.Dataset({name: values.assign_attrs(mean.attrs) for name, values in told.items()})
