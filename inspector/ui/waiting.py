"""Waiting is what a user sees of a long computation: how far it is, and a way to stop it.

A click on "Stop" begins a new run of the page. Streamlit ends the old one when it next shows
something, which is when the computation next tells how far it is.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from inspector.progress import listening
from inspector.ui.wording import plain

PAUSE = 0.2
"""Seconds between two pictures of a bar: more would keep the server busy with drawing."""


@contextmanager
def shown() -> Iterator[None]:
    """Shows a bar and a button for what is tracked inside the block, once there is something."""
    bar = _Bar()
    try:
        with listening(bar):
            yield
    finally:
        bar.clear()


class _Bar:
    """A bar that appears with the first news, and the button beside it."""

    def __init__(self) -> None:
        self._place = st.empty()
        self._button = st.empty()
        self._last = -PAUSE
        self._begun = False

    def clear(self) -> None:
        """Takes the bar and the button away."""
        self._place.empty()
        self._button.empty()

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if now - self._last < PAUSE:
            return
        self._last = now
        self._place.progress(min(done / max(total, 1), 1.0), f"{done} of {total} {plain(what)}")
        if not self._begun:
            self._begun = True
            self._button.button("Stop", icon=":material/stop:", key="stop")
