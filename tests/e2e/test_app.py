"""The app as a reader meets it: a photograph goes in, every view is looked at, files come out."""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image
from playwright.sync_api import Page, expect

from inspector import shipped
from inspector.cards import CARDS
from inspector.gallery import GALLERY
from inspector.ui.network import FIRST_MODEL
from tests.browser import Browser
from tests.e2e.conftest import ARTIFACTS
from tests.e2e.pointing import cell

pytestmark = pytest.mark.browser

PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "photos"
FAMILIES = ("cifar_resnet56_mrlab", "resnet50_mrlab", "resnet50_mrlal", "dia_resnet", "eamlp_7")
COMPUTED_FOR = "dia_resnet"
"""Where costly views are computed too: the smallest of the networks."""


@pytest.fixture
def photo() -> dict:
    """A photograph as an upload: a real one where there are any, else noise of 12 megapixels."""
    real = PHOTOS / "giraffes.jpg"
    content = real.read_bytes() if real.exists() else _noise()
    return {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": content}


def _noise() -> bytes:
    coarse = np.random.default_rng(0).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse).resize((4000, 3000)).save(file, "JPEG")
    return file.getvalue()


def options(page: Page, group: str) -> list[str]:
    return page.get_by_role("radiogroup", name=group).get_by_role("radio").all_inner_texts()


def views(browser: Browser, page: Page) -> Iterator[str]:
    """Goes to the overview and to every view, topic by topic, and gives its title."""
    first, *topics = options(page, "Topic")
    yield first
    for topic in topics:
        choose(browser, page, topic, "Topic")
        for title in options(page, "View"):
            choose(browser, page, title)
            yield title


def choose(browser: Browser, page: Page, title: str, group: str = "View") -> None:
    radios = page.get_by_role("radiogroup", name=group)
    radio = radios.get_by_role("radio", name=title, exact=True)
    if not radio.is_checked():
        browser.rerun(page, radio.click)


def pictures_of(browser: Browser, page: Page, name: str) -> None:
    """A picture of the page as it is, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        browser.idle(page)
        browser.shot(page, ARTIFACTS / "screens" / f"{name}-{scheme}.png")
    page.emulate_media(color_scheme="light")


def test_the_first_screen_shows_the_first_figure(app, browser):
    page = browser.open(app.url)
    figure = browser.figure(page)
    box = figure.bounding_box()
    assert box["y"] < 500
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    assert page.get_by_role("alert").count() == 0
    assert page.get_by_role("img", name="as the network saw it").is_visible()
    weights = page.get_by_role("combobox", name="Weights")
    expect(weights).to_have_value(f"Trained ({shipped.share(FIRST_MODEL)} right)")


def test_the_random_twin_of_the_first_figure_is_one_click_away_and_warned_of(app, browser):
    page = browser.open(app.url)
    page.get_by_role("combobox", name="Weights").click()
    browser.rerun(page, page.get_by_role("option", name="Random").click)
    assert page.get_by_role("alert").filter(has_text="RANDOM WEIGHTS").is_visible()
    assert browser.figure(page).is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("model", FAMILIES)
def test_a_photograph_is_seen_through_every_view(app, browser, photo, model):
    tall = browser.context(viewport={"width": 1280, "height": 1500})
    page = browser.open(f"{app.url}/?model={model}", context=tall)
    browser.upload(page, "Your own picture", photo)
    for place, title in enumerate(views(browser, page)):
        compute = page.get_by_role("button", name=f"Compute {title}")
        if model == COMPUTED_FOR and compute.is_visible():
            browser.rerun(page, compute.click)
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
        if not compute.is_visible():
            expect(browser.figure(page).locator("..")).to_contain_text("mine.jpg")
        pictures_of(browser, page, f"{model}-{place}")
        assert browser.exceptions(page) == []
    assert page.viewport_size["width"] == page.evaluate("document.body.scrollWidth")


def test_the_pointer_reads_the_number_that_is_saved(app, browser):
    page = browser.open(f"{app.url}/?picture=coffee&view=mrla_retrieval")
    content, name = browser.download(page, "Save arrays")
    assert name.endswith("mrla_retrieval.nc")
    weight = xr.load_datatree(io.BytesIO(content), engine="h5netcdf")["layer3"]["weight"]
    figure = browser.figure(page)
    for step in (0, 2):  # plotly answers the second move
        x, y = cell(figure, panel=4, place=(4, 1), shape=weight.shape)
        page.mouse.move(x + step, y)
    hover = figure.locator("..").locator(".hoverlayer")
    told = re.compile(r"\(share of 1\) *([\d.e-]+?)(?=uniform)")
    expect(hover).to_contain_text(told)
    number = float(told.search(hover.text_content())[1])
    # Plotly writes a small number out, where Python takes an exponent: numbers are compared.
    assert number == pytest.approx(float(weight[4, 1]), rel=5e-6)


def test_figures_come_out_as_files(app, browser, tmp_path):
    page = browser.open(f"{app.url}/?view=mrla_retrieval")
    picture, name = browser.download(page, "Save PNG")
    assert name == f"{FIRST_MODEL}-{GALLERY[0].load().slug}-mrla_retrieval.png"
    shown = browser.figure(page).bounding_box()
    assert Image.open(io.BytesIO(picture)).size == (2 * shown["width"], 2 * shown["height"])
    drawing, _ = browser.download(page, "Save SVG")
    assert f"{FIRST_MODEL}.safetensors".encode() in drawing
    assert b"chelsea.png" in drawing


def test_a_saved_page_opens_without_a_network(app, browser, tmp_path):
    page = browser.open(f"{app.url}/?view=mrla_retrieval")
    content, _ = browser.download(page, "Save HTML")
    (tmp_path / "figure.html").write_bytes(content)
    context = browser.context(offline=True)
    page = context.new_page()
    page.set_content(content.decode())
    expect(page.locator(".main-svg").first).to_be_visible()
    expect(page.locator("body")).to_contain_text(f"{FIRST_MODEL}.safetensors")
    assert page.get_by_text("Share chart").count() == 0


def test_a_link_restores_what_was_looked_at(app, browser):
    page = browser.open(app.url)
    browser.rerun(page, page.get_by_role("radio", name="Cup of espresso").click)
    choose(browser, page, "Layers alike", "Topic")
    choose(browser, page, "Layer similarity")
    again = browser.open(page.url)
    expect(again.get_by_role("radio", name="Cup of espresso")).to_be_checked()
    expect(again.get_by_role("radio", name="Layer similarity", exact=True)).to_be_checked()


def test_a_click_on_a_cell_selects_it_in_every_view(app, browser):
    page = browser.open(app.url)
    figure = browser.figure(page, key="overview")
    place = cell(figure, panel=4, place=(4, 1), shape=(6, 6))
    browser.rerun(page, lambda: page.mouse.click(*place))
    way = page.locator(".st-key-crumbs")
    expect(way).to_contain_text("layer layer3.4")
    expect(way).to_contain_text("retrieved layer layer3.1")
    browser.rerun(page, page.get_by_role("button", name="MRLA derived contribution").click)
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("layer3.4")
    again = browser.open(page.url)
    expect(again.locator(".st-key-crumbs")).to_contain_text("retrieved layer layer3.1")
    expect(again.get_by_role("combobox", name="Layer")).to_have_value("layer3.4")
    browser.rerun(again, again.get_by_role("button", name="All layers").click)
    expect(again.locator(".st-key-crumbs")).not_to_contain_text("layer3")


def test_the_arrow_keys_step_through_the_layers(app, browser):
    page = browser.open(app.url)
    way = page.locator(".st-key-crumbs")
    for name in ("layer1.0", "layer1.1"):
        browser.rerun(page, lambda: page.keyboard.press("ArrowRight"))
        expect(way).to_contain_text(f"layer {name}")
    browser.rerun(page, lambda: page.keyboard.press("ArrowLeft"))
    expect(way).to_contain_text("layer layer1.0")


def test_a_long_computation_can_be_cancelled_and_asked_for_again(app, browser):
    page = browser.open(f"{app.url}/?view=mrla_retrieval")
    page.get_by_role("combobox", name="Held against").click()
    browser.rerun(page, page.get_by_role("option", name="99 random networks").click)
    compute = page.get_by_role("button", name="Compute MRLA retrieval")
    compute.click()
    cancel = page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    for _ in range(8):  # the page moves while the bar appears: a click may miss, as a reader's may
        with suppress(AssertionError):
            cancel.click()
            expect(compute).to_be_visible(timeout=4_000)
            break
    expect(compute).to_be_visible()
    expect(cancel).to_be_hidden()
    assert page.locator(".main-svg").count() == 0


def test_a_network_is_found_by_a_part_of_its_title_or_by_the_name_timm_gives_it(app, browser):
    page = browser.open(f"{app.url}/?model=dia_resnet")
    for typed, title in (
        ("ECA", "ECA-ResNet-50-T"),
        ("vit_tiny_patch16_224", "vit_tiny_patch16_224"),
        ("swin_tiny_patch4_window7_224", "swin_tiny_patch4_window7_224"),
    ):
        box = page.get_by_role("combobox", name="Network")
        box.click()
        box.fill(typed)
        page.get_by_text(f"Add: {typed}").wait_for()
        browser.rerun(page, lambda box=box: box.press("Enter"))
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("windows of the image are folded")


def test_a_hostile_name_fetches_nothing(app, browser, photo):
    page = browser.open(app.url)
    name = "![x](y) www.example.invalid a@example.invalid.jpg"
    browser.upload(page, "Your own picture", photo | {"name": name})
    assert page.get_by_role("link", name="example.invalid").count() == 0
    assert browser.exceptions(page) == []


def test_the_ink_of_a_figure_follows_the_page_without_a_run(app, browser):
    page = browser.open(app.url)
    title = browser.figure(page).locator("..").get_by_text("retrieved layer").first
    dark, light = r"[1-5]?\d", r"(20[1-9]|2[1-5]\d)"
    # The figure is drawn anew for the other colours, and while it is, the title is gone.
    expect(title).to_have_css("fill", re.compile(rf"^rgb\({dark}, {dark}, {dark}\)$"))
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_test_id("stApp")).not_to_have_css("background-color", "rgb(255, 255, 255)")
    expect(title).to_have_css("fill", re.compile(rf"^rgb\({light}, {light}, {light}\)$"))


def test_a_narrow_screen_has_everything_below_each_other(app, browser):
    page = browser.open(app.url, context=browser.context(viewport={"width": 390, "height": 844}))
    assert page.evaluate("document.body.scrollWidth") == 390
    assert page.get_by_role("heading", name=CARDS[FIRST_MODEL].title).is_visible()
