"""A timing is how long one of several ways to do a thing takes, side by side with the first way.

On a machine that others use as well, seconds differ from minute to minute. So the ways take turns
in one process, each round gives a ratio to the first way, and the median of those is told.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
"""What seconds are of: of the day, or of this process's work, which others cannot lengthen."""
LEAST_ROUNDS = 3

Ways = Mapping[str, Callable[[], Any]]
"""By name, what each way does; the first is the one that others are measured by."""


@dataclass(frozen=True)
class Timing:
    """One way: its median in milliseconds, and its median ratio to the first way."""

    milliseconds: float
    ratio: float


@dataclass(frozen=True)
class Pace:
    """How often and by which clock the ways are timed.

    Attributes:
        rounds: that count.
        seconds: of the day after which no further round starts, except the first three.
        clock: a key of `CLOCKS`.
    """

    rounds: int = 5
    seconds: float = 20
    clock: str = "wall"


def compare(ways: Ways, pace: Pace) -> dict[str, Timing]:
    """Returns the timing of each way over some rounds, after one that does not count."""
    for way in ways.values():
        way()
    first = next(iter(ways))
    rounds = list(_rounds(ways, pace))
    return {
        name: Timing(
            milliseconds=1000 * statistics.median(seconds[name] for seconds in rounds),
            ratio=statistics.median(seconds[name] / seconds[first] for seconds in rounds),
        )
        for name in ways
    }


def _rounds(ways: Ways, pace: Pace) -> Iterator[dict[str, float]]:
    """The seconds of each way, round by round."""
    start = time.perf_counter()
    for done in range(pace.rounds):
        if done >= LEAST_ROUNDS and time.perf_counter() - start > pace.seconds:
            return
        yield {name: taken(way, CLOCKS[pace.clock]) for name, way in ways.items()}


def taken(way: Callable[[], object], clock: Callable[[], float]) -> float:
    """Returns the seconds of a clock of `CLOCKS` that a way takes, once."""
    start = clock()
    way()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return clock() - start
