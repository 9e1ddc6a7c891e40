"""A correlation of two layers says how alike their values were, label by label, on the same images.

The idea is that of the DIA paper (arXiv:2210.16101), whose abstract reports a figure without saying
over which vectors; the three definitions here are this project's.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from inspector.measures.comparison import Comparison
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
    def units(rows: np.ndarray) -> list[np.ndarray]:
        return [unit(_joined(layer.values[rows], centred), layer.floor) for layer in (a, b)]

    def resampled(rows: np.ndarray) -> np.ndarray:
        first, second = units(rows)
        return np.clip((first * second).sum(axis=-1), -1.0, 1.0)

    every = np.arange(len(a.values))
    value = float(resampled(every))
    if np.isnan(value):
        return Comparison.refused(_UNMOVED if centred else _CONSTANT, a.values.size, every.size)
    # Ranks and means stay as they are when images are paired anew, so inner products suffice.
    first, second = (part.reshape(a.values.shape) for part in units(every))
    table = first @ second.T
    return Comparison(
        value,
        resampled,
        lambda order: table[every, order].sum(axis=-1),
        every,
        a.values.size,
        2 * a.values.size,
    )


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
