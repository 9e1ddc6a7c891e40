"""What if, as a reader asks it: a cell is clicked, cut, and its effect passed on as a link."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.pointing import cell

pytestmark = pytest.mark.browser

PANEL = 4
"""Of the retrieval map's traces the third stage of the network: each stage has its cells, and those
out of reach."""


def verdict(page):
    return page.locator("strong", has_text="The predicted class")


def test_a_clicked_edge_is_cut_and_its_effect_is_passed_on(app, browser):
    page = browser.open(f"{app.url}/?page=whatif&picture=cat")
    figure = browser.figure(page)
    browser.rerun(page, lambda: page.mouse.click(*cell(figure, PANEL, (4, 1), (6, 6))))
    expect(page.get_by_text("layer3.4 retrieves layer3.1: retrieval weight")).to_be_visible()
    browser.rerun(page, page.get_by_role("button", name="Cut", exact=True).click)
    expect(verdict(page)).to_be_visible()
    assert "do=mrla~layer3.4~retrieved_layer~layer3.1~cut" in page.url
    numbers = re.findall(r"-?\d[\d.e-]*", verdict(page).inner_text())
    assert len(numbers) == 4  # three effects, and the 2 of L2
    again = browser.open(page.url)
    expect(verdict(again)).to_have_text(verdict(page).inner_text())
    browser.rerun(again, again.get_by_role("button", name="Reset all").click)
    expect(verdict(again)).to_be_hidden()
    assert "do=" not in again.url
    browser.rerun(again, lambda: again.keyboard.press("Control+z"))
    expect(verdict(again)).to_have_text(verdict(page).inner_text())
