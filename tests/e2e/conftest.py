"""The running app and the browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import Browser
from tests.server import INSPECTOR, App

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
FAILED = pytest.StashKey[bool]()
PATIENCE_S = 60.0  # a loaded machine is no fault of the app's


# Module scope, not session: while Playwright lives, an event loop counts as running in this thread,
# and asyncio.run() in a later test of another module would refuse to start beside it.
@pytest.fixture(scope="module")
def chromium_process() -> Iterator[Browser]:
    expect.set_options(timeout=1000 * PATIENCE_S)
    with Browser(timeout_s=PATIENCE_S) as browser:
        yield browser


@pytest.fixture
def browser(chromium_process: Browser, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The browser without pages; a test ends with a picture of each open page if it failed.

    A page that is still open then must show no exception box, and none may have asked for a
    foreign address: a test that provokes either closes the page, or clears `blocked`.
    """
    yield chromium_process
    if request.node.stash.get(FAILED, False):
        for number, page in enumerate(chromium_process.pages):
            chromium_process.shot(page, ARTIFACTS / f"{request.node.name}-{number}.png")
    boxes = [text for page in chromium_process.pages for text in chromium_process.exceptions(page)]
    blocked = list(chromium_process.blocked)
    chromium_process.close_pages()
    chromium_process.blocked.clear()
    chromium_process.errors.clear()
    assert boxes == []
    assert blocked == []


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app as `inspector app` serves it, started from a folder that is not the project's."""
    with App([*INSPECTOR, "app", "--port"], cwd=tmp_path_factory.mktemp("elsewhere")) as app:
        yield app


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report
