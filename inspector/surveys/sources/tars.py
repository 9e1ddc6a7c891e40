"""A tar set is a source of samples, each a few files that follow one another and share a name.

That is the layout of WebDataset: `NAME.jpg` is the picture, `NAME.cls` the number of its class,
which `classes.txt` beside the shards gives a name.

The shards are read by Python's own tarfile. The library `webdataset` reads on from a shard's
beginning only, takes a file of any size into memory, and runs addresses that are commands.
"""

import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby, islice
from pathlib import Path
from typing import NamedTuple

from inspector.decoding import MAX_BYTES
from inspector.surveys.items import Damaged, Item, Shard
from inspector.surveys.sources.files import Files
from inspector.surveys.sources.listing import (
    Unreadable,
    Vanished,
    exactly,
    hash_of,
    item_of,
    text_of,
)
from inspector.surveys.sources.walking import PICTURES

_LABEL = ".cls"
_DIGITS = 20
"""Bytes that the file of a label may have."""


class _Sample(NamedTuple):
    """Files of one name that follow one another."""

    name: str
    files: tuple[tarfile.TarInfo, ...]


@dataclass(frozen=True)
class Tars:
    """Tar files in WebDataset's layout.

    Attributes:
        files: of the set.
        classes: what the numbers in `.cls` files stand for; without it they are not read.
    """

    files: Files
    classes: tuple[str, ...] | None

    @property
    def title(self) -> str:
        """The file's name, or that of the folder of several."""
        return self.files.title

    def listing_hash(self) -> str:
        """SHA-256 over the classes, and over name, size and both ends of every file."""
        return hash_of(chain([("tar", self.classes)], self.files.records()))

    def shards(self, size: int) -> Sequence[Shard]:
        """All samples by file and place in it; no shard reaches over the end of a file.

        Only the headers in the files are read.

        Raises:
            Vanished: a file is gone.
            Unreadable: a file is no tar file.
        """
        shards: list[Shard] = []
        for name in self.files.names:
            with _opened(self.files.path(name)) as tar:
                samples = _samples(tar)
                while batch := [sample.files[0].offset for sample in islice(samples, size)]:
                    shards.append(Shard(len(shards), len(batch), (name, batch[0])))
        return shards

    def items(self, shard: Shard) -> Iterator[Item]:
        """The samples of a shard; one without a picture, or with a broken one, is damaged.

        Raises:
            Vanished: the file is gone, or has lost some of the samples.
        """
        name, offset = shard.part
        path = self.files.path(name)
        with _opened(path, offset) as tar:
            samples = islice(_samples(tar), shard.count)
            yield from exactly(shard.count, (self._item(name, tar, s) for s in samples), path)

    def picture(self, key: str) -> Item:
        """One picture by `FILE/SAMPLE`.

        Raises:
            ValueError: there is none.
        """
        for name in self.files.names:
            if key.startswith(f"{name}/"):
                with _opened(self.files.path(name)) as tar:
                    for sample in _samples(tar):
                        if f"{name}/{sample.name}" == key:
                            return self._item(name, tar, sample)
        raise ValueError(f"Expected a sample of {self.title} as FILE/SAMPLE, got {key!r}.")

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Each file that is cut short or damaged: what lies behind that place cannot be known."""
        for name in self.files.names:
            path = self.files.path(name)
            with _opened(path) as tar:
                count = sum(1 for _ in _samples(tar))
                if not _is_at_end(tar, path):
                    yield name, f"cut short or damaged behind its sample {count}"

    def _item(self, name: str, tar: tarfile.TarFile, sample: _Sample) -> Item:
        label = self._label(tar, sample)
        key = f"{name}/{sample.name}"
        member = _ending(sample, PICTURES)
        if member is None:
            return Item(key, Damaged("The sample has no picture among its files."), label)
        try:
            return item_of(key, _read(tar, member, MAX_BYTES + 1), label)
        except tarfile.ReadError:
            return Item(key, Damaged("The tar file ends in the middle of the picture."), label)

    def _label(self, tar: tarfile.TarFile, sample: _Sample) -> int | None:
        member = _ending(sample, (_LABEL,))
        if self.classes is None or member is None:
            return None
        try:
            number = int(_read(tar, member, _DIGITS))
        except (ValueError, tarfile.ReadError):
            return None
        return number if 0 <= number < len(self.classes) else None


def open_tars(files: Files) -> Tars:
    """Returns tar files as a source.

    Raises:
        ValueError: the first of them has no pictures.
        Unreadable: the first of them is no tar file.
    """
    first = files.path(files.names[0])
    with _opened(first) as tar:
        if not any(_ending(sample, PICTURES) for sample in islice(_samples(tar), 100)):
            raise ValueError(
                f"Expected pictures in {first.name}, as NAME.jpg beside NAME.cls, found none in "
                "its first 100 samples. Pack the pictures in WebDataset's layout."
            )
    return Tars(files, files.classes())


@contextmanager
def _opened(path: Path, offset: int = 0) -> Iterator[tarfile.TarFile]:
    """A tar file from one of its headers on."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            with tarfile.open(fileobj=file, mode="r:") as tar:
                yield tar
    except FileNotFoundError as error:
        raise Vanished(path) from error
    except tarfile.ReadError as error:
        raise Unreadable(
            f"Expected a tar file that is not packed, got {path.name}, which is packed, damaged or "
            "something else. Unpack it (gunzip), fetch it anew, or take it out of the set."
        ) from error


def _samples(tar: tarfile.TarFile) -> Iterator[_Sample]:
    """Samples in order; what cannot be read ends them."""
    for name, members in groupby(_members(tar), key=lambda member: _name(member.name)):
        if name:
            yield _Sample(text_of(name), tuple(members))


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := _next(tar)) is not None:
        vars(tar)["members"].clear()  # it would keep the headers of a whole shard
        if member.isreg():
            yield member


def _next(tar: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return tar.next()
    except (tarfile.TarError, ValueError, RecursionError):  # what hostile headers come to
        return None


def _is_at_end(tar: tarfile.TarFile, path: Path) -> bool:
    """Whether zeros follow, which end a tar file, or nothing does."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) < tar.offset:
            return False
        file.seek(tar.offset)
        return not any(file.read(tarfile.BLOCKSIZE))


def _name(member: str) -> str:
    """What a sample is called: its file's path up to the first dot in its last part."""
    folder, slash, last = member.rpartition("/")
    name, dot, _ = last.partition(".")
    return f"{folder}{slash}{name}" if name and dot else ""


def _ending(sample: _Sample, endings: tuple[str, ...]) -> tarfile.TarInfo | None:
    return next((file for file in sample.files if file.name.lower().endswith(endings)), None)


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
    file = tar.extractfile(member)
    return b"" if file is None else file.read(most)
