"""A preload happens once, in the background."""

import sys

from inspector.ui.preload import start


def test_modules_are_imported_once_by_a_thread(tmp_path, monkeypatch):
    (tmp_path / "planted_module.py").write_text(
        "import threading\nwho = threading.current_thread()"
    )
    monkeypatch.syspath_prepend(tmp_path)
    thread = start(("planted_module",))
    thread.join()
    assert sys.modules.pop("planted_module").who is thread
    assert start(("planted_module",)) is thread
