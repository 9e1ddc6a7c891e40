"""A data set is a source that torchvision knows how to read: `torchvision:NAME:FOLDER[:SPLIT]`.

Nothing is downloaded unless that is asked for.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inspector.surveys.items import Damaged, Item, Shard
from inspector.surveys.sources.listing import Vanished, cut, hash_of, numbered

PREFIX = "torchvision:"
_KINDS = ("split", "image_set", "train")
"""How the data sets of torchvision call the choice of a split; "train" is True or False."""


@dataclass(frozen=True)
class DataSet:
    """A data set of torchvision.

    Attributes:
        name: of its class, "CIFAR10" for instance.
        folder: that it lies in.
        split: "train", "test", or what the data set calls them; empty for its default.
        count: of pictures.
        classes: names of its classes, if it tells them.
    """

    name: str
    folder: Path
    split: str
    count: int
    classes: tuple[str, ...] | None

    @property
    def title(self) -> str:
        """Name and split."""
        return f"{self.name}:{self.split}" if self.split else self.name

    def listing_hash(self) -> str:
        """SHA-256 over name, split, count, classes, labels, and the first and last picture."""
        found = self._loaded()
        labels = [int(label) for label in getattr(found, "targets", None) or ()]
        ends = [np.asarray(self._item(number).picture).tobytes() for number in (0, self.count - 1)]
        return hash_of([(self.title, self.count, self.classes), tuple(labels), tuple(ends)])

    def shards(self, size: int) -> Sequence[Shard]:
        """All pictures by number."""
        return cut(self.count, size)

    def items(self, shard: Shard) -> Iterator[Item]:
        """The pictures of a shard.

        Raises:
            Vanished: the data set is gone.
        """
        return (self._item(number) for number in range(shard.part, shard.part + shard.count))

    def picture(self, key: str) -> Item:
        """One picture by its number.

        Raises:
            ValueError: there is none with this number.
        """
        return self._item(numbered(key, self.count, self.title))

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Nothing: a data set knows what belongs to it."""
        return iter(())

    def _loaded(self) -> Any:
        return _data_set(self.name, self.folder, self.split)

    def _item(self, number: int) -> Item:
        try:
            picture, *targets = self._loaded()[number]
            return Item(str(number), _pixels(picture), self._label(targets))
        except FileNotFoundError as error:
            raise Vanished(self.folder) from error
        except Exception as error:  # each data set reads its own files, and fails in its own way
            return Item(str(number), Damaged(f"{self.name} could not read it: {error}"))

    def _label(self, targets: list[Any]) -> int | None:
        if self.classes is None or not targets or not isinstance(targets[0], int | np.integer):
            return None
        return int(targets[0])


def open_data_set(text: str, *, download: bool = False) -> DataSet:
    """Returns a data set of torchvision as a source.

    Args:
        text: `torchvision:NAME:FOLDER`, or `torchvision:NAME:FOLDER:SPLIT`.
        download: whether torchvision may fetch it into the folder.

    Raises:
        ValueError: the text is of another form, torchvision has no such data set or split, or what
            it holds are no pictures.
        FileNotFoundError: the data set is not in the folder.
    """
    name, _, rest = text.removeprefix(PREFIX).partition(":")
    folder, _, split = rest.partition(":")
    if not folder:
        raise ValueError(
            f"Expected torchvision:NAME:FOLDER or torchvision:NAME:FOLDER:SPLIT, got {text}. "
            "torchvision:CIFAR10:data:test, for instance."
        )
    found = _data_set(name, Path(folder), split, download)
    if not len(found) or not isinstance(found[0][0], Image.Image):
        raise ValueError(f"Expected a data set of pictures, got {name}, which holds other things.")
    return DataSet(name, Path(folder), split, len(found), _classes(found))


@lru_cache(maxsize=1)
def _data_set(name: str, folder: Path, split: str, download: bool = False) -> Any:
    make = _known(name)
    taken = inspect.signature(make).parameters
    options = _split(name, taken, split)
    if download:
        if "download" not in taken:
            raise ValueError(f"Expected {name} in {folder}: torchvision does not download it.")
        options["download"] = True
    try:
        return make(folder, **options)
    except (RuntimeError, FileNotFoundError) as error:  # how torchvision says that it is not there
        raise FileNotFoundError(
            f"Expected {name} in {folder}, found none that is whole ({error}). Download it with "
            f"torchvision.datasets.{name}, or give the folder that it was downloaded to."
        ) from error


def _known(name: str) -> Callable[..., Any]:
    """Returns torchvision's class of a name; no other name of that module is ever called."""
    from torchvision import datasets  # type: ignore[import-untyped]  # noqa: PLC0415 - slow

    names = [
        known
        for known in datasets.__all__
        if "root" in inspect.signature(getattr(datasets, known)).parameters
        and not known.endswith("Folder")
    ]
    if name not in names:
        raise ValueError(
            f"Expected a data set of torchvision, got {name!r}. Choose one of {', '.join(names)}, "
            "or give a folder of pictures."
        )
    make: Callable[..., Any] = getattr(datasets, name)
    return make


def _split(name: str, taken: Iterable[str], split: str) -> dict[str, Any]:
    """Returns the argument by which a data set is told a split."""
    if not split:
        return {}
    kind = next((kind for kind in _KINDS if kind in taken), None)
    if kind is None or (kind == "train" and split not in ("train", "test")):
        expected = "no split" if kind is None else "train or test"
        raise ValueError(f"Expected {expected} for {name}, got {split!r}.")
    return {kind: split == "train" if kind == "train" else split}


def _classes(found: Any) -> tuple[str, ...] | None:
    """Returns the names of the classes; of synonyms, which ImageNet has, all in one name."""
    names = getattr(found, "classes", None)
    if not names or not all(isinstance(name, str | tuple) for name in names):
        return None
    return tuple(name if isinstance(name, str) else ", ".join(name) for name in names)


def _pixels(picture: Any) -> Image.Image:
    if not isinstance(picture, Image.Image):
        raise TypeError(f"it holds {type(picture).__name__} in place of a picture")
    return picture.convert("RGB")
