"""Rows of random logits: as long as those of a chain, with the spread of its other rows.

They are drawn in chunks that fit into memory, and rows of one shape share their normal numbers:
millions are drawn while a reader waits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from inspector.measures.rows import Rows, Table, other_spreads

_FREEDOM = 10
"""Degrees of freedom that the spread of the logits must rest on."""

_ROOM = 2**19
"""Random numbers that are held at once: as many as stay near the processor."""

_MOST = 2000
"""Draws at once: all, as long as rows are short."""

_STEEP = 8.0
"""Spread from which a power may not fit: ten times as far out lies none of all normal numbers."""

_CHUNKS = 16
"""So many times `_ROOM` are kept for further rows of the same shape, 32 MiB."""

Seed = tuple[int, int]
"""Of a chunk of draws: the seed of all, and the place of the chunk."""


@dataclass(frozen=True)
class RandomRows:
    """How rows of random logits are drawn, as `random_logits` tells.

    Attributes:
        table: the rows that they are like.
        spread: of the logits of all other units, (unit).
        freedom: degrees of freedom that it rests on, (unit).
    """

    table: Table
    spread: np.ndarray
    freedom: np.ndarray

    @classmethod
    def of(cls, rows: Rows) -> "RandomRows":
        """Rows of the lengths of these.

        Raises:
            ValueError: the weights lack a dim that is named.
        """
        table = Table.of(rows)
        return cls(table, *rows.once("spreads", lambda: other_spreads(table), every=True))

    @property
    def known_spread(self) -> np.ndarray:
        """The spread (unit), NaN where too little tells it."""
        return np.where(self.freedom < _FREEDOM, np.nan, self.spread)

    def lacks(self, unit: int) -> str:
        """Why a unit has no null, or ""."""
        return "too few other rows tell the spread" if self.freedom[unit] < _FREEDOM else ""

    def shares(self, unit: int, count: int, chunk: Seed) -> np.ndarray:
        """As many rows (count, label) of one of `chunks`, each the mean of the unit's parts.

        Rows of one shape share their normal numbers; those of each have a spread of their own.
        """
        parts, labels = self.table.kept(unit).shape
        freedom = self.freedom[unit]
        random = np.random.default_rng((*chunk, unit))
        scale = self.spread[unit] * np.sqrt(freedom / random.chisquare(freedom, count))
        logits = _normals(chunk, parts, labels)[..., :count] * scale.astype(np.float32)
        if scale.max() > _STEEP:
            logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits, out=logits)
        averaged = np.einsum("pln,pn->nl", powers, 1 / (parts * powers.sum(axis=1)))
        return averaged.astype(np.float64)


@lru_cache(_CHUNKS)
def _normals(chunk: Seed, parts: int, labels: int) -> np.ndarray:
    """Standard normal numbers of a whole chunk (part, label, draw), not to be changed.

    Of half the width and with the draws last, since millions are drawn while a reader waits and
    rows may be short: sums over labels then run along the draws.
    """
    random = np.random.default_rng((*chunk, parts, labels))
    shape = parts, labels, _draws_at_once(parts * labels)
    numbers = random.standard_normal(shape, dtype=np.float32)
    numbers.flags.writeable = False
    return numbers


def chunks(draws: int, size: int) -> Iterator[tuple[int, int]]:
    """Parts of some draws that fit into memory: the place of each, and how many it has.

    Args:
        draws: in all.
        size: random numbers of one draw.
    """
    most = _draws_at_once(size)
    for chunk, start in enumerate(range(0, draws, most)):
        yield chunk, min(most, draws - start)


def _draws_at_once(size: int) -> int:
    return min(max(_ROOM // size, 1), _MOST)
