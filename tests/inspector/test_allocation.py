"""Memory that is kept: what a process frees and asks for again does not come from the system."""

import subprocess
import sys

import pytest

from inspector import allocation
from inspector.allocation import keep_freed_memory

PASSES = """
import resource
import torch
from inspector.allocation import keep_freed_memory

KEPT = {kept}
if KEPT:
    assert keep_freed_memory()

def passes():
    for _ in range(20):
        torch.ones(20_000_000)

passes()  # until there is room where it is needed
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
passes()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*, kept):
    """Pages that the system hands out in twenty passes, after as many."""
    asked = [sys.executable, "-c", PASSES.format(kept=kept)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux can be told so")
def test_no_page_is_handed_out_twice():
    assert faults(kept=False) > 20 * 80_000_000 // 2**21  # in pages of 2 MiB at least
    assert faults(kept=True) < 100


def test_another_c_library_is_left_alone(monkeypatch):

    monkeypatch.setattr(allocation.ctypes, "CDLL", lambda _: object())
    assert not keep_freed_memory()
