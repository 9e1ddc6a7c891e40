"""Alone is a page in this process, without a server: what it shows, no other session can touch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from streamlit.testing.v1 import AppTest

SCRIPT = Path(__file__).parents[2] / "app.py"


def figures(address: str) -> list[dict[str, Any]]:
    """Returns the figures of the page at an address, in plotly's words."""
    page = AppTest.from_file(str(SCRIPT), default_timeout=120)
    for name, text in parse_qsl(address):
        page.query_params[name] = text
    return [json.loads(node.proto.spec) for node in page.run().get("plotly_chart")]
