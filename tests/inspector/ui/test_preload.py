"""A preload happens once, in the background."""

import sys

import pytest

from inspector.ui import preload

start = preload.start  # the page's own; that of its tests does nothing


@pytest.fixture(autouse=True)
def not_yet_started():
    start.clear()
    yield
    start.clear()


def test_modules_are_imported_once_by_a_thread(tmp_path, monkeypatch):
    (tmp_path / "planted_module.py").write_text(
        "import threading\nwho = threading.current_thread()"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(preload, "MODULES", ("planted_module",))
    thread = start()
    thread.join()
    assert sys.modules.pop("planted_module").who is thread
    assert start() is thread
