"""A class split is the moments of the pictures of each class, and what they were taken for.

Only classes and pairs that occurred are kept, so that a small shard of many classes stays small.
"""

from dataclasses import dataclass

import numpy as np

from inspector.surveys.columns import strips
from inspector.surveys.moments import weights
from inspector.surveys.packing import Packed


@dataclass(frozen=True, eq=False)
class Classes(Packed):
    """Moments by class.

    Attributes:
        known: places of the classes that occurred, ascending.
        count: pictures of each (class).
        mean: (class, column).
        squares: sum of squared deviations from it (class, column).
    """

    known: np.ndarray
    count: np.ndarray
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray, labels: np.ndarray) -> "Classes":
        """Moments of the rows of a matrix (picture, column) that have a label of at least 0."""
        labelled = labels >= 0
        known, place, count = np.unique(labels[labelled], return_inverse=True, return_counts=True)
        member = (place == np.arange(len(known))[:, None]).astype(np.float64)
        mean, squares = np.empty((2, len(known), matrix.shape[1]))
        for strip in strips(matrix.shape[1]):
            values = matrix[labelled, strip].astype(np.float64)
            mean[:, strip] = member @ values / count[:, None]
            squares[:, strip] = member @ (values - mean[place, strip]) ** 2
        return cls(known, count, mean, squares)

    def merged(self, other: "Classes") -> "Classes":
        """Moments of both, class by class."""
        known = np.union1d(self.known, other.known)
        ours, theirs = self._spread(known), other._spread(known)
        count, share, product = weights(ours.count, theirs.count)
        apart = theirs.mean - ours.mean
        mean = ours.mean + apart * share[:, None]
        squares = ours.squares + theirs.squares + apart**2 * product[:, None]
        return Classes(known, count, mean, squares)

    def spread(self, number: int) -> "Classes":
        """The same for all classes from 0 to ``number``, with a count of 0 where none occurred."""
        return self._spread(np.arange(number))

    def told(self) -> dict[str, np.ndarray]:
        """Mean and unbiased variance (class, column); NaN where there are too few pictures."""
        count = self.count[:, None]
        return {
            "mean": np.where(count > 0, self.mean, np.nan),
            "variance": self.squares / np.where(count > 1, count - 1.0, np.nan),
        }

    def _spread(self, known: np.ndarray) -> "Classes":
        at = np.searchsorted(known, self.known)
        count, mean, squares = (
            np.zeros((len(known), *part.shape[1:]), part.dtype)
            for part in (self.count, self.mean, self.squares)
        )
        count[at], mean[at], squares[at] = self.count, self.mean, self.squares
        return Classes(known, count, mean, squares)


@dataclass(frozen=True, eq=False)
class Confusion(Packed):
    """How often pictures of a label were taken for a class.

    Attributes:
        pairs: label and class, ascending (pair, 2); a label of -1 is none.
        count: (pair).
    """

    pairs: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, labels: np.ndarray, taken: np.ndarray) -> "Confusion":
        """Counts of labels and of the likeliest classes, by picture."""
        pairs, count = np.unique(np.stack([labels, taken], axis=1), axis=0, return_counts=True)
        return cls(pairs, count)

    def merged(self, other: "Confusion") -> "Confusion":
        """Counts of both."""
        every = np.concatenate([self.pairs, other.pairs])
        pairs, at = np.unique(every, axis=0, return_inverse=True)
        count = np.zeros(len(pairs), np.int64)  # narrow ones would run over
        np.add.at(count, at.ravel(), np.concatenate([self.count, other.count]))
        return Confusion(pairs, count)

    def table(self, labels: int, classes: int) -> np.ndarray:
        """Counts (label, class), of pictures that have a label."""
        table = np.zeros((labels, classes), np.int64)
        labelled = self.pairs[:, 0] >= 0
        table[tuple(self.pairs[labelled].T)] = self.count[labelled]
        return table
