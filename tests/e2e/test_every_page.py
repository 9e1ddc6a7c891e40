"""Every page: named for a screen reader, reached by keyboard, fit for a phone, silent outwards."""

import pytest
from playwright.sync_api import expect

from inspector.ui.pages import PAGES
from inspector.views import TOPICS
from tests.accessible import violations

pytestmark = pytest.mark.browser

SMALL = "model=dia_resnet"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
REACHED = """() => {
  const place = document.activeElement;
  return place === document.body ? '' : place.outerHTML.slice(0, 200);
}"""
STOPS = """() => [...document.querySelectorAll(
    '.stApp button, .stApp input, .stApp [role=combobox], .stApp summary')]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0
            && !e.closest('[role=radiogroup], [data-testid="stPlotlyChart"]'))
  .map(e => e.outerHTML.slice(0, 200))"""
"""What can be done, but for options (arrow keys go through those) and the tool bars of charts."""


def check(browser, page):
    """The page as it is, in light and dark, and as wide as a phone."""
    assert browser.exceptions(page) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        browser.idle(page)
        assert violations(page) == []
    page.set_viewport_size(PHONE)
    browser.idle(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") == PHONE["width"]
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    browser.idle(page)
    assert browser.blocked == []


def test_what_has_no_name_would_be_found(browser):
    page = browser.context().new_page()
    page.set_content("<html lang=en><title>t</title><button></button></html>")
    assert [found.rule for found in violations(page)] == ["button-name"]


@pytest.mark.slow
@pytest.mark.parametrize("key", [page.key for page in PAGES])
def test_a_page_is_fit_for_all_and_asks_no_other_address(app, browser, key):
    check(browser, browser.open(f"{app.url}/?{SMALL}&page={key}"))


@pytest.mark.slow
def test_every_topic_is_fit_for_all_and_asks_no_other_address(app, browser):
    page = browser.open(f"{app.url}/?{SMALL}")
    topics = page.get_by_role("radiogroup", name="Topic").get_by_role("radio")
    for place in range(1, topics.count()):
        browser.rerun(page, topics.nth(place).click)
        check(browser, page)
    assert topics.count() == 1 + len(TOPICS)


def test_everything_that_can_be_done_is_reached_with_the_tab_key(app, browser):
    page = browser.open(f"{app.url}/?{SMALL}&view=dia_gates")
    stops, reached = page.evaluate(STOPS), set()
    for _ in range(len(stops) + 40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(REACHED))
    assert [stop for stop in stops if stop not in reached] == []


def test_a_letter_or_an_arrow_in_a_text_box_steps_to_no_layer(app, browser):
    page = browser.open(f"{app.url}/?{SMALL}")
    browser.rerun(page, lambda: page.keyboard.press("ArrowRight"))
    selected = page.url
    assert "set.layer=" in selected
    box = page.get_by_role("combobox", name="Network")
    box.click()
    box.fill("eca")
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):
        box.press(key)
    box.press("Escape")
    page.wait_for_timeout(500)  # a run that must not come
    browser.idle(page)
    assert page.url == selected
    expect(page.get_by_role("heading", level=1)).to_have_text("DIA-ResNet")
