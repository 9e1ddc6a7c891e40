"""A network is outlying among others of its form if its numbers are far from those of them all.

Each number is told in standard deviations from the mean of all networks, the one in question among
them; a network's distance is the root of the mean square over its numbers. Were it one more of the
others, it would be the farthest of n + 1 with p = 1 / (n + 1): a permutation test of whole
networks, the only units that are independent. Unlike a count of cells out of range
(`inspector.measures.ranges`) it has no ties, so that a few numbers are enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from inspector.measures.ranges import FEWEST, LEVEL


@dataclass(frozen=True)
class Outlying:
    """How far a network's numbers are from those of others.

    Attributes:
        distance: of the network, in standard deviations; at most the root of `others`.
        farthest: largest distance of the others.
        p: share of all networks that are as far, this one among them.
        outside: how many of its numbers lie outside the others' range.
        numbers: how many there are.
        others: how many networks it was compared with.
    """

    distance: float
    farthest: float
    p: float
    outside: int
    numbers: int
    others: int

    @property
    def differs(self) -> bool:
        """Returns whether it is told apart from the others, wrongly once in twenty times."""
        return self.p <= LEVEL

    def sentence(self, control: str) -> str:
        """Returns the verdict in words.

        Args:
            control: what the others are: "networks with random weights".
        """
        verdict = "Differs" if self.differs else "Does not differ"
        return (
            f"{verdict} from {self.others} {control} (p = {self.p:.2g}): it is "
            f"{self.distance:.2f} standard deviations from the mean of all, the farthest of them "
            f"{self.farthest:.2f}; {self.outside} of {self.numbers} numbers lie outside their "
            "range."
        )


def outlying(
    observed: Mapping[str, xr.DataArray], controls: Sequence[Mapping[str, xr.DataArray]]
) -> Outlying:
    """How far numbers are from the same numbers of others.

    Args:
        observed: arrays by title.
        controls: the same of each other network, at least 19. A number that is missing in some
            network counts for none.

    Raises:
        ValueError: fewer than 19 controls, so that nothing could be called different.
    """
    count = len(controls)
    if count < FEWEST:
        raise ValueError(
            f"expected at least {FEWEST} controls, with which p can be {LEVEL}; got {count}."
        )
    rows = np.stack([_flat(one, observed) for one in (observed, *controls)])
    known = rows[:, np.isfinite(rows).all(axis=0)]
    distances, moved = _distances(known), known[:, _moved(known)]
    own, others = moved[0], moved[1:]
    return Outlying(
        distance=float(distances[0]),
        farthest=float(distances[1:].max()),
        p=float((distances >= distances[0] - 1e-9).mean()),
        outside=int(((own > others.max(axis=0)) | (own < others.min(axis=0))).sum()),
        numbers=known.shape[1],
        others=count,
    )


def _flat(one: Mapping[str, xr.DataArray], like: Mapping[str, xr.DataArray]) -> np.ndarray:
    parts = [one[title].transpose(*values.dims).values.ravel() for title, values in like.items()]
    return np.concatenate(parts).astype(np.float64)


def _distances(rows: np.ndarray) -> np.ndarray:
    """Distance of each network, of numbers (network, number)."""
    moved = rows[:, _moved(rows)]
    if not moved.size:
        return np.zeros(len(rows))
    scores = (moved - moved.mean(axis=0)) / moved.std(axis=0)
    root: np.ndarray = np.sqrt((scores**2).mean(axis=1))
    return root


def _moved(rows: np.ndarray) -> np.ndarray:
    """Which numbers differ by more than rounding."""
    moved: np.ndarray = rows.std(axis=0) > 1e-6 * np.abs(rows).max(axis=0)
    return moved
