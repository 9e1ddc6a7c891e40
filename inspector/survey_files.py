"""A survey file is what a server offers around surveys: finished ones, and pictures to survey.

Both are the choice of who runs the server: what lies in a folder given at start, by name. What is
surveyed for a visitor is small, and spread evenly over what is offered.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.served_folder import ServedFolder

if TYPE_CHECKING:
    from inspector.surveys import Source

SURVEYS, PICTURES = "INSPECTOR_SURVEYS", "INSPECTOR_PICTURES"
"""Names of the environment variables that tell the app its folders."""

_ENDINGS = (".npy", ".npz", ".parquet", ".tar")
_PATTERNS = "*?[:"
"""What a reader of sources would take for more than a name."""


def finished(path: str | Path) -> ServedFolder:
    """The folder of finished surveys.

    Raises:
        ValueError: there is no such folder.
    """
    return ServedFolder(path, "surveys", _is_survey)


def pictures(path: str | Path) -> ServedFolder:
    """The folder whose folders and packed files may be surveyed.

    Raises:
        ValueError: there is no such folder.
    """
    return ServedFolder(path, "pictures", _is_source)


def sample(path: Path, most: int) -> "Source":
    """Up to so many of the pictures in a folder or file, spread evenly over them.

    Raises:
        ValueError: it holds no pictures, or several splits of which none was named.
    """
    from inspector.surveys.sources import open_source  # noqa: PLC0415 - the readers' libraries
    from inspector.surveys.sources.sample import Sample  # noqa: PLC0415

    return Sample(open_source(path), most)


def _is_survey(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(".zarr") and (Path(entry.path) / ".zgroup").is_file()


def _is_source(entry: os.DirEntry[str]) -> bool:
    plain = not set(entry.name) & set(_PATTERNS)
    return plain and (entry.is_dir() or entry.name.lower().endswith(_ENDINGS))
