"""A Parquet set is a source of files of rows, each row an encoded picture and perhaps its label.

The layout is that of the Hugging Face hub: a column of {bytes, path}, or of bytes, and a column of
whole numbers, whose classes the file's metadata name, or `classes.txt` beside the files. It is read
by pyarrow, batch by batch.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.surveys.items import Damaged, Item, Shard
from inspector.surveys.sources.files import Files
from inspector.surveys.sources.listing import (
    Unreadable,
    Vanished,
    cut,
    exactly,
    hash_of,
    item_of,
    numbered,
)

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH = 32
"""Rows that are read at once: each may hold a picture of many megabytes."""
_PICTURES = ("image", "img", "picture", "jpg", "png", "bytes")
_LABELS = ("label", "labels", "class", "target", "cls")


@dataclass(frozen=True)
class Columns:
    """Where rows keep what is wanted of them.

    Attributes:
        picture: name of the column of encoded pictures.
        label: name of the column of labels; empty if there is none.
        classes: names of the classes, if the file tells them.
    """

    picture: str
    label: str
    classes: tuple[str, ...] | None


@dataclass(frozen=True)
class Parquet:
    """Parquet files of one layout.

    Attributes:
        files: of the set.
        columns: of the first file; the others must have them too.
    """

    files: Files
    columns: Columns

    @property
    def title(self) -> str:
        """The file's name, or that of the folder of several."""
        return self.files.title

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Names of the classes, where the first file tells them."""
        return self.columns.classes

    def listing_hash(self) -> str:
        """SHA-256 over the columns, and over name, size and both ends of every file.

        The footer at a file's end tells of its rows, and of the sizes and ranges of its columns.
        """
        return hash_of(chain([(self.columns,)], self.files.records()))

    def shards(self, size: int) -> Sequence[Shard]:
        """All rows by file and number; no shard reaches over the end of a file.

        Raises:
            Unreadable: a file is damaged.
        """
        shards: list[Shard] = []
        for name in self.files.names:
            with _opened(self.files.path(name)) as file:
                count = file.metadata.num_rows
            shards += cut(count, size, part=partial(_place, name), behind=len(shards))
        return shards

    def items(self, shard: Shard) -> Iterator[Item]:
        """The rows of a shard; a row without a picture, or with a broken one, is damaged.

        Raises:
            Vanished: the file is gone, or has lost some of the rows.
            Unreadable: the file is damaged, or has other columns than the first.
        """
        name, first = shard.part
        path = self.files.path(name)
        with _opened(path) as file:
            rows = _rows(file, self.columns, range(first, first + shard.count))
            items = (_item(f"{name}:{number}", row, self.columns) for number, row in rows)
            yield from exactly(shard.count, items, path)

    def picture(self, key: str) -> Item:
        """One picture by `FILE:ROW`.

        Raises:
            ValueError: there is none.
        """
        name, _, row = key.rpartition(":")
        if name not in self.files.names:
            raise ValueError(f"Expected a row of {self.title} as FILE:ROW, got {key!r}.")
        with _opened(self.files.path(name)) as file:
            number = numbered(row, file.metadata.num_rows, name)
        return next(self.items(Shard(0, 1, (name, number))))

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Nothing: every row is an item."""
        return iter(())


def open_parquet(files: Files) -> Parquet:
    """Returns Parquet files as a source.

    Raises:
        ValueError: pyarrow is not installed, or the first file has no pictures.
        Unreadable: the first file is damaged.
    """
    first = files.path(files.names[0])
    with _opened(first) as file:
        columns = _columns(file.schema_arrow, first.name)
    return Parquet(files, replace(columns, classes=columns.classes or files.classes()))


@contextmanager
def _opened(path: Path) -> "Iterator[pq.ParquetFile]":
    try:
        import pyarrow as pa  # noqa: PLC0415 - slow to import, and not everybody has it
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise ValueError(
            "Parquet files are read by pyarrow, which is not installed: "
            "pip install 'attention-inspector[survey]'."
        ) from error
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except FileNotFoundError as error:
        raise Vanished(path) from error
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(
            f"Expected a whole Parquet file, got {path.name}, which cannot be read "
            f"({str(error).splitlines()[0]}). Fetch it anew, or take it out of the set."
        ) from error


def _columns(schema: "pa.Schema", name: str) -> Columns:
    """Where pictures and labels are: as the metadata say, else by the usual names."""
    features = _features(schema)
    pictures = _typed(features, "Image") or [
        field.name for field in schema if field.name in _PICTURES and _holds_bytes(field.type)
    ]
    labels = _typed(features, "ClassLabel") or [
        field.name for field in schema if field.name in _LABELS and _is_whole(field.type)
    ]
    if not pictures:
        raise ValueError(
            f"Expected a column of pictures in {name}, called {', '.join(_PICTURES)}, with "
            f"{{bytes, path}} or bytes; got {', '.join(schema.names)}. Rename the column."
        )
    label = labels[0] if labels else ""
    names = features.get(label, {}).get("names")
    return Columns(pictures[0], label, tuple(map(str, names)) if names else None)


def _features(schema: "pa.Schema") -> dict[str, dict[str, Any]]:
    """What the hub's library tells of the columns, by name; nothing where it did not write them."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told.get("info", {}).get("features", {})
    except (ValueError, AttributeError):  # somebody else's metadata
        return {}
    return {name: told for name, told in features.items() if isinstance(told, dict)}


def _typed(features: dict[str, dict[str, Any]], kind: str) -> list[str]:
    return [name for name, told in features.items() if told.get("_type") == kind]


def _holds_bytes(kind: "pa.DataType") -> bool:
    from pyarrow import types  # noqa: PLC0415 - as above

    if types.is_struct(kind):
        return kind.get_field_index("bytes") >= 0
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _is_whole(kind: "pa.DataType") -> bool:
    from pyarrow import types  # noqa: PLC0415 - as above

    return bool(types.is_integer(kind))


def _rows(
    file: "pq.ParquetFile", columns: Columns, wanted: range
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and values of the wanted rows; groups of rows that have none of them are not read."""
    counts = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    ends = list(accumulate(counts))
    groups = [
        group
        for group, (end, count) in enumerate(zip(ends, counts, strict=True))
        if end > wanted.start and end - count < wanted.stop
    ]
    names = [name for name in (columns.picture, columns.label) if name]
    number = ends[groups[0]] - counts[groups[0]] if groups else 0
    for batch in file.iter_batches(_BATCH, row_groups=groups, columns=names, use_threads=False):
        first, last = max(wanted.start, number), min(wanted.stop, number + len(batch))
        if first < last:
            yield from enumerate(batch.slice(first - number, last - first).to_pylist(), first)
        number += len(batch)


def _item(key: str, row: dict[str, Any], columns: Columns) -> Item:
    label = _label(row.get(columns.label), columns.classes)
    picture = row[columns.picture]
    data = picture.get("bytes") if isinstance(picture, dict) else picture
    if data is None:
        return Item(key, Damaged("The row has no picture, at most a path to one elsewhere."), label)
    return item_of(key, data, label)


def _label(number: int | None, classes: tuple[str, ...] | None) -> int | None:
    """Place of the class; none for a label that the hub hides, -1, or that nothing names."""
    known = number is not None and classes is not None and 0 <= number < len(classes)
    return number if known else None


def _place(name: str, first: int) -> tuple[str, int]:
    return name, first
