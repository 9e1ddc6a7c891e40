"""An item is one picture that a survey comes to: its key, its class if it has one, its pixels.

A source lists its items once, in an order that stays. They are read shard by shard, each shard by
one process, from its first item to its last; a shard is also what is committed at once and what a
run that was ended goes on behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class Damaged:
    """In place of a picture that cannot be read: why, in a sentence for the user."""

    reason: str


@dataclass(frozen=True, eq=False)
class Item:
    """One picture of a source.

    Attributes:
        key: what the source knows it by, and nothing else in it: a path relative to the source, or
            the number of a row. It is what a user finds the picture by.
        picture: RGB, upright: an image, or uint8 (y, x, rgb); or why there is none.
        label: place of its class in the source's ``classes``; None without one.
    """

    key: str
    picture: Image.Image | NDArray[np.uint8] | Damaged = field(repr=False)
    label: int | None = None


@dataclass(frozen=True)
class Shard:
    """Items that follow one another in a source; small, and can be pickled.

    Attributes:
        number: place among the shards of its source, from 0.
        count: how many items it has.
        part: what the source needs to read them, such as the place of the first.
    """

    number: int
    count: int
    part: Any


class Source(Protocol):
    """Pictures in an order that stays. It can be pickled, and opens files only in ``items``."""

    @property
    def title(self) -> str:
        """What a user calls it, without folders that tell of the machine."""

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Names of the classes that labels number; None if the items have none."""

    def listing_hash(self) -> str:
        """SHA-256, hexadecimal, over key, size in bytes and label of every item, in order."""

    def shards(self, size: int) -> Sequence[Shard]:
        """All of it cut into shards of ``size`` items; some sources have shards of their own."""

    def items(self, shard: Shard) -> Iterator[Item]:
        """The items of a shard in order, one for each that it counts; damaged ones are told so.

        Raises:
            OSError: the source has vanished, or a part of it; not for a single damaged item.
        """

    def picture(self, key: str) -> Item:
        """One item by its key, as to look at it after a survey.

        Raises:
            ValueError: there is no such item.
        """

    def left_out(self) -> Iterator[tuple[str, str]]:
        """What lies in the source and is no item: its key, and why it was passed over."""
