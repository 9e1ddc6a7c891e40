"""Opening is finding out, from a text or a path alone, what kind of source a user means."""

from collections.abc import Callable
from pathlib import Path

from inspector.surveys.items import Source
from inspector.surveys.sources.arrays import open_arrays
from inspector.surveys.sources.datasets import PREFIX, open_data_set
from inspector.surveys.sources.files import Files, files_of
from inspector.surveys.sources.folder import open_folder
from inspector.surveys.sources.parquet import open_parquet
from inspector.surveys.sources.tars import open_tars
from inspector.surveys.sources.walking import PICTURES

_OF_FILES: dict[str, Callable[[Files], Source]] = {".parquet": open_parquet, ".tar": open_tars}
_ARRAYS = (".npy", ".npz")
_KINDS = (
    "a folder of pictures, of .parquet or of .tar files, one such file or a pattern of several "
    "(train-*.tar), a .npy or .npz file, or torchvision:NAME:FOLDER"
)


def open_source(source: str | Path, *, download: bool = False) -> Source:
    """Returns the pictures that a text or a path stands for.

    Args:
        source: a folder of pictures, whose own folders are their classes; a `.npy` or `.npz` file
            of pictures, `FILE.npz:SPLIT` for one of several splits in it; a Parquet or tar file, a
            folder of such, or a pattern that several fit; `torchvision:NAME:FOLDER[:SPLIT]`.
        download: whether a data set of torchvision may be fetched.

    Raises:
        FileNotFoundError: there is no such file, folder or data set.
        ValueError: it is of no known kind, or holds no pictures.
        Unreadable: it is damaged as a whole.
    """
    text = str(source)
    if text.startswith(PREFIX):
        return open_data_set(text, download=download)
    if "://" in text:
        raise ValueError(f"Expected {_KINDS}; got an address, {text}. Download it first.")
    path, split = _parts(text)
    if not path.exists() and (found := _matching(path)):
        return _open_files(found)
    if path.is_dir():
        return _open_below(path)
    return _open_file(path, split)


def _parts(text: str) -> tuple[Path, str]:
    """The path, and the split behind its colon."""
    before, colon, split = text.rpartition(".npz:")
    if colon and not Path(text).exists():
        return Path(f"{before}.npz"), split
    return Path(text), ""


def _matching(pattern: Path) -> list[Path]:
    """Files that a pattern like `shards/train-*.tar` stands for, empty if it is none."""
    if not any(letter in pattern.name for letter in "*?["):
        return []
    return sorted(pattern.parent.glob(pattern.name))


def _open_below(folder: Path) -> Source:
    """A folder of pictures, or of files of pictures where no picture lies beside them."""
    endings = {path.suffix.lower() for path in folder.iterdir() if path.is_file()}
    kinds = [kind for kind in _OF_FILES if kind in endings]
    if not kinds or endings & set(PICTURES):
        return open_folder(folder)
    return _open_files(sorted(folder.glob(f"*{kinds[0]}")))


def _open_files(paths: list[Path]) -> Source:
    kinds = {path.suffix.lower() for path in paths}
    if len(kinds) > 1 or not kinds <= set(_OF_FILES):
        raise ValueError(
            f"Expected several files of one kind, .parquet or .tar, got {', '.join(sorted(kinds))}."
        )
    return _OF_FILES[kinds.pop()](files_of(paths[0].parent, paths))


def _open_file(path: Path, split: str) -> Source:
    if not path.is_file():
        raise FileNotFoundError(f"There is no file or folder {path}. Expected {_KINDS}.")
    kind = path.suffix.lower()
    if kind in _OF_FILES:
        return _open_files([path])
    if kind in _ARRAYS:
        return open_arrays(path, split)
    raise ValueError(f"Expected {_KINDS}; got {path.name}.")
