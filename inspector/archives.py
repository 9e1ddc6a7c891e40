"""An archive is the file that trained weights lie in, opened without running what it contains.

`torch.save` writes a pickle, and a pickle can name any function to be called while it is read. So
only tensors, numbers (numpy's too), text and containers of them are taken, and
`argparse.Namespace`, a bag of such values in which training scripts keep their command line.
safetensors holds no code at all.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from safetensors.torch import load_file

from inspector.numpy_scalars import STAND_INS

_TAKEN: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [argparse.Namespace, *STAND_INS]
"""What may be called beside torch's own; nothing of it does more than keep what it is given."""
_WANTED = re.compile(r"GLOBAL ((?:\w+\.)+\w+) (?:was|whose)")
"""What torch says of a class or function that it refuses; text that is no pickle has no such."""
_SHOWN = 5
_ZIP = b"PK"


def content(path: Path, name: str = "") -> Any:
    """Returns what a file of `torch.save` or safetensors holds, on the CPU.

    Args:
        path: of the file.
        name: what readers are told that it is called, if not by its own name.

    Raises:
        ValueError: the file is broken, would grow when it is read, or would have to run code to be
            read; with the way out.
    """
    name = name or path.name
    _require_as_large_as_it_says(path, name)
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with torch.serialization.safe_globals(_TAKEN):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a broken file may fail in any way
        raise ValueError(_refusal(path, name, _wanted(path, error))) from error


def _require_as_large_as_it_says(path: Path, name: str) -> None:
    """A small file may hold zeros that fill all memory; `torch.save` never compresses."""
    try:
        with ZipFile(path) as archive:
            claimed = sum(entry.file_size for entry in archive.infolist())
    except Exception as error:  # of another layout, or broken in any way
        if _begins(path).startswith(_ZIP):  # which torch's own reader may take all the same
            raise ValueError(_refusal(path, name, [])) from error
        return
    if claimed > path.stat().st_size:
        raise ValueError(
            f"{name} would grow from {path.stat().st_size} to {claimed} bytes when it is "
            "read: somebody compressed it, which torch.save does not. Save it anew where it was "
            "made."
        )


def _wanted(path: Path, error: Exception) -> list[str]:
    """Returns the classes and functions that a file names besides the allowed ones.

    Torch lists all of them from the file's text, without following it, where it knows the layout;
    else its error names the first.
    """
    try:
        with torch.serialization.safe_globals(_TAKEN):
            found = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
    except Exception:  # as above
        found = []
    return sorted(set(found)) or _WANTED.findall(str(error))[:1]


def _refusal(path: Path, name: str, wanted: list[str]) -> str:
    if not wanted:
        return (
            f"{name} could not be read as a checkpoint: {_fault(path)}. Expected tensors by name, "
            "from torch.save(model.state_dict(), file) or safetensors."
        )
    named = ", ".join(wanted[:_SHOWN]) + (", ..." if len(wanted) > _SHOWN else "")
    return (
        f"{name} was not opened, because reading it would run code of {named}. Expected tensors, "
        "numbers, text and argparse.Namespace. If you trust the file, convert it where it was "
        f"made: content = torch.load({name!r}, map_location='cpu', weights_only=False), then "
        "torch.save(content['state_dict'], 'weights.pth'), with the entry that holds the weights; "
        "of a whole model, torch.save(content.state_dict(), 'weights.pth')."
    )


def _fault(path: Path) -> str:
    """Returns what is wrong with a file that cannot be read and names no code, as far as seen."""
    beginning = _begins(path)
    if not beginning:
        return "it is empty"
    # torch.save writes a zip archive, and long ago wrote pickles, which begin with their protocol
    if path.suffix == ".safetensors" or beginning.startswith((_ZIP, b"\x80")):
        return "it is damaged, cut short, or holds something else"
    return "it does not begin as a file of torch.save does"


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2)
