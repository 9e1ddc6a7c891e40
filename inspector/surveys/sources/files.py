"""A set of files is one source in several files of one kind, in the order of their names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inspector.surveys.sources.listing import ends_of

CLASSES = "classes.txt"
"""What labels stand for, where the files themselves do not tell."""


@dataclass(frozen=True)
class Files:
    """Files of one kind.

    Attributes:
        root: folder that all of them are in or below.
        names: their paths relative to it, with slashes, sorted.
    """

    root: Path
    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """The file's name, or that of the folder of several."""
        return self.names[0] if len(self.names) == 1 else self.root.resolve().name

    def path(self, name: str) -> Path:
        """Path of one of them.

        Raises:
            ValueError: it is none of them.
        """
        if name not in self.names:
            raise ValueError(f"Expected a file of {self.title}, got {name!r}.")
        return self.root / name

    def records(self) -> Iterator[tuple[object, ...]]:
        """Name, size and a digest of both ends of each, for a listing's hash.

        Raises:
            Vanished: one of them is gone.
        """
        return ((name, *ends_of(self.root / name)) for name in self.names)

    def classes(self) -> tuple[str, ...] | None:
        """Names of classes in `classes.txt` beside the files, one on each line; None without it."""
        path = self.root / CLASSES
        return tuple(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else None


def files_of(root: Path, paths: list[Path]) -> Files:
    """Returns files below a folder as a set."""
    return Files(root, tuple(sorted(path.relative_to(root).as_posix() for path in paths)))
