"""A pace is how long a reader waits: for a click, for a new picture, for the first screen."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from inspector.gallery import find
from inspector.ui.network import FIRST_MODEL
from tests.browser import Browser
from tests.reader import Reader
from tests.server import App
from tests.soak.server import ROOT, Watched

CLICKS = {
    "head": ("resnet50_mrlab", "mrla_retrieval", "head"),
    "slot": ("eamlp_7", "external_places", "slot"),
    "layer": ("eamlp_7", "external_slots", "layer"),
    "scale": ("resnet50_mrlab", "mrla_retrieval", "scale"),
    "quantity": ("dia_resnet", "dia_gates", "quantity"),
}
"""Of each kind of click the network, the view and the control."""

OTHER = find("coffee")
"""The picture that is chosen in the place of the first."""

OPTIONS = 6
"""Settings of a control that are tried, each once before and once while time is taken."""

FORWARD = f"""
import time
begin = time.perf_counter()
import streamlit, plotly.graph_objects, torch
from inspector.gallery import GALLERY
from inspector.images import prepare
from inspector.zoo import load_model
model = load_model("{FIRST_MODEL}")
batch = prepare(GALLERY[0].load(), model.card).tensor
with torch.inference_mode():
    model.module(batch)
print(time.perf_counter() - begin)
begin = time.perf_counter()
with torch.inference_mode():
    model.module(batch)
print(time.perf_counter() - begin)
"""
"""What nobody can do without: the imports and one pass; then a pass alone."""


@dataclass(frozen=True)
class Clicks:
    """Clicks of one kind.

    Attributes:
        seconds: of each script run.
        processor_s: that one run takes of the processor.
        passes: forward passes in all of them.
    """

    seconds: list[float]
    processor_s: float
    passes: int


async def clicks(app: Watched, kind: str) -> Clicks:
    """Returns what it takes to set a control to what it was set to before, on a warm page."""
    model, view, control = CLICKS[kind]
    async with Reader(app.url, f"model={model}&view={view}") as reader:
        key = next(key for key in reader.keys if key.startswith(f"{view}-{control}-"))
        settings = _settings(reader, key)
        for do in settings:
            await do()
        passes, spent = app.tally()["passes"], app.processor_s
        seconds = [await do() for do in settings]
        each = (app.processor_s - spent) / len(seconds)
        return Clicks(seconds, each, app.tally()["passes"] - passes)


async def first_clicks(app: Watched, kind: str) -> Clicks:
    """Returns the same for settings that nobody has asked for before: each is drawn anew."""
    model, view, control = CLICKS[kind]
    async with Reader(app.url, f"model={model}&view={view}&picture=rocket") as reader:
        key = next(key for key in reader.keys if key.startswith(f"{view}-{control}-"))
        passes, spent = app.tally()["passes"], app.processor_s
        seconds = [await do() for do in _settings(reader, key)]
        each = (app.processor_s - spent) / len(seconds)
        return Clicks(seconds, each, app.tally()["passes"] - passes)


def _settings(reader: Reader, key: str) -> list[Callable[[], Awaitable[float]]]:
    shown = reader.find(key)
    if shown.element.HasField("checkbox"):
        return [lambda: reader.switch(key, True), lambda: reader.switch(key, False)] * 2
    options = list(shown.content.options)[1 : 1 + OPTIONS]
    return [lambda option=option: reader.choose(key, option) for option in options]


async def pictures(app: Watched, names: list[str]) -> list[float]:
    """Returns the seconds from a new picture to all panels of the overview, picture by picture."""
    async with Reader(app.url, f"model={FIRST_MODEL}") as reader:
        options = [option.content for option in reader.find("picture").content.options]
        chosen = [next(o for o in options if o.startswith(f"![{name}")) for name in names]
        return [await reader.choose("picture", option) for option in chosen]


def redraws(browser: Browser, url: str) -> list[float]:
    """Returns the seconds from a click on a head to its figure, in a browser."""
    page = browser.open(f"{url}/?view=mrla_retrieval")
    box = page.get_by_role("combobox", name="Head")
    box.click()
    names = [name for name in page.get_by_role("option").all_inner_texts() if name][:OPTIONS]
    page.keyboard.press("Escape")
    return [_redraw(browser, page, name) for name in [*names, *names]][len(names) :]


def _redraw(browser: Browser, page: Page, name: str) -> float:
    """One click, timed inside the page: from the click to the frame that has the new figure."""
    box = page.get_by_role("combobox", name="Head")
    box.click()
    option = page.get_by_role("option", name=name, exact=True)
    option.wait_for()
    page.evaluate(WATCH, f"Head: {name}")
    option.click()
    while not (seconds := page.evaluate("window.redrawn")):
        page.wait_for_timeout(20)  # the page's policy lets no condition be waited for
    browser.idle(page)
    return float(seconds)


WATCH = """said => {
  window.redrawn = 0;
  let begin = 0;
  const clicked = () => { begin = performance.now(); };
  addEventListener('pointerdown', clicked, {once: true, capture: true});
  const look = () => {
    const figure = document.querySelector('[data-testid="stPlotlyChart"] .main-svg');
    const told = [...document.querySelectorAll('.js-plotly-plot text')].map(t => t.textContent);
    if (begin && figure && told.join(' ').includes(said)) {
      window.redrawn = (performance.now() - begin) / 1000;
    } else { requestAnimationFrame(look); }
  };
  requestAnimationFrame(look);
}"""
"""The figure says below it what is chosen: it is there once that is read in it."""


@dataclass(frozen=True)
class Start:
    """Seconds of a cold start: to the heading, to the first figure, and of a later first click."""

    heading: float
    figure: float
    after_waiting: float


def start(browser: Browser, wait_s: float = 10) -> Start:
    """Starts a server and opens it at once."""
    page = browser.context().new_page()
    begin = time.perf_counter()
    with App([sys.executable, "-m", "inspector", "app", "--port"], cwd=ROOT) as app:
        page.goto(app.url, wait_until="domcontentloaded")
        page.get_by_role("heading", level=1).wait_for()
        heading = time.perf_counter() - begin
        page.locator(".main-svg").first.wait_for()
        figure = time.perf_counter() - begin
        page.wait_for_timeout(1000 * wait_s)
        chosen = time.perf_counter()
        page.get_by_role("radio", name=OTHER.title).click()
        page.get_by_role("img", name=OTHER.load().name).wait_for()
        return Start(heading, figure, time.perf_counter() - chosen)


def forward() -> tuple[float, float]:
    """Returns the seconds of imports and one pass in a new process, and of a pass alone."""
    asked = [sys.executable, "-c", FORWARD]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    first, plain = map(float, done.stdout.split())
    return first, plain
