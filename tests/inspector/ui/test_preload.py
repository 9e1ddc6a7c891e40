"""A preload happens once, in the background."""

import asyncio
import sys

import pytest

from inspector.ui import preload
from inspector.ui.preload import AtTheFirstVisit, start


def test_modules_are_imported_once_by_a_thread(tmp_path, monkeypatch):
    (tmp_path / "planted_module.py").write_text(
        "import threading\nwho = threading.current_thread()"
    )
    monkeypatch.syspath_prepend(tmp_path)
    thread = start(("planted_module",))
    thread.join()
    assert sys.modules.pop("planted_module").who is thread
    assert start(("planted_module",)) is thread


@pytest.mark.parametrize(
    ("kind", "path", "begun"),
    [
        ("http", "/", True),
        ("http", "/proxied/", True),
        ("http", "/_stcore/health", False),
        ("websocket", "/", False),
    ],
)
def test_whoever_asks_for_a_page_has_its_imports_begin(kind, path, begun, monkeypatch):
    started, passed = [], []
    monkeypatch.setattr(preload, "start", started.append)

    async def app(scope, *_):
        passed.append(scope)

    asked = {"type": kind, "path": path}
    asyncio.run(AtTheFirstVisit(app)(asked, None, None))
    assert passed == [asked]
    assert started == [preload.FOR_A_PAGE] * begun
