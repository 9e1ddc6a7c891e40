"""The shelf: what is read decides what is computed again."""

import threading
import time

from inspector.ui.shelf import Noted, Shelf
from inspector.views import Computed


class Counted:
    """A `compute` that reads some keys and counts its calls."""

    def __init__(self, *keys, pause=0.0):
        self.keys, self.pause, self.calls = keys, pause, 0

    def __call__(self, choices):
        self.calls += 1
        time.sleep(self.pause)
        return Computed({}, tuple(str(choices.get(key)) for key in self.keys))


def test_a_choice_that_is_not_read_computes_nothing():
    shelf, compute = Shelf(), Counted("head")
    first = shelf.get({"head": "1", "opacity": 0.2}, compute)
    assert shelf.get({"head": "1", "opacity": 0.9}, compute) is first
    assert compute.calls == 1


def test_a_choice_that_is_read_computes_anew():
    shelf, compute = Shelf(), Counted("head")
    notes = [shelf.get({"head": head}, compute).computed.notes for head in ("1", "2", "1")]
    assert notes == [("1",), ("2",), ("1",)]
    assert compute.calls == 2


def test_a_choice_that_was_looked_for_in_vain_counts_as_read():
    shelf, compute = Shelf(), Counted("image")
    shelf.get({}, compute)
    assert shelf.get({"image": "1"}, compute).computed.notes == ("1",)


def test_what_one_branch_reads_does_not_bind_another():
    def compute(choices):
        return Computed({}, (choices["x"] if choices["how"] == "b" else "-",))

    shelf = Shelf()
    asked = [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]
    notes = [shelf.get({"how": how, "x": x}, compute).computed.notes for how, x in asked]
    assert notes == [("-",), ("-",), ("1",), ("2",)]


def test_iterating_reads_everything():
    noted = Noted({"a": 1, "b": 2})
    assert dict(noted) == noted.read == {"a": 1, "b": 2}


def test_old_results_make_room():
    shelf, compute = Shelf(room=2), Counted("head")
    for head in "123":
        shelf.get({"head": head}, compute)
    assert shelf.find({"head": "1"}) is None
    assert shelf.find({"head": "3"}).computed.notes == ("3",)


def test_threads_that_ask_together_compute_once():
    shelf, compute = Shelf(), Counted("head", pause=0.05)
    threads = [threading.Thread(target=shelf.get, args=({"head": "1"}, compute)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert compute.calls == 1
