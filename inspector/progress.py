"""Progress is how far a long computation has come, told to whoever listens.

What computes says ``for edge in tracked(edges, "edges cut")`` and knows no listener; whoever shows
the result says ``with listening(show):`` around it. A listener that raises ends the computation
there: that is how it is cancelled.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

Listener = Callable[[int, int, str], None]
"""``listener(done, total, what)``: so many of so many are done; what they are, such as "steps"."""


def _nobody(_done: int, _total: int, _what: str) -> None:
    """Hears nothing."""


_listener: ContextVar[Listener] = ContextVar("listener", default=_nobody)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tells ``listener`` what is tracked inside the block by this thread, instead of others."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(done: int, total: int, what: str) -> None:
    """Tells that ``done`` of ``total`` are done; whatever the listener raises passes through."""
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
