"""An output is the file that a command promises, checked before the work for it begins."""

import os
from collections.abc import Sequence
from pathlib import Path


def require_writable(path: Path, endings: Sequence[str], *, force: bool) -> None:
    """Checks that an output can be written under its name.

    Args:
        path: where it will be written.
        endings: the allowed ones, such as ".nc".
        force: whether a file that is already there may be replaced.

    Raises:
        ValueError: its ending is not allowed, its folder is missing or closed, or something is
            there already.
    """
    if path.suffix.lower() not in endings:
        raise ValueError(
            f"Expected an output ending in {' or '.join(endings)}, got {path.name!r}. Rename it."
        )
    if not path.parent.is_dir():
        raise ValueError(f"Expected a folder {path.parent} for {path.name}. Make it first.")
    if path.is_dir():
        raise ValueError(f"Expected a file name, got the folder {path}. Name a file in it.")
    if path.exists() and not force:
        raise ValueError(f"{path} exists already. Choose another name, or replace it with --force.")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"The folder {path.parent} may not be written to. Choose another.")
