"""Browser: a headless Chromium that opens the app as a reader would and stays on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests import chromium

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page, Route, WebSocket

LOOPBACK = ("http://127.0.0.1", "http://localhost", "data:", "blob:")
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
# "Not running" alone comes too early: the chart code is a download of its own, shown as a skeleton.
IDLE = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const waiting = '[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]';
  return app?.dataset.testConnectionState === 'CONNECTED'
    && app.dataset.testScriptState === 'notRunning'
    && !document.querySelector(waiting)
    && [...document.querySelectorAll('[data-testid="stPlotlyChart"]')]
         .every(chart => chart.querySelector('.main-svg'));
}"""


class Browser:
    """A Chromium for the length of a `with` block. Each context is a Streamlit session of its own.

    Attributes:
        blocked: the foreign addresses that pages asked for; each was refused.
        errors: what pages threw and did not catch.
    """

    def __init__(self, *, width: int = 1280, height: int = 900, timeout_s: float = 30) -> None:
        self._viewport = {"width": width, "height": height}
        self._timeout_s = timeout_s
        self._finished_runs: dict[Page, int] = {}
        self.blocked: list[str] = []
        self.errors: list[str] = []

    def __enter__(self) -> Self:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only browser tests need it

        path = chromium.find()
        if path is None:
            raise RuntimeError(chromium.MISSING)
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=path, args=FLAGS)
        return self

    def __exit__(self, *_: object) -> None:
        self._chromium.close()
        self._playwright.stop()

    @property
    def pages(self) -> list[Page]:
        """All open pages, oldest context first."""
        return [page for context in self._chromium.contexts for page in context.pages]

    def context(self, **options: Any) -> BrowserContext:
        """A fresh session; the options are Playwright's, for instance color_scheme="dark"."""
        ours = {"viewport": self._viewport, "reduced_motion": "reduce", "color_scheme": "light"}
        context = self._chromium.new_context(**{**ours, **options})
        context.set_default_timeout(1000 * self._timeout_s)
        context.route(lambda url: not url.startswith(LOOPBACK), self._refuse)
        return context

    def open(self, url: str, *, context: BrowserContext | None = None) -> Page:
        """A page at this address, its first script run over and drawn."""
        page = (context or self.context()).new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._finished_runs[page] = 0
        page.on("websocket", lambda socket: self._count_runs(page, socket))
        page.goto(url, wait_until="domcontentloaded")
        self.idle(page)
        return page

    def idle(self, page: Page, *, settle_ms: float = 120) -> None:
        """Waits until the script run is over and drawn, and stays so for settle_ms."""
        page.wait_for_function(IDLE)
        page.wait_for_timeout(settle_ms)  # a widget's change is debounced before its run starts
        while not page.evaluate(IDLE):
            page.wait_for_function(IDLE)
            page.wait_for_timeout(settle_ms)

    def rerun(self, page: Page, action: Callable[[], object]) -> None:
        """Does the action, and waits until the script run that it causes is over and drawn.

        A fragment's run can begin and end between two renders, so the page's own state may never
        show it; the server's messages do, and are counted.

        Raises:
            TimeoutError: no run finished.
        """
        before = self._finished_runs[page]
        end = time.monotonic() + self._timeout_s
        action()
        while self._finished_runs[page] == before:
            if time.monotonic() > end:
                raise TimeoutError("no script run finished; did the action change a widget?")
            page.wait_for_timeout(5)  # hands over the websocket's frames
        self.idle(page)

    def figure(self, page: Page, *, key: str = "", n: int = 0) -> Locator:
        """The n-th plotly figure (below the element with this key) as its drawn svg."""
        root = page.locator(f".st-key-{key}") if key else page
        chart = root.get_by_test_id("stPlotlyChart").nth(n)
        drawing = chart.locator(".main-svg").first
        drawing.wait_for(state="visible")
        return drawing

    def upload(
        self, page: Page, label: str, file: Path | dict[str, Any], *, runs: bool = True
    ) -> None:
        """Puts a file, a path or a dict of name, mimeType and buffer, into the labelled uploader.

        `runs=False` where the widget is expected to refuse it: no script run follows then.
        """
        uploader = page.get_by_test_id("stFileUploader").filter(has_text=label)
        picker = uploader.locator('input[type="file"]')
        if runs:
            self.rerun(page, lambda: picker.set_input_files(file))
        else:
            picker.set_input_files(file)

    def download(self, page: Page, button: str) -> tuple[bytes, str]:
        """What the button so named delivers, and the file name it proposes."""
        with page.expect_download() as started:
            page.get_by_role("button", name=button).click()
        return Path(started.value.path()).read_bytes(), started.value.suggested_filename

    def shot(self, page: Page, path: Path) -> Path:
        """A picture of what the window shows, as PNG at this path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, animations="disabled", caret="hide")
        return path

    def exceptions(self, page: Page) -> list[str]:
        """The texts of Streamlit's exception boxes: a page in order has none."""
        return page.get_by_test_id("stException").all_inner_texts()

    def close_pages(self) -> None:
        """Closes every context; an open page holds some 400 MiB."""
        for context in self._chromium.contexts:
            context.close()
        self._finished_runs.clear()

    def _refuse(self, route: Route) -> None:
        self.blocked.append(route.request.url)
        route.abort()

    def _count_runs(self, page: Page, socket: WebSocket) -> None:
        def received(frame: str | bytes) -> None:
            if isinstance(frame, bytes) and _ends_a_run(frame):
                self._finished_runs[page] += 1

        socket.on("framereceived", received)


def _ends_a_run(frame: bytes) -> bool:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: PLC0415 - slow to import

    message = ForwardMsg.FromString(frame)
    broken_off = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
    return message.WhichOneof("type") == "script_finished" and message.script_finished != broken_off
