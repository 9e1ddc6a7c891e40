"""Of two that write the same survey the second is told so; a dead one is in nobody's way."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack

import filelock
import pytest

from inspector.surveys import Interrupted
from inspector.surveys.hold import Held, held

HOLDER = """
import sys
from pathlib import Path
from inspector.surveys.hold import held

with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.zarr"


@pytest.fixture
def other(out, request):
    """Another process that holds the output until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(out)],
        cwd=request.config.rootpath,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_told_who_is_first_since_when_and_what_to_do(out, other):
    words = (
        rf"^out\.zarr is being written by process {other.pid} on {socket.gethostname()}, since "
        r"\d{4}-\d\d-\d\d \d\d:\d\d UTC\. Wait until it is done, or end it; if its machine is gone "
        rf"for good, remove .*out\.zarr\.lock\.$"
    )
    with pytest.raises(Held, match=words), held(out):
        pytest.fail("it was held twice")
    assert json.loads(out.with_name("out.zarr.lock").read_text())["process"] == other.pid


def test_one_that_was_killed_holds_nothing(out, other):
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert out.with_name("out.zarr.lock").exists()
    with held(out):
        pass


def test_what_another_machine_left_behind_holds_nothing(out):
    told = {"process": "1", "host": "elsewhere", "since": "2020-01-01 00:00 UTC"}
    out.with_name("out.zarr.lock").write_text(json.dumps(told))
    with held(out):
        pass


def test_removing_the_file_is_a_way_out(out, other):
    out.with_name("out.zarr.lock").unlink()
    with held(out):
        pass


def test_two_threads_of_one_process_are_two(out):
    with held(out):
        refused = []

        def second():
            with ExitStack() as stack:
                try:
                    stack.enter_context(held(out))
                except Held as error:
                    refused.append(str(error))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert f"process {os.getpid()} on" in refused[0]


@pytest.mark.parametrize("left", ["", "[]", '{"process": "1"}'])
def test_a_holder_who_has_not_yet_said_who_it_is_is_another_process(out, left):
    with held(out):
        out.with_name("out.zarr.lock").write_text(left)
        with pytest.raises(Held, match=r"written by another process\. Wait"), held(out):
            pytest.fail("it was held twice")


def test_nothing_is_left_and_others_are_not_in_the_way(out):
    with held(out), held(out.with_name("other.zarr")):
        assert len(list(out.parent.iterdir())) == 2
    assert not list(out.parent.iterdir())


def test_a_file_system_without_locks_is_told(out, monkeypatch):
    def acquire(self):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with pytest.warns(UserWarning, match="has no locks: see to it that no other survey"), held(out):
        pass


def test_a_folder_that_takes_no_file_is_told(out, monkeypatch):
    def acquire(self):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with pytest.raises(Interrupted, match=r"Read-only file system .*out\.zarr\.lock"), held(out):
        pytest.fail("it was held")
