"""An array is a source of pictures of one size, packed one behind the other in a file of numpy's.

A `.npy` file holds the pictures alone, uint8 (n, y, x, rgb). A `.npz` file holds them by name:
beside them labels, whole numbers (n), and names of classes, text. Where it has several splits, the
names tell them apart: `test_x` and `test_y`, or `x_train` and `y_train`. What can be is mapped into
memory, and so never read as a whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspector.surveys.items import Item, Shard
from inspector.surveys.sources.listing import Vanished, cut, ends_of, hash_of, numbered
from inspector.surveys.sources.packs import Pack, pack_of

_MOST_CLASSES = 100_000
"""Whole numbers beyond are no labels."""


@dataclass(frozen=True)
class Arrays:
    """Pictures of one size in a file.

    Attributes:
        path: the file.
        pack: how its arrays are called and laid out.
        split: the part of the file that was asked for, "test" for instance; empty for all of it.
        classes: names of the classes in the file, or their numbers; None without labels.
    """

    path: Path
    pack: Pack
    split: str
    classes: tuple[str, ...] | None

    @property
    def title(self) -> str:
        """The file's name, and the split's."""
        return f"{self.path.name}:{self.split}" if self.split else self.path.name

    def listing_hash(self) -> str:
        """SHA-256 over names, shape, classes and labels, and over the two ends of the file."""
        labels = self.pack.labels_of(self.path)
        about = (self.title, self.pack, self.classes, *ends_of(self.path))
        return hash_of([about, ("labels", None if labels is None else labels.tolist())])

    def shards(self, size: int) -> Sequence[Shard]:
        """All pictures by number."""
        return cut(self.pack.count, size)

    def items(self, shard: Shard) -> Iterator[Item]:
        """The pictures of a shard; a damaged strip gives as many damaged items as it has pictures.

        Raises:
            Vanished: the file is gone.
        """
        try:
            yield from self._items(range(shard.part, shard.part + shard.count))
        except FileNotFoundError as error:
            raise Vanished(self.path) from error

    def picture(self, key: str) -> Item:
        """One picture by its number.

        Raises:
            ValueError: there is none with this number.
        """
        number = numbered(key, self.pack.count, self.title)
        return next(self._items(range(number, number + 1)))

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Nothing: all of the file was asked for, or another split was left out on purpose."""
        return iter(())

    def _items(self, numbers: range) -> Iterator[Item]:
        labels = self.pack.labels_of(self.path)
        pictures = self.pack.pictures_of(self.path, numbers)
        for number, picture in zip(numbers, pictures, strict=True):
            yield Item(str(number), picture, self._label(labels, number))

    def _label(self, labels: NDArray[np.integer[Any]] | None, number: int) -> int | None:
        if labels is None or not 0 <= labels[number] < len(self.classes or ()):
            return None
        return int(labels[number])


def open_arrays(path: Path, split: str = "") -> Arrays:
    """Returns the pictures in a .npy or .npz file as a source.

    Args:
        path: of the file.
        split: the word by which its arrays are told from those of other splits.

    Raises:
        ValueError: the file is damaged, has no pictures of this kind, or several and no word was
            given for which.
    """
    pack, classes = pack_of(path, split)
    return Arrays(path, pack, split, classes or _numbers(pack.labels_of(path)))


def _numbers(labels: NDArray[np.integer[Any]] | None) -> tuple[str, ...] | None:
    """The numbers themselves in place of the names of classes."""
    if labels is None or not 0 <= labels.max() < _MOST_CLASSES:
        return None
    return tuple(str(number) for number in range(labels.max() + 1))
