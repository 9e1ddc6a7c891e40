"""A walk goes through a folder and all below it, in an order that is the same on every machine.

A folder's entries are taken by name, in the order of their code points. Links are followed, but
none that leads back to a folder which the walk is in.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from inspector.surveys.sources.listing import Vanished, text_of

PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""How the name of a picture ends, in letters of any size; what it is, its content decides."""

_BACK = "a link that leads back to a folder it lies in"
_HIDDEN = "hidden: its name begins with a dot"
_NAMELESS = "its name is no text in UTF-8"
_NOT_NAMED = "not named as a picture is"
_NO_FILE = "neither a file nor a folder; a broken link, perhaps"


class Found(NamedTuple):
    """One thing that a walk came by.

    Attributes:
        key: its path, relative to where the walk began, with slashes.
        fault: why it is not taken for a picture; empty for a picture.
    """

    key: str
    fault: str = ""


def walk(root: Path) -> Iterator[Found]:
    """Yields every file below a folder, and what else is passed over there; hidden folders once.

    Raises:
        Vanished: the folder is gone, or one below it that was there a moment ago.
        PermissionError: a folder may not be read.
    """
    try:
        yield from _walk(root, "", (_identity(root),))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Vanished(Path(error.filename or root)) from error


def _walk(folder: Path, prefix: str, above: tuple[tuple[int, int], ...]) -> Iterator[Found]:
    for name, is_folder, fault in _entries(folder):
        key = f"{prefix}{name}"
        if not is_folder or fault:
            yield Found(key, fault)
            continue
        identity = _identity(folder / name)
        if identity in above:
            yield Found(key, _BACK)
        else:
            yield from _walk(folder / name, f"{key}/", (*above, identity))


def _entries(folder: Path) -> list[tuple[str, bool, str]]:
    """Name, whether it is a folder, and what is wrong, by name."""
    with os.scandir(folder) as entries:
        return sorted(_entry(entry) for entry in entries)


def _entry(entry: "os.DirEntry[str]") -> tuple[str, bool, str]:
    if text_of(entry.name) != entry.name:
        return text_of(entry.name), False, _NAMELESS
    if entry.name.startswith("."):
        return entry.name, False, _HIDDEN
    if entry.is_dir():
        return entry.name, True, ""
    if not entry.is_file():  # a pipe or a device would not end
        return entry.name, False, _NO_FILE
    return entry.name, False, "" if entry.name.lower().endswith(PICTURES) else _NOT_NAMED


def _identity(folder: Path) -> tuple[int, int]:
    about = folder.stat()
    return about.st_dev, about.st_ino
