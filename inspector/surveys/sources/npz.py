"""An npz is numpy's zip file of named arrays, read without unpacking what was not asked for.

What `numpy.savez` stores lies in the file as it does in memory, so it is mapped. What
`numpy.savez_compressed` packs has to be unpacked as a whole, and is kept for the next piece.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Literal
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from inspector.surveys.sources.listing import Unreadable

MOST = 2 * 2**30
"""Bytes that a packed array may take in memory."""

_LOCAL_HEADER = 30
_LENGTHS = struct.Struct("<26xHH")  # of the name and of what follows it, at the header's end


@dataclass(frozen=True)
class Header:
    """What is told of an array before it is read: its shape, its kind of number, its memory order.

    Attributes:
        shape: its lengths.
        dtype: numpy's word for what it holds.
        fortran: whether its first axis is the fastest.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool


def headers(path: Path) -> dict[str, Header]:
    """Returns what the arrays of a file look like, by name; those of Python objects are left out.

    Raises:
        ValueError: the file is damaged, or no .npz file.
    """
    try:
        with ZipFile(path) as archive:
            return dict(_headers(archive))
    except (BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise ValueError(
            f"Expected a whole .npz file of numpy's, got {path.name}, which is cut short, damaged "
            "or something else. Save it anew with numpy.savez."
        ) from error


def array(path: Path, name: str) -> NDArray[Any]:
    """Returns one array of a file, mapped where that can be; read-only.

    Raises:
        Unreadable: it is packed, and larger than may be unpacked.
    """
    with ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
    if info.compress_type == ZIP_STORED:
        return _mapped(path, info)
    if info.file_size > MOST:
        raise Unreadable(
            f"Expected {name} in {path.name} to take at most {MOST / 2**30:.3g} GiB, as it is "
            f"packed and must be unpacked as a whole; got {info.file_size / 2**30:.3g} GiB. Save "
            "it with numpy.savez, without packing."
        )
    return _unpacked(path, name, path.stat().st_mtime_ns)


def _headers(archive: ZipFile) -> Iterator[tuple[str, Header]]:
    for info in archive.infolist():
        if info.filename.endswith(".npy"):
            with archive.open(info) as file:
                header = _header(file)
            if not header.dtype.hasobject:
                yield info.filename.removesuffix(".npy"), header


def _header(file: IO[bytes]) -> Header:
    """Returns what the array that begins here looks like; the file is then where its values begin.

    Raises:
        ValueError: no array begins here.
    """
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return Header(shape, dtype, fortran)


def _mapped(path: Path, info: ZipInfo) -> NDArray[Any]:
    with path.open("rb") as file:
        file.seek(info.header_offset)
        file.seek(sum(_LENGTHS.unpack(file.read(_LOCAL_HEADER))), 1)
        header = _header(file)
        offset = file.tell()
    order: Literal["F", "C"] = "F" if header.fortran else "C"
    return np.memmap(path, header.dtype, "r", offset, header.shape, order)


@lru_cache(maxsize=2)  # the pictures and the labels
def _unpacked(path: Path, name: str, changed: int) -> NDArray[Any]:
    with np.load(path, allow_pickle=False) as file:
        loaded: NDArray[Any] = file[name]
    loaded.setflags(write=False)
    return loaded
