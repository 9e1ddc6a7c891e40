"""Turns on the page: who waits is told the number, and who gets none is told why."""

from threading import Event, Thread
from unittest.mock import Mock

import pytest

from inspector.governor import Busy, Governor, Limits
from inspector.ui import doors, turns
from inspector.ui.wording import plain


@pytest.fixture
def place(monkeypatch):
    """The place on the page where the notice stands."""
    found = Mock()
    monkeypatch.setattr(turns.st, "empty", Mock(return_value=found))
    return found


@pytest.fixture
def held(monkeypatch):
    """A device on which another session computes until the event that comes out is set."""
    governor, begun, end = Governor(Limits(patience=0)), Event(), Event()
    monkeypatch.setattr(turns, "GOVERNOR", governor)

    def job():
        with governor.turn("another", "gpu", pytest.fail):
            begun.set()
            end.wait(20)

    other = Thread(target=job)
    other.start()
    begun.wait(20)
    yield end
    end.set()
    other.join(20)


def test_who_waits_is_told_the_number_until_the_turn_comes(place, held):
    place.info.side_effect = lambda *_, **__: held.set()
    with turns.taken("gpu"):
        ((words,), _) = place.info.call_args
        assert words.startswith("Busy with others: you are number 1 in the queue.")
        place.empty.assert_called_once_with()


def test_where_nobody_is_before_nothing_is_said(place):
    with turns.taken("gpu"):
        turns.st.empty.assert_not_called()


def test_who_gets_no_turn_leaves_no_notice(place, held):
    with pytest.raises(Busy, match="1 of them come first"), turns.taken("gpu"):
        pytest.fail("it was let in")
    place.empty.assert_called_once_with()


def test_the_page_says_that_it_is_busy(page, monkeypatch):
    doors.clear()
    monkeypatch.setattr(turns, "GOVERNOR", Mock(turn=Mock(side_effect=Busy("17 others wait."))))
    shown = page(model="dia_resnet")
    assert not shown.exception
    assert plain("17 others wait.") in [error.value for error in shown.error]
