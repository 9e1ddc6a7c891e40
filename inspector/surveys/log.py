"""A log is what happened in a survey, one JSON object a line, for programs to read.

Each has ``time`` (UTC) and ``event``: begin, skipped, committed, written.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO


class Log:
    """Lines that are written as they happen; to nowhere without a file."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @classmethod
    @contextmanager
    def to(cls, path: str | Path | None) -> Iterator["Log"]:
        """The log in a file, behind what is in it already.

        Raises:
            OSError: it cannot be written.
        """
        if path is None:
            yield cls(None)
            return
        with Path(path).open("a", encoding="utf-8") as stream:
            yield cls(stream)

    def write(self, event: str, **told: Any) -> None:
        """Adds a line."""
        if self._stream is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        print(json.dumps({"time": now, "event": event, **told}), file=self._stream, flush=True)
