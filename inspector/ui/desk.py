"""A desk is where a session makes surveys: a folder of its own, which goes when the session goes.

A survey that was ended lies there with what it had, and can go on. Desks take so much of the disk
together, and no more.
"""

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from inspector.ui import doors, turns
from inspector.ui.subject import Subject

if TYPE_CHECKING:
    from inspector.surveys import Source, Survey
    from inspector.surveys.shardfiles import ShardFiles

MOST_IMAGES = 512
"""Pictures of a survey that is made here; larger ones are made from the shell."""

MOST_MADE = 3
"""Surveys that a session keeps; the oldest goes."""

ROOM = 2 * 2**30
"""Bytes that the surveys of all sessions may take."""

_SHARD, _BATCH = 8, 8
_DESK = "desk"
_desks: "weakref.WeakSet[Desk]" = weakref.WeakSet()


@dataclass(frozen=True, eq=False)
class Making:
    """A survey that was begun here.

    Attributes:
        title: for readers.
        subject: the network with its weights.
        source: the pictures.
        out: where it is written.
    """

    title: str
    subject: Subject
    source: "Source"
    out: Path


class Desk:
    """What one session makes.

    Attributes:
        made: finished surveys by their number, the latest last.
        begun: the one that is not finished; None without.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="attention-inspector-"))
        self._number = 0
        self.made: dict[str, Making] = {}
        self.begun: Making | None = None
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        _desks.add(self)

    @property
    def bytes(self) -> int:
        """How much of the disk it takes."""
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    def begin(self, title: str, subject: Subject, source: "Source") -> None:
        """Puts a survey on the desk, in the place of one that was not finished.

        Raises:
            ValueError: the desks of all sessions have no room left.
        """
        self.discard()
        if sum(desk.bytes for desk in tuple(_desks)) > ROOM:
            raise ValueError(
                f"Surveys of all visitors take the {ROOM // 2**30} GiB that they may. Try again "
                "later, or make it with `inspector survey`."
            )
        self._number += 1
        out = self._folder / f"{self._number}.zarr"
        self.begun = Making(title, subject.unchanged, source, out)

    def go_on(self) -> str:
        """Makes what was begun, from where it was ended; returns the number it has then.

        Raises:
            Busy: others have the device, and too many or for too long.
            TookTooLong: it took longer than a turn; it can go on.
            ValueError: the network or the pictures are not fit for a survey.
        """
        making = self.begun
        if making is None:
            raise ValueError("Expected a survey that was begun, found none. Start one.")
        _survey(making)
        number = making.out.stem
        self.made[number], self.begun = making, None
        for old in list(self.made)[:-MOST_MADE]:
            shutil.rmtree(self.made.pop(old).out, ignore_errors=True)
        return number

    def discard(self) -> None:
        """Gives up what was begun."""
        if self.begun:
            _shards(self.begun).remove()
            self.begun = None


def desk() -> Desk:
    """The session's own."""
    if _DESK not in st.session_state:
        st.session_state[_DESK] = Desk()
    found: Desk = st.session_state[_DESK]
    return found


def made() -> dict[str, Making]:
    """What the session made, by number; most sessions make nothing and need no desk."""
    return desk().made if _DESK in st.session_state else {}


def begun() -> Making | None:
    """What the session began and has not finished."""
    return desk().begun if _DESK in st.session_state else None


def _survey(making: Making) -> "Survey":
    from inspector.surveys import survey  # noqa: PLC0415 - zarr

    with turns.taken():
        return survey(
            doors.model(making.subject),
            making.source,
            making.out,
            resume=_shards(making).begun,
            shard_size=_SHARD,
            batch_size=_BATCH,
        )


def _shards(making: Making) -> "ShardFiles":
    from inspector.surveys.shardfiles import ShardFiles  # noqa: PLC0415 - zarr

    return ShardFiles.beside(making.out)
