"""The tray as a reader uses it: two figures are kept, taken along, opened offline, redrawn."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from playwright.sync_api import expect

from inspector.cli import main
from inspector.renderer import RENDERER
from tests.e2e.conftest import ARTIFACTS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def _renderer_ends_with_the_tests():
    yield
    RENDERER.close()


@pytest.fixture
def tray(app, browser):
    """The page of the tray with two figures of a small network in it."""
    page = browser.open(f"{app.url}/?model=dia_resnet&view=dia_gates")
    keep = page.get_by_role("button", name="Keep", exact=True)
    browser.rerun(page, keep.click)
    expect(page.get_by_role("button", name="Kept", exact=True)).to_be_disabled()
    topics = page.get_by_role("radiogroup", name="Topic")
    browser.rerun(page, topics.get_by_role("radio", name="Prediction").click)
    browser.rerun(page, keep.click)
    pages = page.get_by_role("radiogroup", name="Page")
    browser.rerun(page, pages.get_by_role("radio", name="Tray").click)
    return page


def test_two_figures_are_kept_and_taken_along(tray, browser, tmp_path, capsys):
    assert tray.get_by_role("img", name=re.compile("DIA shared gates. layer1")).is_visible()
    content, name = browser.download(tray, "Save all as ZIP")
    assert name == "kept-figures.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    written = {path.name for path in tmp_path.iterdir()}
    ends = (".svg", ".png", ".pdf", ".nc", ".capsule.zip")
    assert written == {
        *(f"01-dia_gates{end}" for end in ends),
        *(f"02-predictions{end}" for end in ends),
        "report.html",
    }
    for capsule in tmp_path.glob("*.capsule.zip"):
        assert main(["reproduce", str(capsule)]) == 0
        assert "figure: identical on this machine" in capsys.readouterr().out


def test_the_page_of_the_tray_opens_without_a_network(tray, browser, tmp_path):
    content, _ = browser.download(tray, "Save all as HTML")
    path = tmp_path / "kept.html"
    path.write_bytes(content)
    offline = browser.context(offline=True).new_page()
    asked = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.set_content(content.decode())
    expect(offline.get_by_role("heading", name="1. DIA shared gates")).to_be_visible()
    expect(offline.locator(".main-svg").first).to_be_visible()
    expect(offline.get_by_role("figure").first).to_have_attribute("aria-label", re.compile("DIA"))
    assert asked == []


def test_order_and_titles_are_the_readers(tray, browser):
    titles = tray.get_by_role("textbox", name="Title of figure")
    titles.first.fill("Gates")
    browser.rerun(tray, lambda: titles.first.press("Enter"))
    browser.rerun(tray, tray.get_by_role("button", name="Down").first.click)
    expect(titles.first).to_have_value("Predicted classes")
    expect(titles.nth(1)).to_have_value("Gates")
    for scheme in ("light", "dark"):
        tray.emulate_media(color_scheme=scheme)
        browser.idle(tray)
        browser.shot(tray, ARTIFACTS / "screens" / f"tray-{scheme}.png")
    tray.set_viewport_size({"width": 390, "height": 844})
    browser.idle(tray)
    browser.shot(tray, ARTIFACTS / "screens" / "tray-narrow.png")
    assert tray.evaluate("document.body.scrollWidth") == 390
    browser.rerun(tray, tray.get_by_role("button", name="Remove").first.click)
    expect(titles).to_have_count(1)
