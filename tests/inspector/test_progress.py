"""Tests of progress: what a listener hears, and that it can end a computation."""

import pytest

from inspector.progress import listening, tracked


class Cancelled(Exception):
    """A listener had enough."""


def cancelling(done: int, _total: int, _what: str) -> None:
    if done == 2:
        raise Cancelled


def test_a_listener_that_raises_ends_the_computation():
    worked = []
    with pytest.raises(Cancelled), listening(cancelling):
        worked.extend(tracked([1, 2, 3, 4], "numbers"))
    assert list(tracked([5], "numbers")) == [5]  # it heard no more afterwards


def test_only_the_innermost_listener_hears():
    outer, inner = [], []
    with listening(lambda *told: outer.append(told)):
        with listening(lambda *told: inner.append(told)):
            list(tracked("a", "inside"))
        list(tracked("b", "outside"))
    assert inner == [(0, 1, "inside"), (1, 1, "inside")]
    assert outer == [(0, 1, "outside"), (1, 1, "outside")]
