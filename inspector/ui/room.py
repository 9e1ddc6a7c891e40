"""Room is the memory that uploads may take: of one session, and of all.

Streamlit limits one file and not their number, and keeps files that no widget shows, and those of
sessions that have ended until some other session ends.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, cast

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

PER_SESSION = 2
"""Files of the largest size that one session may keep."""
IN_ALL = 8
"""Files of the largest size that all sessions together may keep."""


class Kept(Protocol):
    """Uploads that are kept, by session."""

    def sizes(self) -> dict[str, int]:
        """Returns the bytes that each session keeps."""

    def drop(self, session: str) -> None:
        """Forgets what a session has uploaded."""

    def is_open(self, session: str) -> bool:
        """Whether somebody looks at the page of a session."""


class Room:
    """Counts what is kept and what is on its way.

    Args:
        kept: asked for the uploads when there are any to judge.
        largest: bytes of the largest file; the server's setting if not given.
    """

    def __init__(self, kept: Callable[[], Kept], largest: int | None = None) -> None:
        self._kept = kept
        self._largest = largest or st.get_option("server.maxUploadSize") * 2**20
        self._coming: Counter[str] = Counter()

    @contextmanager
    def taken(self, session: str, length: int) -> Iterator[bool]:
        """Holds room for one upload; yields whether there is."""
        granted = self._has_room(session, length)
        taken = length if granted else 0
        self._coming[session] += taken
        try:
            yield granted
        finally:
            self._coming[session] -= taken
            self._coming += Counter()  # without those at zero

    def _has_room(self, session: str, length: int) -> bool:
        kept = self._kept()
        if self._used(kept)[session] + length > PER_SESSION * self._largest:
            return False
        most = IN_ALL * self._largest
        if self._used(kept).total() + length > most:
            for other in kept.sizes():
                if not kept.is_open(other):
                    kept.drop(other)
        return self._used(kept).total() + length <= most

    def _used(self, kept: Kept) -> Counter[str]:
        return Counter(kept.sizes()) + self._coming


class _StreamlitUploads:
    """What Streamlit keeps."""

    def __init__(self) -> None:
        self._runtime = Runtime.instance()  # there is one once requests come
        self._files = cast(MemoryUploadedFileManager, self._runtime.uploaded_file_mgr)

    def sizes(self) -> dict[str, int]:
        return {
            session: sum(len(file.data) for file in tuple(files.values()))
            for session, files in tuple(self._files.file_storage.items())
        }

    def drop(self, session: str) -> None:
        self._files.remove_session_files(session)

    def is_open(self, session: str) -> bool:
        return self._runtime.is_active_session(session)


def kept_uploads() -> Kept:
    """Returns what this process keeps of uploads."""
    return _StreamlitUploads()
