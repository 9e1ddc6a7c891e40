"""Every hostile and odd file of the shared folder through the uploader of the running app."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from inspector.gallery import GALLERY
from inspector.ui.own_pictures import MOST

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty"
TABLE = NASTY / "expected.json"
CASES = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else []
NOT_TAKEN = (".svg", ".ico")
"""Endings that the uploader does not take."""
MIB = 2**20

pytestmark = [
    pytest.mark.browser,
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not CASES, reason="needs ../shared/data/nasty"),
]


@pytest.fixture
def page(app, browser):
    return browser.open(f"{app.url}/?model=dia_resnet")


def put(browser, page, files, *, runs=True):
    """Puts files into the uploader, and waits for what the page makes of them."""
    picker = page.get_by_test_id("stFileUploader").filter(has_text="Your own pictures")
    paths = [NASTY / name for name in files]
    given = picker.locator('input[type="file"]').set_input_files
    browser.rerun(page, lambda: given(paths)) if runs else given(paths)


def memory_of(app):
    status = Path(f"/proc/{app.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def test_each_is_shown_or_refused_by_name_and_the_page_lives_on(app, browser, page):
    names = [case["file"] for case in CASES if not case["file"].endswith(NOT_TAKEN)]
    expected = {case["file"]: case["expect"] for case in CASES}
    start = memory_of(app)
    for place in range(0, len(names), MOST):
        put(browser, page, names[place : place + MOST])
        batch = names[: place + MOST][-MOST:]  # the last of them, with the latest before
        pictures = page.get_by_role("radiogroup", name="Picture").get_by_role("radio")
        alerts = page.get_by_test_id("stSidebar").get_by_test_id("stAlert").all_inner_texts()
        refused = {name for name in batch if any(name in alert for alert in alerts)}
        assert refused == {name for name in batch if expected[name] == "reject"} | {
            name for name in refused if expected[name] == "either"
        }
        expect(pictures).to_have_count(len(GALLERY) + len(batch) - len(refused))
        assert browser.exceptions(page) == []
        assert browser.figure(page).is_visible()
    assert "XSS" not in page.title()
    assert "Traceback" not in app.log()
    assert memory_of(app) - start < 700 * MIB  # of which decoding takes 400 at its peak


def test_what_the_uploader_does_not_take_is_told_there(browser, page):
    put(
        browser,
        page,
        [name["file"] for name in CASES if name["file"].endswith(NOT_TAKEN)],
        runs=False,
    )
    page.get_by_text("files are not allowed").first.wait_for()
    assert browser.figure(page).is_visible()
