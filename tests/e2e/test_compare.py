"""Two pictures held against each other, as a reader does it."""

import io

import numpy as np
import pytest
import xarray as xr
from playwright.sync_api import Page, expect

from tests.browser import Browser
from tests.e2e.conftest import ARTIFACTS
from tests.e2e.pointing import cell

pytestmark = pytest.mark.browser

NETWORK = "deit_mrlab_tiny_patch16_224"


def picture(browser: Browser, page: Page, name: str) -> None:
    """Chooses a picture of the gallery by what a screen reader calls it."""
    chosen = page.get_by_test_id("stSidebar").get_by_role("radio", name=name, exact=True)
    browser.rerun(page, chosen.click)


def photographed(browser: Browser, page: Page) -> None:
    """Pictures of the page in light and dark, wide and narrow."""
    for width, height in ((1280, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            browser.idle(page)
            browser.shot(page, ARTIFACTS / "screens" / f"compare-{width}-{scheme}.png")
        assert page.evaluate("document.body.scrollWidth") == width
    narrow = page.get_by_test_id("stPlotlyChart").evaluate("chart => chart.clientWidth")
    assert narrow > 640  # it is scrolled, not squeezed


def test_a_picture_is_pinned_and_another_held_against_it(app, browser):
    page = browser.open(f"{app.url}/?page=compare&model={NETWORK}&view=mrla_retrieval")
    browser.rerun(page, page.get_by_role("button", name="Pin B as A").click)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("B minus A is exactly 0 in every cell.")
    picture(browser, page, "Hot-air balloons")
    expect(page.get_by_role("img", name="A: chelsea.png")).to_be_visible()
    expect(page.get_by_role("img", name="B: balloons.png")).to_be_visible()
    expect(main).not_to_contain_text("exactly 0")
    figure = browser.figure(page).locator("..")
    expect(figure).to_contain_text("A and B on one scale")
    expect(figure).to_contain_text("A and B: RANDOM WEIGHTS")
    content, name = browser.download(page, "Save arrays")
    assert name.startswith(f"{NETWORK}-chelsea-")
    assert name.endswith("-mrla_retrieval.nc")
    tree = xr.load_datatree(io.BytesIO(content), engine="h5netcdf")
    a, b, change = (tree[f"{side}/blocks.0-3/weight"] for side in ("A", "B", "B minus A"))
    np.testing.assert_array_equal(change, b.astype(float) - a.astype(float))
    browser.rerun(page, page.get_by_role("button", name="Keep", exact=True).click)
    expect(page.get_by_role("button", name="Kept", exact=True)).to_be_disabled()
    x, y = cell(browser.figure(page), 6, (2, 1), (4, 4))
    browser.rerun(page, lambda: page.mouse.click(x, y))
    expect(page.locator(".st-key-crumbs")).to_contain_text("retrieved layer blocks.5")
    assert "set.layer=blocks.6" in page.url
    photographed(browser, page)
    again = browser.open(page.url)
    expect(again.get_by_role("img", name="A: chelsea.png")).to_be_visible()
    expect(again.get_by_role("img", name="B: balloons.png")).to_be_visible()
