"""A listing is what a source says that it holds, before a picture is read: it must not change."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from inspector.decoding import BadImage
from inspector.images import read_image
from inspector.surveys.items import Damaged, Item, Shard

_END = 2**16
"""Bytes of either end by which a large file is known: headers and tables of contents lie there."""


class Vanished(FileNotFoundError):
    """A source, or a part of it, was there when it was listed and is not there now."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was there when the pictures were listed, and is not there now. Expected a "
            "source that stays as it is until the survey has ended: put it back (is its disk still "
            "mounted?) and resume, or begin a new survey."
        )


class Unreadable(OSError):
    """A file that many pictures lie in is damaged as a whole, or of another kind than its name."""


def hash_of(records: Iterable[tuple[object, ...]]) -> str:
    """Returns the SHA-256, hexadecimal, of records in their order: no two lists share one.

    >>> hash_of([("a", 1), ("b", 2)]) == hash_of([("b", 2), ("a", 1)])
    False
    """
    digest = hashlib.sha256()
    for record in records:
        digest.update(repr(record).encode() + b"\n")
    return digest.hexdigest()


def ends_of(path: Path) -> tuple[int, str]:
    """Returns a file's size in bytes and a digest of its two ends, which takes no time.

    Raises:
        Vanished: there is no such file any more.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(_END)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _END, 0))
            return size, hashlib.sha256(beginning + file.read()).hexdigest()
    except FileNotFoundError as error:
        raise Vanished(path) from error


def cut(count: int, size: int, part: Callable[[int], object] = int, behind: int = 0) -> list[Shard]:
    """Returns the shards of items that are numbered.

    Args:
        count: of the items.
        size: of a shard, in items; the last has what is left.
        part: makes of the number of a shard's first item what the source needs to read it.
        behind: how many shards there are before these.
    """
    firsts = range(0, count, size)
    return [
        Shard(behind + number, min(size, count - first), part(first))
        for number, first in enumerate(firsts)
    ]


def exactly(count: int, items: Iterable[Item], path: Path) -> Iterator[Item]:
    """Yields the items of a file.

    Raises:
        Vanished: they are fewer than were listed.
    """
    found = 0
    for found, item in enumerate(items, 1):  # noqa: B007 - counted
        yield item
    if found < count:
        raise Vanished(path)


def text_of(name: str) -> str:
    r"""Returns the name of a file as text that can be written: bytes that are no UTF-8 as \xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def item_of(key: str, content: str | Path | bytes, label: int | None) -> Item:
    """Returns the picture in a file, or in the bytes of one, upright; damaged if it is refused."""
    try:
        return Item(key, read_image(content).image, label)
    except BadImage as error:
        return Item(key, Damaged(str(error)), label)


def numbered(key: str, count: int, title: str) -> int:
    """Returns the number that a key is.

    Raises:
        ValueError: it is none, or none of the source's.
    """
    number = int(key) if key.isascii() and key.isdigit() else count
    if number >= count:
        raise ValueError(
            f"Expected a picture of {title} by its number, 0 to {count - 1}, got {key!r}."
        )
    return number
