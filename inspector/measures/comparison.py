"""A comparison is two layers whose coefficient can be taken again, of other images or other pairs.

Images drawn anew tell how much the coefficient depends on them. Images paired with others tell what
it is when nothing is left that both layers saw.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

AT_ONCE = 2**22
"""Numbers held in memory at a time."""

Score = Callable[[np.ndarray], np.ndarray]
"""Coefficients, from -1 to 1, for numbers of images (..., image): the last axis is summed up."""


@dataclass(frozen=True)
class Comparison:
    """Two layers that can be scored.

    Attributes:
        value: the coefficient as measured; NaN where undefined.
        resampled: the coefficient of these images, each as often as it is named; NaN if undefined.
        shuffled: the coefficient if the images of one layer are paired, in their order, with these
            of the other; all of ``images``, each once.
        images: numbers of the images that the coefficient rests on.
        n: values behind one coefficient.
        size: numbers in memory while one set of images is scored.
        reason: why there is no coefficient, or "".
    """

    value: float
    resampled: Score
    shuffled: Score
    images: np.ndarray
    n: int
    size: int = 1
    reason: str = ""

    @classmethod
    def refused(cls, reason: str, n: int = 0, images: int = 0) -> "Comparison":
        """No coefficient, and why."""
        return cls(float("nan"), _nothing, _nothing, np.arange(images), n, reason=reason)

    @property
    def batch(self) -> int:
        """Sets of images that can be scored at once."""
        return max(1, AT_ONCE // self.size)


def _nothing(images: np.ndarray) -> np.ndarray:
    return np.full(images.shape[:-1], np.nan)
