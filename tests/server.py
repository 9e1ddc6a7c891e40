"""App: a server that runs for a test, on a free loopback port and in its own process group."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

INSPECTOR = (str(Path(sys.executable).with_name("inspector")),)


def script_command(script: Path) -> list[str]:
    """The command that serves one Streamlit script, up to the port that `App` appends."""
    options = {
        "server.address": "127.0.0.1",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags, "--server.port"]


class App:
    """A server for the length of a `with` block, which is entered once the server answers.

    Args:
        command: what starts the server; the port is appended as its last word.
        cwd: the folder it starts in.
        timeout_s: how long it may take until it answers.
    """

    def __init__(self, command: Sequence[str], *, cwd: Path, timeout_s: float = 60) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [*command, str(self.port)]
        self._cwd = cwd
        self._timeout_s = timeout_s

    def __enter__(self) -> Self:
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self._command,
            cwd=self._cwd,
            env={**os.environ, "STREAMLIT_SERVER_HEADLESS": "true", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def log(self) -> str:
        """What the server has written so far."""
        # pread, since seeking would move the place at which the server writes: they share one file.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def stop(self) -> None:
        """Ends the server's process group, and nothing else."""
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(8)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait(8)
        self._log.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)  # start_new_session made the id the group's too

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + self._timeout_s
        while not self._answers():
            ended = self.process.poll()
            if ended is not None:
                raise RuntimeError(f"the server ended with {ended}:\n{self.log()[-2000:]}")
            if time.monotonic() > end:
                raise RuntimeError(f"no answer in {self._timeout_s} s:\n{self.log()[-2000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with contextlib.suppress(OSError), direct.open(f"{self.url}/_stcore/health", timeout=2):
            return True
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
