"""A shard file is the tally of one shard, committed: whole under its name, or not there.

They lie in a folder beside the output until the survey is finished. Tallies are merged in the order
of shards, whoever finished first, so a survey that was ended and goes on adds up the same numbers
in the same order. Where many files that follow one another lie there, they become one.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from inspector.surveys.refusals import NotTheSame, interrupted
from inspector.surveys.statistics import Skipped, Tally

TOGETHER = 32
"""So many shard files become one."""
_SHARD = re.compile(r"shard-(\d+)\.npz")
_FIRST = re.compile(r"first-(\d+)\.npz")


class ShardFiles:
    """The committed shards of one survey."""

    def __init__(self, folder: Path) -> None:
        """Takes up what lies in the folder, which need not exist yet."""
        self.folder = folder
        self._settle()

    @classmethod
    def beside(cls, out: Path) -> "ShardFiles":
        """Those of the survey that is to be written to ``out``."""
        return cls(out.with_name(f"{out.name}.shards"))

    @property
    def begun(self) -> bool:
        """Whether a survey began here and was not finished."""
        return self._identity.exists()

    def begin(self, identity: Mapping[str, Any]) -> None:
        """Makes the folder, and notes what is surveyed and how.

        Raises:
            Interrupted: the disk does not take it.
        """
        with _writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self._identity, json.dumps(identity, indent=1).encode())

    def require(self, identity: Mapping[str, Any]) -> None:
        """Refuses to go on with what is not the same.

        Args:
            identity: what must be the same, by what it is called in a sentence.

        Raises:
            NotTheSame: something is not; the sentence names it.
        """
        require_same(json.loads(self._identity.read_text()), identity)

    def done(self) -> set[int]:
        """Numbers of the shards that are committed."""
        return {*range(self._merged), *self._numbers(_SHARD)}

    def commit(self, number: int, tally: Tally) -> None:
        """Keeps the tally of a shard; afterwards no power cut can take it away.

        Raises:
            Interrupted: the disk does not take it.
        """
        with _writing(self.folder):
            _write(self._path("shard", number), _packed(tally))
            if len(list(self._following())) >= TOGETHER:
                self._bring_together()

    def result(self) -> Tally:
        """The tally of all committed shards, merged in their order."""
        tally = _unpacked(self._path("first", self._merged)) if self._merged else None
        for number in sorted(self._numbers(_SHARD)):
            own = _unpacked(self._path("shard", number))
            tally = own if tally is None else tally.merged(own)
        return tally or Tally(Skipped.of([]))

    def remove(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _identity(self) -> Path:
        return self.folder / "survey.json"

    def _path(self, kind: str, number: int) -> Path:
        return self.folder / f"{kind}-{number:08d}.npz"

    def _numbers(self, pattern: re.Pattern[str]) -> list[int]:
        names = (pattern.fullmatch(path.name) for path in self.folder.glob("*.npz"))
        return [int(name[1]) for name in names if name]

    def _following(self) -> Iterator[int]:
        """Numbers of the shards that follow, without a gap, those that are merged."""
        there, number = set(self._numbers(_SHARD)), self._merged
        while number in there:
            yield number
            number += 1

    def _bring_together(self) -> None:
        last = list(self._following())[-1]
        tally = _unpacked(self._path("first", self._merged)) if self._merged else None
        for number in self._following():
            own = _unpacked(self._path("shard", number))
            tally = own if tally is None else tally.merged(own)
        if tally is not None:
            _write(self._path("first", last + 1), _packed(tally))
            self._settle()

    def _settle(self) -> None:
        """Removes what a merged file holds as well, and drafts that were never finished."""
        self._merged = max(self._numbers(_FIRST), default=0)
        for number in self._numbers(_FIRST):
            if number < self._merged:
                self._path("first", number).unlink()
        for number in self._numbers(_SHARD):
            if number < self._merged:
                self._path("shard", number).unlink()
        for draft in self.folder.glob("*.part"):
            draft.unlink()


def require_same(known: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """Refuses a survey of another identity; see `ShardFiles.require`.

    Raises:
        NotTheSame: the sentence names what differs.
    """
    for what, now in identity.items():
        before = known.get(what)
        if before != now:
            raise NotTheSame(
                f"Expected to go on with {what} {_short(before)}, got {_short(now)}. Resume with "
                "what the survey began with, or begin anew with --force."
            )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _packed(tally: Tally) -> bytes:
    stream = BytesIO()
    np.savez(stream, allow_pickle=False, **tally.arrays())
    return stream.getvalue()


def _unpacked(path: Path) -> Tally:
    with np.load(path, allow_pickle=False) as arrays:
        return Tally.of_arrays(dict(arrays))


def _write(path: Path, content: bytes) -> None:
    """Writes a file that is on the disk, whole, once it has its name."""
    draft = path.with_name(f"{path.name}.part")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Has the disk keep the names in a folder."""
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turns the system's refusal to write into a sentence."""
    try:
        yield
    except OSError as error:
        raise interrupted(f"{error.strerror or error} ({folder})") from error
