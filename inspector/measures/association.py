"""An association is how far two numbers of many things go together: Spearman's, by rank."""

import warnings

import numpy as np
import scipy  # its parts load when they are first used, which takes half a second
import xarray as xr

FEWEST = 8
"""Things below which an association is not told: almost any order of so few occurs by chance."""


def rank_association(
    one: xr.DataArray,
    other: xr.DataArray,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> xr.Dataset:
    """Spearman's rank correlation of two numbers of the same things, with a bootstrap interval.

    Args:
        one: numbers along one dim; where either is missing, the thing is left out.
        other: of the same things.
        level: share of resamples inside the interval (percentile bootstrap over things).
        resamples: how many.
        seed: of the resampling.

    Returns:
        ``rho``, ``low`` and ``high``, -1 to 1; NaN below `FEWEST` things, or where one of the two
        numbers is always the same. The attributes hold ``n``, ``level``, ``resamples``, ``seed``.
    """
    pairs = np.stack([one.values, other.values]).astype(np.float64)
    pairs = pairs[:, np.isfinite(pairs).all(0)]
    count = pairs.shape[1]
    rho = low = high = np.nan
    if count >= FEWEST and (np.ptp(pairs, axis=1) > 0).all():
        rho = float(scipy.stats.spearmanr(*pairs).statistic)
        low, high = _interval(pairs, level, resamples, seed)
    attributes = {"n": count, "level": level, "resamples": resamples, "seed": seed}
    return xr.Dataset({"rho": rho, "low": low, "high": high}, attrs=attributes)


def _interval(pairs: np.ndarray, level: float, resamples: int, seed: int) -> tuple[float, float]:
    with warnings.catch_warnings():  # a resample may draw the same thing only; it is left out
        warnings.simplefilter("ignore", RuntimeWarning)
        drawn = scipy.stats.bootstrap(
            tuple(pairs),
            _spearman,
            paired=True,
            n_resamples=resamples,
            confidence_level=level,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).bootstrap_distribution
    tails = ((1 - level) / 2, (1 + level) / 2)
    low, high = np.nanquantile(drawn, tails).tolist()
    return low, high


def _spearman(one: np.ndarray, other: np.ndarray, axis: int = -1) -> np.ndarray:
    """Pearson's correlation of the ranks, along an axis; for many resamples at once."""
    ranks = [scipy.stats.rankdata(values, axis=axis) for values in (one, other)]
    first, second = (rank - rank.mean(axis, keepdims=True) for rank in ranks)
    size = np.sqrt((first**2).sum(axis) * (second**2).sum(axis))
    product: np.ndarray = (first * second).sum(axis) / size
    return product
