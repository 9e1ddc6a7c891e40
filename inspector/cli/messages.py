"""A message is a line on standard error: what a command is doing, and never its result."""

import sys
import time

PAUSE = 2.0
"""Seconds between two messages on how far a computation has come."""


def say(message: str) -> None:
    """Writes a message as one line."""
    sys.stderr.write(one_line(message) + "\n")


def one_line(text: str) -> str:
    """Returns a text as one line, without what a terminal would take for a command."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


class Meter:
    """A listener of ``inspector.progress`` that says now and then how far a computation is."""

    def __init__(self, pause: float = PAUSE) -> None:
        """Args: seconds between two messages; a computation that takes less is not told of."""
        self._pause = pause
        self._last = time.monotonic()

    def __call__(self, done: int, total: int, what: str) -> None:
        """Says how many are done if the last message is long enough ago."""
        now = time.monotonic()
        if now - self._last >= self._pause:
            self._last = now
            say(f"{done} of {total} {what}")
