"""An interval is how far a mean over images might lie from that over all images of their kind."""

from math import sqrt

import numpy as np
import xarray as xr


def mean_interval(values: xr.DataArray, over: str = "sample", *, level: float = 0.95) -> xr.Dataset:
    """The mean along a dim with Student's interval.

    Args:
        values: numbers along `over` and any other dims; independent along `over`.
        over: the dim that is averaged away.
        level: share of such intervals that hold the mean of the whole kind.

    Returns:
        ``value``, ``low`` and ``high``, the dims of `values` without `over`; the ends are NaN for a
        single number, and all three where one is missing.

    Raises:
        ValueError: there is no such dim.
    """
    from scipy.stats import t  # noqa: PLC0415 - half a second

    if over not in values.dims:
        raise ValueError(f"expected a dim '{over}' to average over, got {tuple(values.dims)}.")
    wide, count = values.astype(np.float64), values.sizes[over]
    mean = wide.mean(over, skipna=False, keep_attrs=True)
    if count < 2:
        return xr.Dataset({"value": mean, "low": mean * np.nan, "high": mean * np.nan})
    reach = t.ppf((1 + level) / 2, count - 1) * wide.std(over, ddof=1, skipna=False) / sqrt(count)
    ends = {name: (mean + sign * reach) for name, sign in (("low", -1), ("high", 1))}
    return xr.Dataset({"value": mean, **ends})
