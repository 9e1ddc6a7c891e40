"""A correlation of two layers says how alike their values were, label by label, on the same images.

The idea is that of the DIA paper (arXiv:2210.16101), whose abstract reports a figure without saying
over which vectors; the three definitions here are this project's.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from inspector.measures.comparison import Comparison, Score
from inspector.measures.layers import Layer, Matrix, incomparable, matched

Definition = Literal["per_image", "pooled", "centred"]
"""``per_image``: over the features of one image, then the mean over images.
``pooled``: over the joined (image, feature) axis.
``centred``: as pooled, after each feature's mean over images is subtracted. A gate that hardly
depends on the image scores near 1 on the first two and says nothing about images; this one asks
whether two layers deviate together."""

Unit = Callable[[np.ndarray, float], np.ndarray]
"""``unit(values, floor)``: vectors of length 1 along the last axis whose inner product is the
coefficient; NaN where what would be scaled to 1 is within ``floor`` of zero."""

Mean = Callable[[np.ndarray], np.ndarray]
"""What is subtracted before products are taken, image by image: its mean over images is."""

_CONSTANT = "zero variance: the values of a layer are all the same"
_UNMOVED = "zero variance: the values of a layer are the same for every image"


def cosine(values: np.ndarray, floor: float) -> np.ndarray:
    """Vectors whose inner product is their cosine."""
    size = np.where(_within(values, floor), np.nan, np.linalg.norm(values, axis=-1))
    return values / size[..., None]


def pearson(values: np.ndarray, floor: float) -> np.ndarray:
    """Vectors whose inner product is Pearson's coefficient: that of the deviations from mean."""
    return cosine(_deviations(values), floor)


def spearman(values: np.ndarray, floor: float) -> np.ndarray:
    """Vectors whose inner product is Spearman's coefficient: Pearson's of the ranks.

    Equal values share their mean rank.
    """
    from scipy.stats import rankdata  # noqa: PLC0415 - half a second, and seldom wanted

    constant = _within(_deviations(values), floor)
    ranks = pearson(rankdata(values, axis=-1), 0.0)
    return np.where(constant[..., None], np.nan, ranks)


def compare(
    one: Layer, other: Layer, definition: Definition, *, unit: Unit, least: int
) -> Comparison:
    """Two layers on the labels that both have.

    Args:
        one: a layer.
        other: another of the same images.
        definition: over which vectors.
        unit: the coefficient.
        least: values that it needs to say anything.
    """
    reason = incomparable(one, other)
    if reason:
        return Comparison.refused(reason)
    a, b = matched(one, other)
    images, features = a.values.shape
    n = features if definition == "per_image" else a.values.size
    if definition == "centred" and images < 2:
        return Comparison.refused("needs at least 2 images", n, images)
    if n < least:
        return Comparison.refused(f"needs at least {least} shared values, has {n}", n, images)
    if definition == "per_image":
        return _per_image(a, b, unit)
    return _pooled(a, b, unit, centred=definition == "centred")


def require_definition(definition: str) -> None:
    """Refuses a definition that there is not.

    Raises:
        ValueError: with the names of those there are.
    """
    if definition not in get_args(Definition):
        known = ", ".join(get_args(Definition))
        raise ValueError(f"expected a definition out of {known}; got '{definition}'.")


def _per_image(a: Matrix, b: Matrix, unit: Unit) -> Comparison:
    """The mean over the images whose coefficient exists."""
    table = np.clip(unit(a.values, a.floor) @ unit(b.values, b.floor).T, -1.0, 1.0)
    own = table.diagonal()
    images = np.flatnonzero(np.isfinite(own))
    features = a.values.shape[1]
    if not images.size:
        return Comparison.refused(_CONSTANT if len(table) else "no image", features)
    return Comparison(
        float(own[images].mean()),
        lambda rows: _mean(own[rows]),
        lambda order: table[images, order].mean(axis=-1),
        images,
        features,
        images.size,
    )


def _pooled(a: Matrix, b: Matrix, unit: Unit, *, centred: bool) -> Comparison:
    """The coefficient of the joined (image, feature) axis."""
    every = np.arange(len(a.values))
    first, second = (unit(_joined(part.values, centred), part.floor) for part in (a, b))
    value = float(np.clip((first * second).sum(), -1.0, 1.0))
    if np.isnan(value):
        return Comparison.refused(_UNMOVED if centred else _CONSTANT, a.values.size, every.size)
    # Ranks and means stay as they are when images are paired anew, so inner products suffice.
    table = first.reshape(a.values.shape) @ second.reshape(a.values.shape).T
    ranked = unit is spearman
    return Comparison(
        value,
        _reranked(a, b, centred) if ranked else _of_products(a, b, unit, centred),
        lambda order: table[every, order].sum(axis=-1),
        every,
        a.values.size,
        2 * a.values.size if ranked else every.size**2,
    )


def _reranked(a: Matrix, b: Matrix, centred: bool) -> Score:
    """Spearman's coefficient of images drawn anew, whose values have other ranks."""

    def score(rows: np.ndarray) -> np.ndarray:
        one, other = (spearman(_joined(m.values[rows], centred), m.floor) for m in (a, b))
        return np.clip((one * other).sum(axis=-1), -1.0, 1.0)

    return score


def _of_products(a: Matrix, b: Matrix, unit: Unit, centred: bool) -> Score:
    """A linear coefficient of images drawn anew, from inner products of whole images.

    They are taken once: a draw of a self-attention would else copy a million weights. Where
    deviations are no larger than rounding on average, there is no coefficient.
    """
    mean = _mean_image if centred else _mean_value if unit is pearson else np.zeros_like
    parts = [m.values - mean(m.values).mean(axis=0) for m in (a, b)]  # keeps sums from cancelling
    pairs = ((0, 0), (1, 1), (0, 1))
    products = [_about_mean(parts[i], parts[j], mean) for i, j in pairs]
    floors = [a.values.shape[1] * m.floor**2 for m in (a, b)]

    def score(rows: np.ndarray) -> np.ndarray:
        *squares, cross = (about(rows) for about in products)
        one, other = (
            np.where(square > rows.shape[-1] * floor, square, np.nan)
            for square, floor in zip(squares, floors, strict=True)
        )
        return np.clip(cross / np.sqrt(one * other), -1.0, 1.0)

    return score


def _about_mean(one: np.ndarray, other: np.ndarray, mean: Mean) -> Score:
    """Sums over images and features of products of deviations from the mean of the images drawn."""
    each = (one * other).sum(axis=-1)
    means = mean(one) @ mean(other).T

    def score(rows: np.ndarray) -> np.ndarray:
        of_means = means[rows[..., :, None], rows[..., None, :]].sum(axis=(-2, -1))
        total: np.ndarray = each[rows].sum(axis=-1) - of_means / rows.shape[-1]
        return total

    return score


def _mean_image(values: np.ndarray) -> np.ndarray:
    """What each image (image, feature) adds to the mean of every feature: itself."""
    return values


def _mean_value(values: np.ndarray) -> np.ndarray:
    """What each image (image, feature) adds to the mean of all values, at every feature."""
    return np.broadcast_to(values.mean(axis=-1, keepdims=True), values.shape)


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean along the last axis of what is defined; NaN if nothing is."""
    defined = np.isfinite(values)
    count = defined.sum(axis=-1)
    return np.where(defined, values, 0.0).sum(axis=-1) / np.where(count, count, np.nan)


def _joined(values: np.ndarray, centred: bool) -> np.ndarray:
    """Images and features (..., image, feature) as one axis."""
    if centred:
        values = values - values.mean(axis=-2, keepdims=True)
    return values.reshape(*values.shape[:-2], -1)


def _deviations(values: np.ndarray) -> np.ndarray:
    deviations: np.ndarray = values - values.mean(axis=-1, keepdims=True)
    return deviations


def _within(values: np.ndarray, floor: float) -> np.ndarray:
    within: np.ndarray = np.abs(values).max(axis=-1) <= floor
    return within
