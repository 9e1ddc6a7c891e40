"""A spread says how attention is divided: how evenly, how much to whom, between which values.

NaN means "not applicable" (a layer beyond reach, a padded head) and is left out; where nothing is
left the answer is NaN, never 0.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import entr

from inspector.measures.axes import axes, words


def entropy(weight: xr.DataArray, over: str) -> xr.DataArray:
    """Entropy ``-sum p ln p`` along `over`, in nats: 0 for one label, ``ln t`` for t equal ones.

    Rows of different length t have different largest entropies, so compare them with
    `uniform_weight` or with a random twin of the model, not with each other.

    Args:
        weight: shares of 1 along `over`; NaN where there is nothing to share.
        over: the dim that is summed away.

    Returns:
        The dims of `weight` without `over`; NaN where all shares are NaN.

    Raises:
        ValueError: a share is negative, or shares do not sum to 1 within 0.001.
    """
    _require_shares(weight, over)
    total = xr.apply_ufunc(entr, weight.astype(np.float64)).sum(over, skipna=True, min_count=1)
    return total.rename("entropy").assign_attrs(long_name="entropy", units="nats")


def effective_number(weight: xr.DataArray, over: str) -> xr.DataArray:
    """How many equal shares would be as spread out: ``exp(entropy)``, from 1 to t.

    Args:
        weight: shares of 1 along `over`, as for `entropy`.
        over: the dim that is summed away.
    """
    number = xr.apply_ufunc(np.exp, entropy(weight, over))
    return number.rename("effective_number").assign_attrs(
        long_name=f"effective number of {words(over)}s", units="1"
    )


def uniform_weight(weight: xr.DataArray, over: str) -> xr.DataArray:
    """The share ``1/t`` that each of the t labels within reach would get if all got the same.

    Returns:
        The dims of `weight`; NaN where `weight` is NaN.
    """
    there = ~np.isnan(weight.values)
    count = there.sum(axis=weight.get_axis_num(over), keepdims=True, dtype=np.float64)
    even = np.divide(1.0, count, out=np.full(there.shape, np.nan), where=there)
    told = {"long_name": "uniform weight", "units": "1"}
    return xr.DataArray(even, weight.coords, weight.dims, "uniform_weight", told)


def slot_mass(affinity: xr.DataArray) -> xr.DataArray:
    """Affinity that each memory slot receives from all tokens: ``sum over token``, in tokens.

    After both normalisations of external attention every token hands out 1 in all, so the masses
    of a head sum to the number of tokens.
    """
    mass = affinity.astype(np.float64).sum("token", skipna=True, min_count=1)
    return mass.rename("slot_mass").assign_attrs(long_name="slot mass", units="tokens")


def quantiles(
    values: xr.DataArray, over: str, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)
) -> xr.DataArray:
    """Quantiles along `over` (linear interpolation), dims ``quantile`` and the rest of `values`.

    Returns:
        In the unit of `values`; NaN where all values are NaN.
    """
    filled = values.astype(np.float64)
    defined = filled.notnull().any(over)
    # A stand-in for rows without a value keeps numpy from warning; it is taken out again.
    found = filled.where(defined, 0.0).quantile(list(levels), dim=over, keep_attrs=True)
    return found.where(defined)


def _require_shares(weight: xr.DataArray, over: str) -> None:
    if over not in weight.dims:
        raise ValueError(f"expected a dim '{over}' to sum over, got {axes(weight.dims)}.")
    if (weight < 0).any():
        raise ValueError(
            f"entropy needs shares of at least 0 along '{over}', got {float(weight.min()):.4g}: "
            "signed weights have no entropy, show their sizes instead."
        )
    total = weight.astype(np.float64).sum(over, skipna=True, min_count=1)
    gap = abs(total - 1.0).max()
    if gap > 1e-3:
        raise ValueError(
            f"entropy needs shares that sum to 1 along '{over}', got sums from "
            f"{float(total.min()):.4g} to {float(total.max()):.4g}: divide by their sum first."
        )
