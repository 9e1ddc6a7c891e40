"""A sample is the part of a tensor at which a capture is proven; all of it would cost another pass.

What is left out are places, tokens or images, never channels, heads or slots: a formula that is
wrong for a head is wrong wherever one looks.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any

from torch import Tensor

ROWS, COLUMNS = 2, 4
"""Rows that are compared of a map, and columns."""
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
        """How many are compared, such as ``" (8 of 3136 places)"``; nothing where all are."""
        taken, total = 1, 1
        for size, entries in zip(self.sizes, self.slices, strict=True):
            taken, total = taken * len(range(size)[entries]), total * size
        return f" ({taken} of {total} {self.kind})" if taken < total else ""

    def of(self, values: Tensor) -> Tensor:
        """The entries of a tensor that has these axes: a view.

        An axis of another length is left as it is: one entry may stand for all.
        """
        first = values.dim() - self.behind - len(self.sizes)
        index: list[Any] = [slice(None)] * values.dim()
        for axis, (size, entries) in enumerate(zip(self.sizes, self.slices, strict=True), first):
            if values.shape[axis] == size:
                index[axis] = entries
        return values[tuple(index)]


def places(values: Tensor) -> Sample:
    """The sample of a map (..., y, x)."""
    height, width = values.shape[-2:]
    return Sample((height, width), (_spread(height, ROWS), _neighbours(width, COLUMNS)), "places")


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


def _spread(size: int, most: int) -> slice:
    """Entries evenly spaced from the first on."""
    return slice(None, None, ceil(size / most))


def _neighbours(size: int, most: int) -> slice:
    """Entries in the middle, side by side: memory is read by the line, not by the number."""
    first = max(size - most, 0) // 2
    return slice(first, first + most)
