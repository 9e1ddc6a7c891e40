"""A pack is how pictures of one size lie in one file: which array holds them, and which the labels.

They are stacked, uint8 (n, y, x, rgb), or they come in strips: encoded pictures (PNG, lossless
WebP) of many pictures each, one below the other, in arrays called `test_x_000`, `test_x_001` ...
"""

import io
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image

from inspector.decoding import FORMATS, MAX_PIXELS, MIN_SIDE
from inspector.surveys.items import Damaged
from inspector.surveys.sources import npz

Picture = NDArray[np.uint8] | Damaged

_STRIP = re.compile(r"(.*)_x_\d+")


class Pack(Protocol):
    """Pictures of one size in one file; small, and can be pickled."""

    @property
    def count(self) -> int:
        """How many pictures there are."""

    def labels_of(self, path: Path) -> NDArray[np.integer[Any]] | None:
        """The label of each, None if there are no labels."""

    def pictures_of(self, path: Path, numbers: range) -> Iterator[Picture]:
        """The pictures of these numbers, uint8 (y, x, rgb), in order."""


@dataclass(frozen=True)
class Stacked:
    """Pictures in one array, uint8 (n, y, x, rgb).

    Attributes:
        count: n.
        pictures: name of the array; empty in a file that holds nothing else.
        labels: name of the array of labels; empty if there is none.
    """

    count: int
    pictures: str = ""
    labels: str = ""

    def labels_of(self, path: Path) -> NDArray[np.integer[Any]] | None:
        """The label of each picture, None if there are no labels."""
        return npz.array(path, self.labels) if self.labels else None

    def pictures_of(self, path: Path, numbers: range) -> Iterator[Picture]:
        """Copies of the pictures of these numbers, in order."""
        stack = npz.array(path, self.pictures) if self.pictures else _mapped(path)
        return (np.array(stack[number]) for number in numbers)


@dataclass(frozen=True)
class Strips:
    """Pictures one below the other in encoded strips.

    Attributes:
        firsts: number of the first picture of each strip, and behind them that of all pictures.
        height: of one picture, in pixels.
        names: of the arrays with the strips' files.
        labels: name of the array of labels.
    """

    firsts: tuple[int, ...]
    height: int
    names: tuple[str, ...]
    labels: str

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return self.firsts[-1]

    def labels_of(self, path: Path) -> NDArray[np.integer[Any]] | None:
        """The label of each picture."""
        return npz.array(path, self.labels)

    def pictures_of(self, path: Path, numbers: range) -> Iterator[Picture]:
        """Copies of the pictures of these numbers, in order; the strip read last is kept."""
        changed = path.stat().st_mtime_ns
        for number in numbers:
            place = bisect_right(self.firsts, number) - 1
            strip = _strip(path, self.names[place], changed)
            top = (number - self.firsts[place]) * self.height
            yield strip if isinstance(strip, Damaged) else strip[top : top + self.height].copy()


def pack_of(path: Path, split: str) -> tuple[Pack, tuple[str, ...] | None]:
    """Returns how pictures lie in a .npy or .npz file, and the names of classes in it.

    Raises:
        ValueError: they do not lie in it in a way that is known, or in several.
    """
    if path.suffix == ".npy":
        return _of_npy(path), None
    found = npz.headers(path)
    words = {name: header for name, header in found.items() if not split or split in _words(name)}
    names = [name for name, header in found.items() if header.dtype.kind == "U"]
    classes = tuple(str(name) for name in npz.array(path, names[0])) if len(names) == 1 else None
    return _of_npz(path, words), classes


def _of_npy(path: Path) -> Stacked:
    try:
        stack = _mapped(path)
    except (ValueError, OverflowError) as error:
        raise ValueError(_unknown(path, "no whole array of numpy's")) from error
    header = npz.Header(stack.shape, stack.dtype, stack.flags.fnc)
    if not _are_pictures(header):
        raise ValueError(_unknown(path, _shown({"one array": header})))
    return Stacked(len(stack))


def _mapped(path: Path) -> NDArray[Any]:
    """The array in a .npy file, mapped; a file shorter than it claims to be is refused."""
    mapped: NDArray[Any] = open_memmap(path, mode="r")
    return mapped


def _of_npz(path: Path, found: Mapping[str, npz.Header]) -> Pack:
    stacks = [name for name, header in found.items() if _are_pictures(header)]
    strips = {match[1] for name in found if (match := _STRIP.fullmatch(name))}
    if len(stacks) + len(strips) > 1:
        raise ValueError(
            f"Expected one set of pictures, got several in {path.name}: "
            f"{', '.join([*stacks, *sorted(strips)])}. Say which, by a word of its name: "
            f"{path.name}:test, for instance."
        )
    if strips:
        return _of_strips(path, found, strips.pop())
    if not stacks:
        raise ValueError(_unknown(path, _shown(found)))
    count = found[stacks[0]].shape[0]
    return Stacked(count, stacks[0], _labels(path, found, count))


def _of_strips(path: Path, found: Mapping[str, npz.Header], split: str) -> Strips:
    names = sorted(
        name for name in found if (match := _STRIP.fullmatch(name)) and match[1] == split
    )
    labels = f"{split}_y"
    if labels not in found:
        raise ValueError(f"Expected labels {labels} beside the strips in {path.name}, got none.")
    heights = np.array([_height(path, name) for name in names])
    height, rest = divmod(int(heights.sum()), found[labels].shape[0])
    if rest or (heights % height).any():
        raise ValueError(
            f"Expected strips of whole pictures in {path.name}, one for each of the "
            f"{found[labels].shape[0]} labels; their heights are {sorted(set(heights.tolist()))}."
        )
    firsts = (0, *np.cumsum(heights // height).tolist())
    return Strips(firsts, height, tuple(names), labels)


def _labels(path: Path, found: Mapping[str, npz.Header], count: int) -> str:
    """Returns the name of the one array that may be labels, empty if there is none."""
    names = [
        name
        for name, header in found.items()
        if header.shape == (count,) and header.dtype.kind in "iu"
    ]
    if len(names) > 1:
        raise ValueError(
            f"Expected one array of labels in {path.name}, got several: {', '.join(names)}. Save "
            "the pictures with one of them alone."
        )
    return names[0] if names else ""


def _are_pictures(header: npz.Header) -> bool:
    if header.dtype != np.uint8 or len(header.shape) != 4 or header.shape[3] != 3:
        return False
    count, height, width, _ = header.shape
    return count > 0 and min(height, width) >= MIN_SIDE and height * width <= MAX_PIXELS


def _height(path: Path, name: str) -> int:
    try:
        return Image.open(io.BytesIO(npz.array(path, name).tobytes()), formats=FORMATS).height
    except Exception as error:  # a decoder fed with damaged bytes may raise anything
        raise ValueError(
            f"Expected a strip of pictures in {name} of {path.name}, got something that cannot be "
            "read. Make the file anew."
        ) from error


@lru_cache(maxsize=1)
def _strip(path: Path, name: str, changed: int) -> Picture:
    """Returns a strip's pixels, uint8 (y, x, rgb)."""
    try:
        data = npz.array(path, name).tobytes()
        return np.asarray(Image.open(io.BytesIO(data), formats=FORMATS).convert("RGB"))
    except FileNotFoundError:
        raise
    except Exception as error:  # as above
        return Damaged(f"The strip {name} that it lies in cannot be read: {error}")


def _words(name: str) -> list[str]:
    return re.split(r"[^a-zA-Z0-9]+", name)


def _unknown(path: Path, got: str) -> str:
    return (
        f"Expected pictures as uint8 (n, y, x, 3) in {path.name}, or strips of them, got {got}. "
        "Save them in that layout, brought to 0..255."
    )


def _shown(found: Mapping[str, npz.Header]) -> str:
    shown = [f"{name} {header.dtype} {header.shape}" for name, header in list(found.items())[:6]]
    return ", ".join(shown) or "no array of that name"
