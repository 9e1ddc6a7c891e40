"""An extreme is a picture whose value in a column is among the lowest or highest of all.

The picture that deviates most from a mean, median or any other middle is always one of these, so
they can be kept before the middle is known. Pictures with the same value stand by key, so that the
order in which they came does not matter.
"""

from dataclasses import dataclass

import numpy as np

from inspector.surveys.packing import Packed

KEPT = 20
"""Pictures at each end of a column."""
_NONE = -1


@dataclass(frozen=True, eq=False)
class Extremes(Packed):
    """The pictures at both ends of every column.

    Attributes:
        values: (end, rank, column), the lowest first at end 0, the highest first at end 1; NaN
            where there are fewer pictures.
        places: likewise, where the picture's key stands in ``keys``; -1 where there is none.
        keys: of all these pictures, sorted.
    """

    values: np.ndarray
    places: np.ndarray
    keys: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray, keys: tuple[str, ...]) -> "Extremes":
        """Extremes of a matrix (picture, column)."""
        every, rows = np.unique(np.array(keys, dtype=np.str_), return_index=True)
        values = matrix[rows]
        # Pictures stand by key, so a stable sort leaves those that tie by key.
        best = [np.argsort(signed, axis=0, kind="stable")[:KEPT] for signed in (values, -values)]
        found = np.stack([np.take_along_axis(values, places, axis=0) for places in best])
        return _filled(found, np.stack(best), every)

    def merged(self, other: "Extremes") -> "Extremes":
        """Extremes of both."""
        keys, where = np.unique(np.concatenate([self.keys, other.keys]), return_inverse=True)
        ours, theirs = np.split(where, [len(self.keys)])
        places = [_moved(self.places, ours), _moved(other.places, theirs)]
        values = np.concatenate([self.values, other.values], axis=1)
        return _chosen(values, np.concatenate(places, axis=1), keys)

    def key_at(self) -> np.ndarray:
        """Keys (end, rank, column); empty where there is no picture."""
        return np.append(self.keys, "")[self.places]


def _chosen(values: np.ndarray, places: np.ndarray, keys: np.ndarray) -> Extremes:
    """The best of candidates (end, candidate, column)."""
    signed = values * np.array([1.0, -1.0])[:, None, None]
    order = np.lexsort((places, signed), axis=1)[:, :KEPT]  # NaN comes last
    best, at = (np.take_along_axis(array, order, axis=1) for array in (values, places))
    return _filled(best, at, keys)


def _filled(values: np.ndarray, places: np.ndarray, keys: np.ndarray) -> Extremes:
    """Extremes of the best (end, rank, column), as many as are kept, and the keys they need."""
    lacking = ((0, 0), (0, KEPT - values.shape[1]), (0, 0))
    best = np.pad(values.astype(np.float64), lacking, constant_values=np.nan)
    at = np.pad(places, lacking, constant_values=_NONE)
    used = np.unique(at[at >= 0])
    return Extremes(best, np.where(at < 0, _NONE, np.searchsorted(used, at)), keys[used])


def _moved(places: np.ndarray, to: np.ndarray) -> np.ndarray:
    return np.append(to, _NONE)[places]
