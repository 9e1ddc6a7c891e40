"""A keep holds the values used last, so many of them and so many bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Keep(Generic[K, V]):
    """Values by key; may be shared by threads. The newest stays, however large.

    Values may grow while they are kept: they are weighed anew for each that comes.

    Args:
        entries: values that are kept.
        most: bytes that they take together.
        weigh: tells the bytes of a value.

    >>> keep = Keep(entries=5, most=6, weigh=len)
    >>> for word in ("one", "two", "three"):
    ...     keep.put(word, word)
    >>> keep.find("one"), keep.find("three")
    (None, 'three')
    """

    def __init__(self, entries: int, most: int, weigh: Callable[[V], int]) -> None:
        self._entries = entries
        self._most = most
        self._weigh = weigh
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: K) -> V | None:
        """Returns the value of a key if it is kept."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: K, value: V) -> None:
        """Keeps a value, and drops those for which there is no room then, the oldest first."""
        with self._lock:
            self._values.pop(key, None)
            self._clear_for(self._weigh(value))
            self._values[key] = value

    def clear_for(self, weight: int) -> None:
        """Makes room for one more value of so many bytes."""
        with self._lock:
            self._clear_for(weight)

    def clear(self) -> None:
        """Drops everything."""
        with self._lock:
            self._values.clear()

    @property
    def bytes(self) -> int:
        """Returns what is kept, in bytes."""
        return sum(map(self._weigh, tuple(self._values.values())))

    def _clear_for(self, weight: int) -> None:
        while self._values and not self._fits(weight):
            self._values.popitem(last=False)

    def _fits(self, weight: int) -> bool:
        return len(self._values) < self._entries and self.bytes + weight <= self._most
