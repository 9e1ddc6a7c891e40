"""Waiting is what a user sees of a long computation: how far it is, and a way to end it.

A click that concerns the whole page ends the run under way, as soon as that shows something; one
inside a fragment waits for it. So the button stands beside the fragment that computes, hidden until
there is something to stop.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from inspector.progress import listening
from inspector.ui.wording import plain

KEY = "cancel"
HIDDEN = f"<style>.st-key-{KEY} {{ display: none; }}</style>"
REVEALED = f"<span></span><style>.st-key-{KEY} {{ display: block !important; }}</style>"
"""Not a style alone, which Streamlit keeps apart from the page and would not take away again."""

PAUSE = 0.2
"""Seconds between two pictures of a bar: more would keep the server busy with drawing."""


def button() -> None:
    """Puts the button on the page that ends a computation; it is seen while there is one."""
    st.html(HIDDEN)
    st.button("Cancel", icon=":material/close:", key=KEY)


@contextmanager
def shown() -> Iterator[None]:
    """Shows a bar and the button for what is tracked inside the block, once there is something."""
    bar = _Bar()
    try:
        with listening(bar):
            yield
    finally:
        bar.clear()


class _Bar:
    """A bar that appears with the first news, and reveals the button."""

    def __init__(self) -> None:
        self._place = st.empty()
        self._reveals = st.empty()
        self._last = -PAUSE

    def clear(self) -> None:
        """Takes the bar away and hides the button."""
        self._place.empty()
        self._reveals.empty()

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if now - self._last < PAUSE:
            return
        self._last = now
        self._place.progress(min(done / max(total, 1), 1.0), f"{done} of {total} {plain(what)}")
        self._reveals.html(REVEALED)
