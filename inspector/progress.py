"""Progress is how far a long computation has come, told to whoever listens.

What computes says ``for edge in tracked(edges, "edges cut")`` and knows no listener; whoever shows
the result says ``with listening(show):`` around it. A listener that raises ends the computation
there: that is how it is cancelled. So does a limit of time, for whatever is tracked inside it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

Listener = Callable[[int, int, str], None]
"""``listener(done, total, what)``: so many of so many are done; what they are, such as "steps"."""


def nobody(_done: int, _total: int, _what: str) -> None:
    """Hears nothing."""


class TookTooLong(RuntimeError):
    """A computation ran longer than it may."""


_listener: ContextVar[Listener] = ContextVar("listener", default=nobody)
_limit: ContextVar[tuple[float, float]] = ContextVar("limit", default=(float("inf"), 0.0))
"""When a computation has to be over, and how many seconds it had."""


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tells ``listener`` what is tracked inside the block by this thread, instead of others."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Ends what is tracked inside the block by this thread once it took so long.

    Raises:
        TookTooLong: it did; in the place where it next tells how far it is.
    """
    token = _limit.set((time.monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _limit.reset(token)


def tell(done: int, total: int, what: str) -> None:
    """Tells that ``done`` of ``total`` are done; whatever the listener raises passes through.

    Raises:
        TookTooLong: the time given to the computation is over.
    """
    end, seconds = _limit.get()
    if time.monotonic() > end:
        raise TookTooLong(
            f"Stopped after {seconds:g} s, with {done} of {total} {what}: it may not take longer "
            "here. Choose less of it, or a smaller network; the shell has no such limit."
        )
    _listener.get()(done, total, what)


def tracked(items: Sequence[T], what: str) -> Iterator[T]:
    """The items, one by one; before each, and after the last, the listener hears how many are done.

    >>> with listening(lambda done, total, what: print(f"{done} of {total} {what}")):
    ...     list(tracked("ab", "letters"))
    0 of 2 letters
    1 of 2 letters
    2 of 2 letters
    ['a', 'b']
    """
    for done, item in enumerate(items):
        tell(done, len(items), what)
        yield item
    tell(len(items), len(items), what)
