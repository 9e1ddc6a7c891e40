"""A member is one of the files in a capsule: its name, and how large it may be.

A capsule may come from a stranger, so nothing of it is read that has another name, is larger, or
unfolds to more than is allowed here.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

MANIFEST, ARRAYS, FIGURE, VECTOR = "manifest.json", "arrays.nc", "figure.json", "figure.svg"

MIB = 2**20
LARGEST = {ARRAYS: 128 * MIB, FIGURE: 128 * MIB, VECTOR: 64 * MIB, MANIFEST: MIB}
"""Bytes that a member may have when it is unfolded, in the order in which members are written."""

NEEDED = frozenset({MANIFEST, ARRAYS, FIGURE})
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The date of every member: the same content makes the same file."""


class BadCapsule(ValueError):
    """A file is no capsule that can be opened safely; the sentence says why."""


def digest(content: bytes) -> str:
    """The SHA-256 of a member, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """The members as a ZIP archive, in the order in which they are given."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return file.getvalue()


def unzipped(path: Path) -> dict[str, bytes]:
    """The members of a capsule by name.

    Raises:
        BadCapsule: the file is missing, no ZIP archive, damaged, larger than a capsule may be, or
            holds anything but a capsule's members.
    """
    if not path.is_file():
        raise BadCapsule(f"Expected a capsule, found no file at {path}. Check the path.")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _require_members(path.name, entries)
            return {entry.filename: _content(archive, entry) for entry in entries}
    except BadCapsule:
        raise
    except Exception as error:  # a broken archive may fail in any way
        raise BadCapsule(
            f"{path.name} could not be read as a capsule ({type(error).__name__}): it is no ZIP "
            "archive, damaged or cut short. Get it again from where it was made."
        ) from error


def _require_members(file: str, entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if strange := sorted(set(names) - set(LARGEST)):
        raise BadCapsule(
            f"{file} holds {_quoted(strange[0])}, which no capsule does: expected "
            f"{', '.join(LARGEST)} and nothing else. It was not opened."
        )
    if len(names) > len(set(names)):
        raise BadCapsule(f"{file} holds a member twice, so that it cannot be told which is meant.")
    if lacking := sorted(NEEDED - set(names)):
        raise BadCapsule(f"{file} lacks {lacking[0]}: it is no capsule, or was never finished.")
    for entry in entries:
        _require_small(file, entry)


def _require_small(file: str, entry: zipfile.ZipInfo) -> None:
    most = LARGEST[entry.filename]
    if entry.file_size > most:
        raise BadCapsule(
            f"{entry.filename} of {file} would unfold to {entry.file_size / MIB:.0f} MiB; a "
            f"capsule's has at most {most // MIB}. It was not opened."
        )
    if entry.compress_type not in _METHODS or entry.flag_bits & 0x1:
        raise BadCapsule(
            f"{entry.filename} of {file} is encrypted or packed in a way that capsules are not. "
            "It was not opened."
        )


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A member; what unfolds to more than it says is not followed further than allowed."""
    with archive.open(entry) as stream:
        return stream.read(LARGEST[entry.filename])


def _quoted(name: str) -> str:
    shown = "".join(filter(str.isprintable, name))
    return repr(shown[:60])
