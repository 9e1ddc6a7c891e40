"""The machine: its memory is what the system says it is."""

import resource
from pathlib import Path

import pytest

from inspector.ui import machine


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="is read on Linux alone")
def test_the_memory_is_that_of_this_process():
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert 0 < machine._resident() <= 1.01 * largest
    assert machine.memory().startswith("The app holds")


def test_nothing_is_said_where_nothing_is_known(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_STATM", tmp_path / "none")
    monkeypatch.setattr(machine, "_on_gpu", lambda: "")
    assert machine.memory() == ""
