"""A sample is the part of a tensor at which a capture is proven; all of it would cost another pass.

What is left out are places, tokens or images, never channels, heads or slots: a formula that is
wrong for a head is wrong wherever one looks.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any

from torch import Tensor

SIDE = 3
"""Rows and columns that are compared of a map."""
TOKENS = 16
"""Tokens that are compared of a sequence."""
IMAGES = 2
"""Images that are compared of a batch where every token has to be looked at."""


@dataclass(frozen=True)
class Sample:
    """Some entries along neighbouring axes of a tensor, evenly spaced from the first on.

    Attributes:
        sizes: lengths of those axes.
        kind: what an entry is, such as ``"places"``.
        most: how many entries of each axis are taken.
        behind: how many axes follow them, of which everything is taken.
    """

    sizes: tuple[int, ...]
    kind: str
    most: int
    behind: int = 0

    @property
    def slices(self) -> tuple[slice, ...]:
        """The entries taken along each of the axes."""
        return tuple(slice(None, None, ceil(size / self.most)) for size in self.sizes)

    @property
    def told(self) -> str:
        """How many are compared, such as ``" (16 of 3136 places)"``; nothing where all are."""
        taken, total = 1, 1
        for size, entries in zip(self.sizes, self.slices, strict=True):
            taken, total = taken * len(range(size)[entries]), total * size
        return f" ({taken} of {total} {self.kind})" if taken < total else ""

    def of(self, values: Tensor) -> Tensor:
        """The entries of a tensor that has these axes: a view."""
        index: list[Any] = [..., *self.slices, *(slice(None),) * self.behind]
        return values[tuple(index)]


def places(values: Tensor) -> Sample:
    """The sample of a map (..., y, x)."""
    return Sample((values.shape[-2], values.shape[-1]), "places", SIDE)


def tokens(values: Tensor) -> Sample:
    """The sample of the tokens of (sample, head, token, feature)."""
    return Sample((values.shape[2],), "tokens", TOKENS, behind=1)


def images(values: Tensor) -> Sample:
    """The sample of the images of (sample, head, token, feature)."""
    return Sample((values.shape[0],), "images", IMAGES, behind=3)
