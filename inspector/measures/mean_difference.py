"""A mean difference is how far two things are apart on average over images, with its interval."""

import numpy as np
import xarray as xr

_TITLES = {
    "mean": "mean over images",
    "low": "interval from",
    "high": "interval to",
    "p": "p-value",
}


def mean_difference(
    a: xr.DataArray, b: xr.DataArray, *, paired: bool, level: float = 0.95
) -> xr.Dataset:
    """B minus A of each cell, averaged over images, with Student's interval of that mean.

    The interval is for images like these; the networks are taken as they are. Of paired images it
    is that of the mean of the differences, of others Welch's (Biometrika 1947), which lets A and B
    vary by different amounts.

    Args:
        a: values (sample, ...), of at least two images.
        b: the same cells of other images, or of the same images in the same order.
        paired: whether sample i is the same image in both.
        level: share of 1 of the intervals.

    Returns:
        Over the dims but ``sample``, in float64 and the unit of the values: ``mean``, ``low`` and
        ``high``; and ``p``, two-sided, of each cell for itself. NaN where an image has no value.
    """
    ours, theirs = (_by_image(values) for values in (a, b))
    mean, error, freedom = _of_pairs(theirs - ours) if paired else _of_sets(ours, theirs)
    reach, p = _student(mean, error, freedom, level)
    found = {"mean": mean, "low": mean - reach, "high": mean + reach, "p": p}
    cell = a.isel(sample=0, drop=True).drop_attrs(deep=False)
    units = a.attrs.get("units", "")
    return xr.Dataset(
        {
            name: cell.copy(data=values).assign_attrs(
                long_name=_TITLES[name], units="1" if name == "p" else units
            )
            for name, values in found.items()
        }
    )


def _by_image(values: xr.DataArray) -> np.ndarray:
    return np.asarray(values.transpose("sample", ...).values, np.float64)


def _of_pairs(change: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard error and degrees of freedom of differences (sample, ...)."""
    images = len(change)
    error = change.std(axis=0, ddof=1) / np.sqrt(images)
    return change.mean(axis=0), error, np.full(error.shape, images - 1.0)


def _of_sets(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of two independent sets of images."""
    told = ((values.var(axis=0, ddof=1), np.array(len(values))) for values in (a, b))
    return b.mean(axis=0) - a.mean(axis=0), *welch(*told)


def welch(
    a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Standard error and degrees of freedom of the difference of two means (Biometrika 1947).

    Args:
        a: unbiased variance over images, and how many images, at least two.
        b: the same of the other.
    """
    ours, theirs = (variance / count for variance, count in (a, b))
    spread = ours**2 / (a[1] - 1) + theirs**2 / (b[1] - 1)
    freedom = np.divide((ours + theirs) ** 2, spread, out=np.ones_like(spread), where=spread != 0)
    return np.sqrt(ours + theirs), freedom


def _student(
    mean: np.ndarray, error: np.ndarray, freedom: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """How far the interval reaches, and the p-value; 0 or 1 where all images agree on a number."""
    from scipy.stats import t  # noqa: PLC0415 - half a second

    reach = t.ppf((1 + level) / 2, freedom) * error
    constant = error == 0
    ratio = np.abs(mean) / np.where(constant, 1.0, error)
    return reach, np.where(constant, np.where(mean == 0, 1.0, 0.0), 2 * t.sf(ratio, freedom))
