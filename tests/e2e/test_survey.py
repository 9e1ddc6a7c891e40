"""A survey, as a visitor makes it: started, cancelled, resumed, and an image of it looked at."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SMALL = "model=dia_resnet"


@pytest.mark.slow
def test_a_small_survey_is_made_and_its_farthest_image_opened(app, browser):
    page = browser.open(f"{app.url}/?page=survey&{SMALL}")
    expect(page.get_by_text("There is no survey yet")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Cancel").click(timeout=120_000)  # seen once there is progress
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible(timeout=120_000)
    browser.idle(page)
    resume.click()
    expect(page.get_by_text("images of samples and own pictures")).to_be_visible(timeout=240_000)
    browser.idle(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    browser.rerun(page, page.get_by_text("Most deviating images").click)
    first = page.get_by_role("button", name="Inspect", exact=True).first
    first.click()
    told = re.compile(r"is the highest of \d+ images in channel gate .* \(DIA-ResNet")
    expect(page.get_by_text(told)).to_be_visible(timeout=120_000)
    browser.idle(page)
    assert "page=survey" not in page.url
