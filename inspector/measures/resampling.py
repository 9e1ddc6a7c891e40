"""A resampling draws images anew, or pairs them anew, to tell how far a coefficient can be trusted.

An interval says how much a coefficient depends on which images were looked at. A baseline says what
it is when the images of one layer are shuffled, so that nothing is left which both saw.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from inspector.measures.comparison import Comparison

LEAST_IMAGES = 5
"""Below it no shuffling is rare: 4 images have 24 orders, too few for 5 % at both ends."""

Alternative = Literal["two-sided", "greater"]


@dataclass(frozen=True)
class Resampling:
    """What is drawn.

    Attributes:
        interval: whether coefficients get an interval.
        baseline: whether they are held against shuffled images.
        draws: resamples of images, and at most as many orders of them.
        seed: of both.
        level: share of 1 of an interval.
    """

    interval: bool = False
    baseline: bool = False
    draws: int = 999
    seed: int = 0
    level: float = 0.95


@dataclass(frozen=True)
class Interval:
    """One way to make an interval.

    Attributes:
        title: the way, for readers.
        draw: numbers of images (draw, image), the same for all comparisons of as many images.
        limits: both ends, from the coefficients of the draws, the one as measured, the number of
            images and the level.
        random: whether the draws depend on a seed.
    """

    title: str
    draw: Callable[[int, Resampling], np.ndarray]
    limits: Callable[[np.ndarray, float, int, float], tuple[float, float]]
    random: bool = True


@dataclass(frozen=True)
class Baseline:
    """Coefficients over shuffled images: their mean, quantiles, and the p-value of the real one."""

    mean: float
    low: float
    high: float
    p: float


def scores(of: Comparison, drawn: np.ndarray) -> np.ndarray:
    """The coefficient of each draw (draw, image) of images; NaN where undefined."""
    parts = range(0, len(drawn), of.batch)
    return np.concatenate([of.resampled(drawn[part : part + of.batch]) for part in parts])


def shuffled(of: Comparison, how: Resampling, alternative: Alternative) -> Baseline:
    """The baseline over orders of the images of one layer: all if they are few, else some."""
    from scipy.stats import permutation_test  # noqa: PLC0415 - half a second, and seldom wanted

    found = permutation_test(
        (of.images,),
        lambda order, axis: of.shuffled(order),  # `axis` is the last one
        permutation_type="pairings",
        vectorized=True,
        n_resamples=how.draws,
        batch=of.batch,
        alternative=alternative,
        rng=np.random.default_rng(how.seed),
    )
    null = found.null_distribution
    low, high = np.quantile(null, [(1 - how.level) / 2, (1 + how.level) / 2])
    return Baseline(float(null.mean()), float(low), float(high), float(found.pvalue))


def too_few(images: int) -> str:
    """Why there is neither interval nor baseline, or ""."""
    if images >= LEAST_IMAGES:
        return ""
    return f"interval and baseline need at least {LEAST_IMAGES} images, has {images}"


def _with_replacement(images: int, how: Resampling) -> np.ndarray:
    return np.random.default_rng(how.seed).integers(images, size=(how.draws, images))


def _percentiles(
    values: np.ndarray, _measured: float, images: int, level: float
) -> tuple[float, float]:
    """Percentiles, moved outwards so that the interval of a mean is as wide as Student's.

    Hesterberg, "What Teachers Should Know About the Bootstrap" (arXiv 1411.5279), "expanded
    percentile". Draws without a coefficient, such as one image again and again, are left out.
    """
    from scipy.stats import norm, t  # noqa: PLC0415

    defined = values[np.isfinite(values)]
    if not defined.size:
        return float("nan"), float("nan")
    reach = sqrt(images / (images - 1)) * t.ppf((1 + level) / 2, images - 1)
    low, high = np.quantile(defined, [norm.cdf(-reach), norm.cdf(reach)])
    return float(low), float(high)


def _without_each(images: int, _how: Resampling) -> np.ndarray:
    every = np.arange(images)
    return np.array([np.delete(every, place) for place in every])


def _student(values: np.ndarray, measured: float, images: int, level: float) -> tuple[float, float]:
    """Student's interval around what was measured, within -1 and 1; NaN if a value is NaN."""
    from scipy.stats import t  # noqa: PLC0415

    error = sqrt((images - 1) / images * np.square(values - values.mean()).sum())
    reach = float(t.ppf((1 + level) / 2, images - 1)) * error
    low, high = np.clip([measured - reach, measured + reach], -1.0, 1.0)
    return float(low), float(high)


BOOTSTRAP = Interval(
    "percentile bootstrap over images, widened for few of them", _with_replacement, _percentiles
)

JACKKNIFE = Interval("jackknife over images, Student's t", _without_each, _student, random=False)
"""For what is made of U-statistics (Arvesen, Annals of Mathematical Statistics 1969). In a
bootstrap an image drawn twice would be its own neighbour, which the unbiased HSIC excludes on
purpose: all draws would lie far above the coefficient."""
