"""A sample is the part of a tensor at which a capture is proven; all of it would cost another pass.

What is left out are places, tokens or images, never channels, heads or slots. The channels of a map
take turns at its rows, so that a formula that is wrong in a part of the map is seen as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from torch import Tensor

TURNS = (4, 2, 1)
"""Rows of a map at which its channels take turns: as many of these as fit."""
COLUMNS = 8
"""Neighbours that are compared in a row."""
TOKENS = 16
"""Tokens that are compared of a sequence."""
IMAGES = 2
"""Images that are compared of a batch where every token has to be looked at."""


@dataclass(frozen=True)
class Sample:
    """Some entries along neighbouring axes of a tensor.

    Attributes:
        sizes: lengths of those axes.
        slices: the entries taken along each of them.
        kind: what an entry is, such as ``"places"``.
        behind: how many axes follow them, of which everything is taken.
    """

    sizes: tuple[int, ...]
    slices: tuple[slice, ...]
    kind: str
    behind: int = 0

    @property
    def told(self) -> str:
        """How many are compared, such as ``" (16 of 197 tokens)"``; nothing where all are."""
        taken, total = 1, 1
        for size, entries in zip(self.sizes, self.slices, strict=True):
            taken, total = taken * len(range(size)[entries]), total * size
        return f" ({taken} of {total} {self.kind})" if taken < total else ""

    def of(self, values: Tensor) -> Tensor:
        """The entries of a tensor that has these axes: a view; one entry may stand for all."""
        first = values.dim() - self.behind - len(self.sizes)
        index: list[Any] = [slice(None)] * values.dim()
        for axis, entries in enumerate(self.slices, start=first):
            if values.shape[axis] > 1:
                index[axis] = entries
        return values[tuple(index)]


@dataclass(frozen=True)
class Places:
    """Some places of a map: of each channel neighbours in one row.

    Memory is read by the line, not by the number: for another row of the same channel, the
    processor would wait as long again.

    Attributes:
        size: height and width of the map.
        rows: those at which channels take turns.
        columns: the neighbours.
        turns: how many rows.
    """

    size: tuple[int, int]
    rows: slice
    columns: slice
    turns: int

    @property
    def told(self) -> str:
        """How many are compared, such as ``" (8 of 3136 places)"``; nothing where all are."""
        taken, total = len(range(self.size[1])[self.columns]), self.size[0] * self.size[1]
        return f" ({taken} of {total} places)" if taken < total else ""

    def of(self, values: Tensor) -> Tensor:
        """Those of a map (..., channel, y, x), as (..., channel, 1, x).

        What has another size is left as it is: one entry may stand for all.
        """
        if values.shape[-2:] != self.size:
            return values
        apart = values[..., self.rows, self.columns].unflatten(-3, (self.turns, -1))
        in_turn = apart.diagonal(dim1=-4, dim2=-2).movedim(-1, -3)
        return in_turn.flatten(-3, -2).unsqueeze(-2)


def places(values: Tensor, turns: Sequence[int] = TURNS) -> Places:
    """The sample of a map (..., channel, y, x)."""
    channels, height, width = values.shape[-3:]
    count = next(n for n in turns if n <= height and channels % n == 0)
    first = max(width - COLUMNS, 0) // 2
    return Places((height, width), _rows(height, count), slice(first, first + COLUMNS), count)


def queries(rows: int) -> Sample:
    """The sample of some rows of weights (sample, head, query, key)."""
    return Sample((rows,), (_spread(rows, TOKENS),), "queries", behind=1)


def tokens(values: Tensor) -> Sample:
    """The sample of the tokens of (sample, head, token, feature)."""
    return Sample((values.shape[2],), (_spread(values.shape[2], TOKENS),), "tokens", behind=1)


def images(values: Tensor) -> Sample:
    """The sample of the images of (sample, ...)."""
    several = (_spread(values.shape[0], IMAGES),)
    return Sample((values.shape[0],), several, "images", behind=values.dim() - 1)


def _rows(height: int, count: int) -> slice:
    """Evenly spaced from the first on; one alone is none that stays where it is upside down."""
    if count == 1:
        return slice((height - 1) // 3, (height - 1) // 3 + 1)
    step = (height - 1) // (count - 1)
    return slice(0, step * count, step)


def _spread(size: int, most: int) -> slice:
    """Entries evenly spaced from the first on."""
    return slice(None, None, ceil(size / most))
