"""A checkpoint file is one that the app offers: of the folder given at start, or of an upload.

The folder is the choice of who runs the server, and all sessions see it: names of files that lie in
it, and nothing that a link there leads out to. An upload belongs to the session that sent it.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.images import display_name
from inspector.served_folder import MOST, ServedFolder

if TYPE_CHECKING:
    from inspector.checkpoints import Checkpoint

SUFFIXES = (".safetensors", ".pth", ".pt", ".tar", ".bin")
VARIABLE = "INSPECTOR_CHECKPOINTS"
"""Name of the environment variable that tells the app its folder."""


@dataclass(frozen=True)
class CheckpointFile:
    """A file of weights that can be chosen.

    Attributes:
        name: for readers, without folders and invisible characters.
        sha256: all hexadecimal digits of its content's SHA-256.
        read: returns its weights; raises ``ValueError`` for what is none.
    """

    name: str
    sha256: str
    read: Callable[[], "Checkpoint"] = field(compare=False, repr=False)


def uploaded(name: str, data: bytes, sha256: str = "") -> CheckpointFile:
    """Returns an upload as a file that can be chosen.

    Args:
        name: as the browser tells it.
        data: its content, which is opened in quarantine.
        sha256: of the content, if known already.
    """
    from inspector.quarantine import opened  # noqa: PLC0415 - most sessions upload none

    shown = display_name(name, "weights")
    digest = sha256 or hashlib.sha256(data).hexdigest()
    return CheckpointFile(shown, digest, lambda: opened(data, shown))


class Folder:
    """The folder of checkpoints that was given at start.

    Raises:
        ValueError: there is no such folder.
    """

    def __init__(self, path: str | Path) -> None:
        self._served = ServedFolder(path, "checkpoints", _is_of_weights)

    def names(self) -> list[str]:
        """Returns the names of its files of weights, in alphabetical order."""
        return self._served.names()

    def file(self, name: str) -> CheckpointFile:
        """Returns the file of this name.

        Raises:
            ValueError: the folder offers none.
        """
        path = self._served.path(name)
        about = path.stat()
        digest = _digest(path, about.st_size, about.st_mtime_ns)
        return CheckpointFile(name, digest, lambda: _read(path))


def _is_of_weights(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(SUFFIXES) and entry.is_file()


def _read(path: Path) -> "Checkpoint":
    from inspector.checkpoints import read_checkpoint  # noqa: PLC0415 - it imports torch

    return read_checkpoint(path)


@lru_cache(maxsize=MOST)
def _digest(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
