"""A grouping explains as much of some numbers as their groups' means differ.

Of the squared deviation of all images from the common mean, the part between the means of the
groups (correlation ratio, eta squared; Fisher 1925) is

    share = sum over groups of n_g (m_g - m)^2 / sum over images of (x - m)^2

with both sums taken over several numbers of an image together where it has several. Labels that say
nothing explain (k - 1) / (n - 1) on average, with k groups of n images.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Draws:
    """How often labels are permuted for the baseline, and the level of the interval."""

    count: int = 199
    seed: int = 0
    level: float = 0.95


LEFT_OUT = 50
"""Parts of the images that are left out in turn for the interval."""


def variance_explained(
    values: xr.DataArray,
    groups: Sequence[int] | np.ndarray,
    together: Iterable[Hashable] = (),
    draws: Draws = Draws(),
) -> xr.Dataset:
    """How much of the variance of numbers over images lies between groups of images.

    Args:
        values: with dim ``sample``.
        groups: the group of each sample.
        together: dims whose numbers are taken together.
        draws: of labels.

    Returns:
        The other dims: ``share`` from 0 to 1, NaN where nothing varies; ``low`` and ``high``, its
        interval (jackknife over parts of the images, Student's t: an image drawn twice would make
        its group look tight, so that a bootstrap lies too high); ``baseline``, its mean with labels
        permuted, and ``p``, the share of orders of the labels that explain as much, the real one
        among them.

    Raises:
        ValueError: the groups are not as many as the samples.
    """
    labels = np.asarray(groups)
    if labels.shape != (values.sizes["sample"],):
        raise ValueError(f"expected a group for each of {values.sizes['sample']} samples.")
    of = _Table(_deviations(values, together), np.eye(labels.max() + 1)[labels])
    share, random = of.share(), np.random.default_rng(draws.seed)
    orders = (random.permutation(len(labels)) for _ in range(draws.count))
    null = np.stack([_Table(of.values, of.member[order]).share() for order in orders])
    reach = _reach(of, draws.level)
    ends = np.clip(share - reach, 0, 1), np.clip(share + reach, 0, 1)
    p = (1 + (null >= share).sum(axis=0)) / (1 + draws.count)
    numbers = {"share": share, "low": ends[0], "high": ends[1], "baseline": null.mean(axis=0)}
    return _labelled(numbers | {"p": np.where(np.isfinite(share), p, np.nan)}, values, together)


@dataclass(frozen=True)
class _Table:
    """Deviations (sample, kept, together) and membership (sample, group), 1 or 0."""

    values: np.ndarray
    member: np.ndarray

    def share(self, without: np.ndarray | None = None) -> np.ndarray:
        """The share between groups (kept), `without` some of the samples (boolean)."""
        count = len(self.values)
        times = np.ones(count) if without is None else (~without).astype(np.float64)
        flat = self.values.reshape(len(self.values), -1)
        mean = times @ flat / times.sum()
        total = times @ flat**2 - times.sum() * mean**2
        sizes = times @ self.member
        sums = (self.member * times[:, None]).T @ flat
        squares = np.divide(sums**2, sizes[:, None], out=np.zeros_like(sums), where=sums != 0)
        between = squares.sum(axis=0) - times.sum() * mean**2
        parts = (part.reshape(self.values.shape[1:]).sum(axis=1) for part in (between, total))
        above, below = parts
        return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _reach(of: _Table, level: float) -> np.ndarray:
    """How far the interval reaches to either side (kept)."""
    from scipy.stats import t  # noqa: PLC0415 - half a second

    images = np.arange(len(of.values))
    parts = min(LEFT_OUT, len(images))
    shares = np.stack([of.share(images % parts == part) for part in range(parts)])
    away = shares - shares.mean(axis=0)
    error = np.sqrt((parts - 1) / parts * (away**2).sum(axis=0))
    reach: np.ndarray = t.ppf((1 + level) / 2, parts - 1) * error
    return reach


def _deviations(values: xr.DataArray, together: Iterable[Hashable]) -> np.ndarray:
    """Deviations from the mean over samples, (sample, kept, together)."""
    kept = _kept(values, together)
    table = values.transpose("sample", *kept, *together).values.astype(np.float64)
    shape = [values.sizes[dim] for dim in kept]
    flat = table.reshape(len(table), int(np.prod(shape)), -1)
    away = flat - flat.mean(axis=0)
    # What is constant varies by rounding alone.
    tiny = np.abs(away).max(axis=0) <= 1e-6 * np.abs(flat).max(axis=0)
    return np.where(tiny, 0.0, away)


def _kept(values: xr.DataArray, together: Iterable[Hashable]) -> list[Hashable]:
    return [dim for dim in values.dims if dim not in {"sample", *together}]


def _labelled(
    numbers: dict[str, np.ndarray], values: xr.DataArray, together: Iterable[Hashable]
) -> xr.Dataset:
    kept = _kept(values, together)
    shape = [values.sizes[dim] for dim in kept]
    coords = {dim: values[dim] for dim in kept if dim in values.coords}
    return xr.Dataset(
        {name: (kept, array.reshape(shape)) for name, array in numbers.items()}, coords=coords
    )
