"""A served folder is one whose entries a server offers to all its visitors, by name.

A visitor's text is compared with the names that lie in it, and is never a path.
"""

import os
from collections.abc import Callable
from pathlib import Path

MOST = 200
"""Entries of a folder that are offered; the first by name."""


class ServedFolder:
    """The entries of a folder that fit.

    Args:
        path: of the folder.
        of: what its entries are, in the plural and for readers.
        fits: whether an entry is one of those.

    Raises:
        ValueError: there is no such folder.
    """

    def __init__(self, path: str | Path, of: str, fits: Callable[[os.DirEntry[str]], bool]) -> None:
        self._path = Path(path).expanduser().resolve()
        self._of, self._fits = of, fits
        if not self._path.is_dir():
            raise ValueError(f"Expected a folder of {of}, got {str(path)!r}. Give one that exists.")

    def names(self) -> list[str]:
        """Returns the names of what it offers, in alphabetical order."""
        found = (entry for entry in os.scandir(self._path) if self._is_offered(entry))
        return sorted(entry.name for entry in found)[:MOST]

    def path(self, name: str) -> Path:
        """Returns where the entry of this name lies.

        Raises:
            ValueError: the folder offers none.
        """
        if name not in self.names():
            raise ValueError(
                f"There are no {self._of} {name!r} in the folder of this server. Choose others."
            )
        return self._path / name

    def _is_offered(self, entry: os.DirEntry[str]) -> bool:
        """Whether it fits, and really lies in the folder."""
        return (
            entry.name.isprintable()
            and not entry.name.startswith(".")
            and Path(entry.path).resolve().parent == self._path
            and self._fits(entry)
        )
