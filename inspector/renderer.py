"""A renderer is one headless browser that turns figures into pictures for as long as it is needed.

Starting a browser takes seconds and drawing takes a fraction of one, so the browser is started at
the first picture and kept. It runs in an event loop of its own thread; any thread may ask it.
Every wait is bounded: a browser that hangs or dies is replaced once, then given up.
"""

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

_NEED = "PNG, SVG and PDF files are drawn by a browser"
_WAY_OUT = (
    "Install Chromium or Google Chrome, or name one in the environment variable CHROMIUM. "
    "HTML pages (.html) and arrays (.nc) can be saved without it."
)


class ExportUnavailable(RuntimeError):
    """Pictures cannot be drawn on this machine; the message says what to install."""


class Renderer:
    """A browser on demand.

    Args:
        timeout: seconds to wait for the browser to start, and for one picture.
    """

    def __init__(self, timeout: float = 60.0) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        self._session: _Session | None = None

    def picture(self, figure: go.Figure, options: Mapping[str, Any]) -> bytes:
        """The bytes of `figure` drawn with kaleido's `options` (format, width, height, scale).

        Raises:
            ExportUnavailable: no browser was found, or it failed twice.
        """
        with self._lock:
            try:
                return self._draw(figure, options)
            except _BrowserFailed:
                self._end()
            try:
                return self._draw(figure, options)
            except _BrowserFailed as error:
                self._end()
                raise ExportUnavailable(
                    f"{_NEED}, and it failed twice ({error}). {_WAY_OUT}"
                ) from error

    def close(self) -> None:
        """Ends the browser and its thread; the next picture starts a new one."""
        with self._lock:
            self._end()

    def _draw(self, figure: go.Figure, options: Mapping[str, Any]) -> bytes:
        if self._session is None:
            self._session = _Session(self._timeout)
            atexit.register(self.close)
        return self._session.draw(figure.to_dict(), dict(options))

    def _end(self) -> None:
        if self._session is not None:
            self._session.end()
            self._session = None
            atexit.unregister(self.close)


RENDERER = Renderer()
"""The browser that all exports of this process share."""


class _BrowserFailed(Exception):
    """The browser did not start, hung or died; a new one may do better."""


class _Session:
    """One browser from its start to its end, in an event loop of its own thread."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._browser = _browser()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)
        self._thread.start()
        self._ready.wait()
        try:
            self._wait(self._browser.open())
        except _BrowserFailed:
            self.end()
            raise

    def draw(self, figure: dict, options: dict) -> bytes:
        if self._browser.subprocess.poll() is not None:
            raise _BrowserFailed("it is no longer running")
        return self._wait(self._browser.calc_fig(figure, opts=options))

    def end(self) -> None:
        """Closes the browser, by force if it does not answer."""
        with suppress(_BrowserFailed):
            self._wait(self._browser.close())
        process = getattr(self._browser, "subprocess", None)
        if process is not None and process.poll() is None:
            process.kill()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(self._timeout)

    async def _live(self) -> None:
        """Keeps the loop going until `end`; what is still under way then is cancelled."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda *_: None)  # failures reach whoever waits for them
        self._ready.set()
        await self._stop.wait()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of `work` in the browser's thread.

        Raises:
            _BrowserFailed: it took too long or the browser was lost.
        """
        from kaleido.errors import JavascriptError, KaleidoError  # noqa: PLC0415 - see _path

        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(self._timeout)
        except (JavascriptError, KaleidoError):
            raise  # the figure's fault: another browser would say the same
        except Exception as error:
            waiting.cancel()
            raise _BrowserFailed(type(error).__name__) from error


def hindrance() -> str | None:
    """Why pictures cannot be drawn on this machine, or None if a browser is at hand."""
    try:
        _path()
    except ExportUnavailable as reason:
        return str(reason)
    return None


def _browser() -> Any:
    """A browser that is not yet running.

    Raises:
        ExportUnavailable: kaleido or a browser is missing.
    """
    path = _path()
    from kaleido import Kaleido  # noqa: PLC0415 - see _path

    # Without mathjax=False every picture would ask a foreign host for it.
    return Kaleido(path=path, mathjax=False, n=1)


def _path() -> str:
    """The browser that CHROMIUM names, else BROWSER_PATH, else one that is installed."""
    for name in ("kaleido", "choreographer", "browser_proc"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # an error is raised, not printed
    try:
        # Only pictures need it, and importing it takes longer than the rest of this package.
        from choreographer.browsers.chromium import Chromium  # noqa: PLC0415
    except ImportError as error:
        raise ExportUnavailable(f"{_NEED}, driven by the package kaleido: {error}.") from error
    path = os.environ.get("CHROMIUM") or Chromium.find_browser(skip_local=False)
    if path is None or not Path(path).is_file():
        where = f"at '{path}'" if path else "on this machine"
        raise ExportUnavailable(f"{_NEED}, and there is none {where}. {_WAY_OUT}")
    return path
