"""A governor decides whose job runs next on a device, and how much one session may ask for.

A device runs one job at a time, so that two never need memory together; the others wait in the
order in which they came. How many may wait, how long, and how long a job may run is bounded.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inspector.progress import limited

Waits = Callable[[int], None]
"""``waits(number)`` hears how many jobs are before one's own; what it raises ends the waiting."""


class Busy(RuntimeError):
    """There is no turn to be had now."""


@dataclass(frozen=True)
class Limits:
    """What a governor grants.

    Attributes:
        waiting: jobs of a device that may wait.
        patience: seconds that one may wait.
        own: jobs of one session on a device, running and waiting.
        seconds: that a job may run; it ends at the next step that it tells of.
    """

    waiting: int = 32
    patience: float = 120
    own: int = 2
    seconds: float = 900


@dataclass(eq=False)
class _Job:
    session: str
    thread: int = field(default_factory=threading.get_ident)


class Governor:
    """Grants turns on devices; used by many threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._lines: dict[str, list[_Job]] = defaultdict(list)
        self._moved = threading.Condition()

    @contextmanager
    def turn(self, session: str, device: str, waits: Waits) -> Iterator[None]:
        """Waits for a turn on a device and holds it for the block.

        A block inside that asks again, in the same thread, goes on with the turn it has.

        Raises:
            Busy: too many wait, the session asked too often, or the wait was too long.
            TookTooLong: the job ran longer than it may.
        """
        if self._runs_here(device):
            yield
            return
        job = self._lined_up(session, device)
        try:
            self._wait(job, device, waits)
            with limited(self._limits.seconds):
                yield
        finally:
            with self._moved:
                self._lines[device].remove(job)
                self._moved.notify_all()

    def jobs(self, device: str) -> int:
        """Returns how many jobs of a device run or wait."""
        return len(self._lines[device])

    def _runs_here(self, device: str) -> bool:
        with self._moved:
            line = self._lines[device]
            return bool(line) and line[0].thread == threading.get_ident()

    def _lined_up(self, session: str, device: str) -> _Job:
        with self._moved:
            line = self._lines[device]
            if len(line) > self._limits.waiting:
                raise Busy(f"{len(line) - 1} others wait already. Try again in some minutes.")
            if sum(job.session == session for job in line) >= self._limits.own:
                raise Busy(
                    f"This page has {self._limits.own} computations under way already. "
                    "Wait for one of them, or cancel it."
                )
            job = _Job(session)
            line.append(job)
            return job

    def _wait(self, job: _Job, device: str, waits: Waits) -> None:
        end = time.monotonic() + self._limits.patience
        number = self._number(job, device, 1)  # a short wait is not worth a word
        while number:
            waits(number)
            number = self._number(job, device, number)
            if number and time.monotonic() > end:
                raise Busy(
                    f"No turn came within {self._limits.patience:g} s: others compute, and "
                    f"{number} of them come first. Try again in some minutes."
                )

    def _number(self, job: _Job, device: str, last: int) -> int:
        """Returns how many jobs come first; for half a second it waits for fewer than the last."""
        with self._moved:
            line = self._lines[device]
            self._moved.wait_for(lambda: line.index(job) < last, timeout=0.5)
            return line.index(job)
