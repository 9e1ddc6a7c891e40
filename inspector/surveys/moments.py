"""Moments are what is left of many numbers when their mean, spread and limits are all that is kept.

Two sets of numbers add up without being seen again (Chan, Golub and LeVeque, "Updating formulae and
a pairwise algorithm for computing sample variances", 1979): with n numbers of mean m and the sum S
of squared deviations from it,

    m = m_a + (m_b - m_a) n_b / n
    S = S_a + S_b + (m_b - m_a)^2 n_a n_b / n

and for the sums of products of two columns' deviations alike. All of it is in float64.
"""

from dataclasses import dataclass

import numpy as np

from inspector.surveys.columns import strips
from inspector.surveys.packing import Packed


@dataclass(frozen=True, eq=False)
class Moments(Packed):
    """Of some groups of pictures, by column.

    Attributes:
        count: pictures (group).
        mean: (group, column); 0 without a picture.
        squares: sum of squared deviations from the mean (group, column).
        low: smallest value (group, column); infinite without a picture.
        high: largest value (group, column).
    """

    count: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray, groups: np.ndarray, number: int) -> "Moments":
        """Moments of a matrix (picture, column) whose row i is of group ``groups[i]``."""
        parts = [matrix[groups == group] for group in range(number)]
        told = [_mean_and_squares(part) for part in parts]
        return cls(
            np.array([len(part) for part in parts]),
            np.stack([mean for mean, _ in told]),
            np.stack([squares for _, squares in told]),
            np.stack([part.min(axis=0, initial=np.inf) for part in parts]).astype(np.float64),
            np.stack([part.max(axis=0, initial=-np.inf) for part in parts]).astype(np.float64),
        )

    def merged(self, other: "Moments") -> "Moments":
        """Moments of both sets of pictures, group by group."""
        count, share, product = weights(self.count, other.count)
        apart = other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * share[:, None],
            self.squares + other.squares + apart**2 * product[:, None],
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    def variance(self) -> np.ndarray:
        """Unbiased variance (group, column); NaN below two pictures."""
        return self.squares / np.where(self.count > 1, self.count - 1.0, np.nan)[:, None]

    def told(self) -> dict[str, np.ndarray]:
        """Mean, variance, min and max (group, column); NaN where there are too few pictures."""
        held = self.count[:, None] > 0
        limits = {"mean": self.mean, "min": self.low, "max": self.high}
        found = {name: np.where(held, values, np.nan) for name, values in limits.items()}
        return found | {"variance": self.variance()}

    def at(self, group: int) -> "Moments":
        """One group alone."""
        only = slice(group, group + 1)
        return Moments(
            self.count[only], self.mean[only], self.squares[only], self.low[only], self.high[only]
        )


@dataclass(frozen=True, eq=False)
class Products(Packed):
    """How some columns vary together.

    Attributes:
        count: pictures, one number.
        mean: (column).
        products: sums of products of deviations from the means (column, column).
    """

    count: np.ndarray
    mean: np.ndarray
    products: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray) -> "Products":
        """Products of a matrix (picture, column)."""
        if not len(matrix):
            width = matrix.shape[1]
            return cls(np.array(0), np.zeros(width), np.zeros((width, width)))
        mean = matrix.mean(axis=0, dtype=np.float64)
        apart = matrix - mean
        return cls(np.array(len(matrix)), mean, apart.T @ apart)

    def merged(self, other: "Products") -> "Products":
        """Products over both sets of pictures."""
        count, share, product = weights(self.count, other.count)
        apart = other.mean - self.mean
        return Products(
            count,
            self.mean + apart * share,
            self.products + other.products + np.outer(apart, apart) * product,
        )

    def covariance(self) -> np.ndarray:
        """Unbiased covariance (column, column); NaN below two pictures."""
        return self.products / (self.count - 1.0 if self.count > 1 else np.nan)


def weights(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The counts together, the share n_b / n, and n_a n_b / n; 0 where there is no picture."""
    count = np.add(ours, theirs, dtype=np.int64)
    share = theirs / np.maximum(count, 1)
    return count, share, ours * share


def _mean_and_squares(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sum of squared deviations (column) of a matrix (picture, column); 0 of none."""
    mean, squares = np.zeros((2, part.shape[1]))
    for strip in strips(part.shape[1]) if len(part) else ():
        values = part[:, strip].astype(np.float64)
        mean[strip] = values.mean(axis=0)
        squares[strip] = ((values - mean[strip]) ** 2).sum(axis=0)
    return mean, squares
