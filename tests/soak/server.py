"""A watched server is the app with its memory, its processor time and its tally in view."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from tests.server import App
from tests.soak.served import PERIOD

ROOT = Path(__file__).parents[2]
MEBIBYTE = 2**20


class Watched(App):
    """The app for the length of a `with` block.

    Args:
        folder: where the tally is written.
    """

    def __init__(self, folder: Path) -> None:
        self._tally = folder / "tally.json"
        super().__init__([sys.executable, "-m", "tests.soak.served", str(self._tally)], cwd=ROOT)

    @property
    def mebibytes(self) -> float:
        """Resident memory."""
        pages = int(self._stat("statm").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE

    @property
    def processor_s(self) -> float:
        """Processor time since the start: what others do on this machine does not lengthen it."""
        user, system = self._stat("stat").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def tally(self) -> dict[str, int]:
        """Returns forward passes, hooks and networks as they are now."""
        time.sleep(2 * PERIOD)
        return json.loads(self._tally.read_text())

    def _stat(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text()
