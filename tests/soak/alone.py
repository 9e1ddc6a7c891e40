"""Alone is a page in a process of its own, without a server: no other session can touch it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

ROOT = Path(__file__).parents[2]

Figures = list[dict[str, Any]]
"""The figures of one page, in plotly's words."""


def figures(addresses: Iterable[str]) -> dict[str, Figures]:
    """Returns the figures of the page at each address, all from one fresh process."""
    asked = sorted(set(addresses))
    command = [sys.executable, "-m", "tests.soak.alone", *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(zip(asked, json.loads(done.stdout), strict=True))


def _shown(address: str) -> Figures:
    from streamlit.testing.v1 import AppTest  # noqa: PLC0415 - in that process alone

    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, text in parse_qsl(address):
        page.query_params[name] = text
    return [json.loads(node.proto.spec) for node in page.run().get("plotly_chart")]


if __name__ == "__main__":
    sys.stdout.write(json.dumps([_shown(address) for address in sys.argv[1:]]))
