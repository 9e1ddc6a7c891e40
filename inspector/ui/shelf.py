"""A shelf keeps what a view computed, each result with the choices that it really depends on.

Most choices only concern the drawing (an opacity, a scale). A view does not say which those are, so
the shelf notes which choices `compute` reads: a result serves all choices that agree in these.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inspector.views import Choices, Computed

_ABSENT = object()


class Noted(Mapping[str, Any]):
    """Choices that note which of them are read, and what was found.

    >>> choices = Noted({"head": "3", "opacity": 0.5})
    >>> choices["head"]
    '3'
    >>> choices.read
    {'head': '3'}
    """

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self.read: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        self.read[key] = self._choices.get(key, _ABSENT)
        return self._choices[key]

    def __iter__(self) -> Iterator[str]:
        self.read |= self._choices
        return iter(self._choices)

    def __len__(self) -> int:
        return len(self._choices)


@dataclass(frozen=True)
class Result:
    """What was computed, and what it took.

    Attributes:
        computed: the arrays.
        seconds: how long computing them took.
        read: the choices that were read, by key.
    """

    computed: Computed
    seconds: float
    read: Mapping[str, Any]

    def answers(self, choices: Choices) -> bool:
        """Whether computing with these choices would come to the same."""
        return all(choices.get(key, _ABSENT) == value for key, value in self.read.items())


class Shelf:
    """The latest results of one view of one subject; may be shared by threads."""

    def __init__(self, room: int = 48) -> None:
        self._results: deque[Result] = deque(maxlen=room)
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Returns what the arrays take."""
        panels = (data for kept in tuple(self._results) for data in kept.computed.panels.values())
        return sum(data.nbytes for data in panels)

    def find(self, choices: Choices) -> Result | None:
        """Returns the result for these choices if there is one."""
        return next((kept for kept in tuple(self._results) if kept.answers(choices)), None)

    def get(self, choices: Choices, compute: Callable[[Choices], Computed]) -> Result:
        """Returns the result for these choices, computing it where there is none."""
        with self._lock:
            return self.find(choices) or self._add(choices, compute)

    def _add(self, choices: Choices, compute: Callable[[Choices], Computed]) -> Result:
        noted, start = Noted(choices), time.perf_counter()
        computed = compute(noted)
        result = Result(computed, time.perf_counter() - start, noted.read)
        self._results.append(result)
        return result
