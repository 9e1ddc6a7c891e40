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
        every, places = np.unique(np.array(keys, dtype=np.str_), return_inverse=True)
        rows = np.broadcast_to(places[:, None], matrix.shape)
        return _chosen(np.stack([matrix, matrix]), np.stack([rows, rows]), every)

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
    """The best of candidates (end, candidate, column), and only the keys that they need."""
    signed = values * np.array([1.0, -1.0])[:, None, None]
    order = np.lexsort((places, signed), axis=1)[:, :KEPT]  # NaN comes last
    best, at = (np.take_along_axis(array, order, axis=1) for array in (values, places))
    best, at = (_filled(best, np.nan), _filled(at, _NONE))
    used = np.unique(at[at >= 0])
    return Extremes(best, np.where(at < 0, _NONE, np.searchsorted(used, at)), keys[used])


def _filled(array: np.ndarray, with_: float) -> np.ndarray:
    """Candidates (end, rank, column) as many as are kept."""
    lacking = KEPT - array.shape[1]
    return np.pad(array, ((0, 0), (0, lacking), (0, 0)), constant_values=with_)


def _moved(places: np.ndarray, to: np.ndarray) -> np.ndarray:
    return np.append(to, _NONE)[places]
