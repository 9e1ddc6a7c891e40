"""What every test may rely on: no download, and a reason in place of what is not here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import chromium

ROOT = Path(__file__).parents[1]

os.environ["HF_HUB_OFFLINE"] = "1"  # set before timm is imported: no test may fetch weights


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs a folder or a browser that is missing; in CI a missing browser fails."""
    if item.get_closest_marker("shared") and not (ROOT.parent / "shared").is_dir():
        pytest.skip("the folder shared/ does not lie beside the project")
    if item.get_closest_marker("browser"):
        _needs_chromium()


def _needs_chromium() -> None:
    path = chromium.find()
    if path is None:
        leave = pytest.fail if chromium.required() else pytest.skip
        leave(chromium.MISSING)
    os.environ["CHROMIUM"] = path  # the export draws with it too; it does not know Playwright's own
