"""A folder is a source of picture files; the folders directly in it are their classes.

That is the layout of torchvision's `ImageFolder`: `FOLDER/CLASS/.../PICTURE`. Pictures that lie
beside the class folders have no class, and without class folders none has one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from inspector.surveys.items import Damaged, Item, Shard
from inspector.surveys.sources.listing import Vanished, hash_of, item_of
from inspector.surveys.sources.walking import PICTURES, walk

_BETWEEN = "\0"
"""What no name of a file has in it: a shard's names as one text take a third of a list's memory."""


@dataclass(frozen=True)
class Folder:
    """A folder of picture files.

    Attributes:
        root: the folder.
        classes: names of the folders in it that hold pictures, sorted; None if none does.
    """

    root: Path
    classes: tuple[str, ...] | None

    @property
    def title(self) -> str:
        """The folder's own name."""
        return self.root.resolve().name

    def listing_hash(self) -> str:
        """SHA-256 over the classes, and over path, size and label of every picture."""
        files = ((key, _size(self.root / key), self._label(key)) for key in self._keys())
        return hash_of(chain([("folder", self.classes)], files))

    def shards(self, size: int) -> Sequence[Shard]:
        """All pictures, in the order of their paths, with the paths in each shard."""
        keys, shards = self._keys(), list[Shard]()
        while batch := list(islice(keys, size)):
            shards.append(Shard(len(shards), len(batch), _BETWEEN.join(batch)))
        return shards

    def items(self, shard: Shard) -> Iterator[Item]:
        """The pictures of a shard, each read when it is asked for.

        Raises:
            Vanished: one of the files is gone.
        """
        for key in shard.part.split(_BETWEEN):
            yield self._item(key)

    def picture(self, key: str) -> Item:
        """One picture by its path below the folder.

        Raises:
            ValueError: that is no path of a picture in here.
        """
        path = PurePosixPath(key)
        if path.is_absolute() or ".." in path.parts or not (self.root / path).is_file():
            raise ValueError(f"Expected the path of a picture in {self.title}, got {key!r}.")
        return self._item(key)

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Path and reason of everything in the folder that is not taken for a picture."""
        return ((found.key, found.fault) for found in walk(self.root) if found.fault)

    def _keys(self) -> Iterator[str]:
        return (found.key for found in walk(self.root) if not found.fault)

    def _item(self, key: str) -> Item:
        item = item_of(key, self.root / key, self._label(key))
        if isinstance(item.picture, Damaged):
            _size(self.root / key)  # a file that is gone is no damaged picture
        return item

    def _label(self, key: str) -> int | None:
        first, inside, _ = key.partition("/")
        return self._numbers.get(first) if inside else None

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.classes or ())}


def open_folder(root: Path) -> Folder:
    """Returns a folder of pictures as a source.

    Raises:
        ValueError: there is no picture in it.
        PermissionError: a folder in it may not be read.
    """
    found = {_class(found.key) for found in walk(root) if not found.fault}
    if not found:
        raise ValueError(
            f"Expected pictures in {root}, found none, neither there nor below (their names end in "
            f"{', '.join(PICTURES)}). Give a folder of pictures, or of .parquet or .tar files."
        )
    return Folder(root, tuple(sorted(name for name in found if name is not None)) or None)


def _class(key: str) -> str | None:
    first, inside, _ = key.partition("/")
    return first if inside else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError as error:
        raise Vanished(path) from error
