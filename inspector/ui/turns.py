"""A turn is a session's time on the device; while others have theirs, the page says how many."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from inspector.governor import Governor

DECODING = "pictures"
"""What decodes pictures, one at a time: each takes up to 400 MiB meanwhile."""

GOVERNOR = Governor()


@contextmanager
def taken(device: str = "") -> Iterator[None]:
    """Holds this session's turn for the block.

    Args:
        device: what works; that on which networks run if not given.

    Raises:
        Busy: there is no turn to be had now.
        TookTooLong: the block took longer than a turn.
    """
    notice = _Notice()
    try:
        with GOVERNOR.turn(_session(), device or _networks_run_on(), notice):
            notice.clear()
            yield
    finally:
        notice.clear()


class _Notice:
    """What the page says to who waits; nothing where nobody has to."""

    def __init__(self) -> None:
        self._place: DeltaGenerator | None = None

    def __call__(self, number: int) -> None:
        self._place = self._place or st.empty()
        self._place.info(
            f"Busy with others: you are number {number} in the queue. This page goes on by itself.",
            icon=":material/hourglass_empty:",
        )

    def clear(self) -> None:
        """Takes the notice away."""
        if self._place:
            self._place.empty()
            self._place = None


def _session() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else f"thread {threading.get_ident()}"


def _networks_run_on() -> str:
    from inspector.devices import pick_device  # noqa: PLC0415 - it imports torch

    return str(pick_device())
