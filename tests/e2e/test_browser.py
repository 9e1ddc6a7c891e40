"""The helper itself, on a script of twenty lines: what it waits for, refuses and reports."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.server import App, script_command

pytestmark = pytest.mark.browser

SCRIPT = """
import time
import plotly.graph_objects as go
import streamlit as st

st.session_state.setdefault("clicks", 0)
if st.button("Click"):
    time.sleep(0.3)
    st.session_state.clicks += 1
st.text(f"{st.session_state.clicks} clicks")

@st.fragment
def piece():
    st.text("on" if st.toggle("Switch") else "off")

piece()
if "chart" in st.query_params:
    with st.container(key="map"):
        st.plotly_chart(go.Figure(go.Heatmap(z=[[1, 2]]), {"title": {"text": "two cells"}}))
file = st.file_uploader("Image", type=["png"])
st.text(f"{file.name}: {file.getvalue()!r}" if file else "no file")
st.download_button("Save", b"some bytes", "some.bin", on_click="ignore")
if "foreign" in st.query_params:
    st.markdown("![picture](http://example.invalid/x.png)")
if "broken" in st.query_params:
    raise LookupError("planted")
"""


@pytest.fixture(scope="module")
def small_app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small_app")
    (folder / "script.py").write_text(SCRIPT)
    with App(script_command(folder / "script.py"), cwd=folder) as app:
        yield app


@pytest.fixture
def page(small_app, browser):
    return browser.open(small_app.url)


def test_rerun_returns_when_the_new_run_is_drawn(browser, page):
    browser.rerun(page, page.get_by_role("button", name="Click").click)
    assert page.get_by_text("1 clicks").is_visible()


def test_rerun_notices_the_short_run_of_a_fragment(browser, page):
    browser.rerun(page, page.get_by_text("Switch").click)
    assert page.get_by_text("on", exact=True).is_visible()


def test_rerun_says_when_nothing_ran(browser, small_app, monkeypatch):
    page = browser.open(small_app.url)
    monkeypatch.setattr(browser, "_timeout_s", 0.3)
    with pytest.raises(TimeoutError, match="did the action change a widget"):
        browser.rerun(page, page.get_by_text("0 clicks").click)


def test_a_figure_is_drawn_when_it_is_handed_over(browser, small_app):
    page = browser.open(f"{small_app.url}/?chart=1")
    assert "two cells" in browser.figure(page, key="map").locator("..").text_content()


def test_an_uploaded_file_reaches_the_script(browser, page):
    browser.upload(page, "Image", {"name": "a.png", "mimeType": "image/png", "buffer": b"abc"})
    assert page.get_by_text("a.png: b'abc'").is_visible()


def test_a_refused_file_starts_no_run(browser, page):
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"abc"}
    browser.upload(page, "Image", file, runs=False)
    page.get_by_text("not allowed").wait_for()
    assert page.get_by_text("no file").is_visible()


def test_a_download_brings_bytes_and_name(browser, page):
    assert browser.download(page, "Save") == (b"some bytes", "some.bin")


def test_each_context_is_a_session_of_its_own(browser, page, small_app):
    browser.rerun(page, page.get_by_role("button", name="Click").click)
    other = browser.open(small_app.url)
    assert other.get_by_text("0 clicks").is_visible()
    assert browser.pages == [page, other]


def test_a_foreign_address_is_refused_and_listed(browser, small_app):
    browser.open(f"{small_app.url}/?foreign=1")
    assert browser.blocked == ["http://example.invalid/x.png"]
    browser.blocked.clear()


def test_an_exception_box_is_reported(browser, small_app):
    page = browser.open(f"{small_app.url}/?broken=1")
    (box,) = browser.exceptions(page)
    assert "planted" in box
    page.context.close()


def test_a_shot_is_a_png_of_the_page(browser, page, tmp_path):
    picture = browser.shot(page, tmp_path / "new" / "page.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 1280


def test_the_server_and_its_port_are_gone_after_the_block(tmp_path: Path):
    (tmp_path / "_stcore").mkdir()
    (tmp_path / "_stcore" / "health").touch()
    with App([sys.executable, "-m", "http.server", "--bind", "127.0.0.1"], cwd=tmp_path) as app:
        assert "/_stcore/health" in app.log()
    assert app.process.poll() is not None
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", app.port)):
        pass


def test_a_server_that_ends_at_once_shows_what_it_wrote(tmp_path: Path):
    command = [sys.executable, "-c", "print('no such option'); raise SystemExit(3)"]
    with pytest.raises(RuntimeError, match="ended with 3:\nno such option"):
        App(command, cwd=tmp_path).__enter__()


def test_a_missing_browser_is_named_with_a_way_out(monkeypatch):
    monkeypatch.setattr("tests.chromium.find", lambda: None)
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        Browser().__enter__()
