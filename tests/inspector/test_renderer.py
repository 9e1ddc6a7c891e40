"""The one browser behind all pictures: started when needed, replaced when lost, ended for good."""

import os
import subprocess
import sys
import threading

import plotly.graph_objects as go
import pytest

from inspector import renderer
from inspector.renderer import ExportUnavailable, Renderer

FIGURE = go.Figure(go.Bar(y=[1, 2]))
PNG = {"format": "png", "width": 60, "height": 50, "scale": 1}


@pytest.fixture(scope="module")
def drawing():
    own = Renderer()
    yield own
    own.close()


def process(drawing):
    return drawing._session._browser.subprocess


@pytest.mark.browser
def test_several_threads_share_one_browser(drawing):
    found = [drawing.picture(FIGURE, PNG)]
    first = process(drawing)
    threads = [
        threading.Thread(target=lambda: found.append(drawing.picture(FIGURE, PNG)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [content[:4] for content in found] == [b"\x89PNG"] * 4
    assert process(drawing) is first


@pytest.mark.browser
def test_a_browser_that_died_is_replaced_and_closing_leaves_no_process(drawing):
    drawing.picture(FIGURE, PNG)
    lost = process(drawing)
    lost.kill()
    assert drawing.picture(FIGURE, PNG).startswith(b"\x89PNG")
    last = process(drawing)
    assert last.pid != lost.pid
    drawing.close()
    assert last.poll() is not None
    assert lost.poll() is not None


@pytest.mark.browser
def test_a_program_that_draws_ends_quietly_and_without_leftovers():
    program = (
        "from inspector.renderer import RENDERER\n"
        "import plotly.graph_objects as go\n"
        f"print(len(RENDERER.picture(go.Figure(), {PNG})) > 0)\n"
        "print(RENDERER._session._browser.subprocess.pid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    drew, pid = done.stdout.split()
    assert (drew, done.stderr, done.returncode) == ("True", "", 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_a_browser_that_cannot_start_is_given_up_after_two_tries(monkeypatch, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(broken))
    with pytest.raises(ExportUnavailable, match=r"failed twice \(BrowserFailedError\)\. Install"):
        Renderer(timeout=20).picture(FIGURE, PNG)


def test_what_hinders_pictures_is_said_beforehand(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert renderer.hindrance() is None
    monkeypatch.setenv("CHROMIUM", str(tmp_path))
    assert "there is none at" in renderer.hindrance()
    monkeypatch.setitem(sys.modules, "choreographer.browsers.chromium", None)
    assert "driven by the package kaleido" in renderer.hindrance()
