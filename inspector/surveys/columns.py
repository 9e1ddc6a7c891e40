"""A column is one number that every picture has: a weight, a gate or an entropy at given labels.

Pictures are rows, columns stand in blocks: those of one quantity of one layer, in the order of its
dims. So whatever is counted of a survey is counted of one matrix (picture, column).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

Labels = tuple[str | int, ...]
STRIP = 256
"""Columns that are computed at once: of 1024 pictures 2 MB in double precision."""


@dataclass(frozen=True)
class Block:
    """The columns of one quantity of one layer.

    Attributes:
        mechanism: its key, such as "mrla".
        layer: name of the layer.
        name: of the quantity, such as "weight".
        dims: of the quantity, without the sample; the last one runs fastest.
        labels: of each dim.
        attrs: ``long_name`` and ``units``.
        scale: how values are binned, see `inspector.surveys.scales`: "linear", "log" or "signed".
        low: smallest value that the quantity can have.
        high: largest value that it can have.
    """

    mechanism: str
    layer: str
    name: str
    dims: tuple[str, ...]
    labels: tuple[Labels, ...]
    attrs: Mapping[str, str] = field(default_factory=dict)
    scale: str = "linear"
    low: float = 0.0
    high: float = 1.0

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of labels of each dim."""
        return tuple(map(len, self.labels))

    @property
    def size(self) -> int:
        """The number of columns."""
        return prod(self.shape)

    def without(self, dims: frozenset[str]) -> "Block":
        """The block that is left when its values are averaged over some dims."""
        left = [(d, at) for d, at in zip(self.dims, self.labels, strict=True) if d not in dims]
        return replace(self, dims=tuple(d for d, _ in left), labels=tuple(at for _, at in left))

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Block":
        """The block that was written as JSON."""
        labels = tuple(map(tuple, told["labels"]))
        return cls(**{**told, "dims": tuple(told["dims"]), "labels": labels})


@dataclass(frozen=True)
class Columns:
    """All columns of a survey, block by block."""

    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """How many columns there are."""
        return sum(block.size for block in self.blocks)

    def spans(self) -> list[slice]:
        """Where each block lies."""
        ends = np.cumsum([block.size for block in self.blocks]).tolist()
        return [slice(end - b.size, end) for end, b in zip(ends, self.blocks, strict=True)]

    def told(self) -> list[dict[str, Any]]:
        """The blocks as JSON takes them."""
        return [vars(block) for block in self.blocks]

    @classmethod
    def read(cls, told: Sequence[Mapping[str, Any]]) -> "Columns":
        """What `told` returned."""
        return cls(tuple(map(Block.read, told)))


@dataclass(frozen=True)
class Averaged:
    """Columns with some dims averaged away, the blocks that have one of other dims left out."""

    of: Columns
    over: frozenset[str]
    leaving: frozenset[str]

    @property
    def columns(self) -> Columns:
        """The columns that are left."""
        return Columns(tuple(block.without(self.over) for block, _ in self._kept()))

    def values(self, matrix: np.ndarray) -> np.ndarray:
        """A matrix (picture, column) with the columns that are left: itself if all of them are."""
        if self.columns == self.of:
            return matrix
        parts = [self._mean(block, matrix[:, span]) for block, span in self._kept()]
        return np.concatenate(parts, axis=1)

    def _kept(self) -> list[tuple[Block, slice]]:
        every = zip(self.of.blocks, self.of.spans(), strict=True)
        return [(block, span) for block, span in every if not self.leaving & set(block.dims)]

    def _mean(self, block: Block, values: np.ndarray) -> np.ndarray:
        axes = tuple(1 + place for place, dim in enumerate(block.dims) if dim in self.over)
        shaped = values.reshape(len(values), *block.shape)
        mean = shaped.mean(axis=axes, dtype=np.float64) if axes else shaped.astype(np.float64)
        return mean.reshape(len(values), -1)


def by_class(columns: Columns) -> Averaged:
    """What is told of every class: all labels but channels, which are averaged."""
    return Averaged(columns, frozenset({"channel", "group"}), frozenset({"key"}))


def profile(columns: Columns) -> Averaged:
    """What pictures are ranked and layers correlated by: means over heads and channels."""
    return Averaged(columns, frozenset({"channel", "group", "head"}), frozenset({"key"}))


def strips(width: int) -> Iterator[slice]:
    """Some columns after the other, so few that what is computed of them stays in the cache."""
    return (slice(first, first + STRIP) for first in range(0, width, STRIP))
