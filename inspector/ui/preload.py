"""A preload imports heavy libraries in the background, before someone waits for them."""

import gc
import importlib
import threading
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

FOR_A_PAGE = ("inspector.ui.pages",)
FOR_THE_FIRST_FIGURE = ("inspector.loading",)
FOR_LATER = ("captum.attr", "inspector.export", "h5netcdf")


@st.cache_resource(show_spinner=False)
def start(modules: tuple[str, ...]) -> threading.Thread:
    """Begins to import the modules, once per server; whoever needs one of them waits for it.

    What takes seconds not before the heading of the page stands: it would wait for them.
    """
    thread = threading.Thread(target=_load, args=(modules,), name="preload", daemon=True)
    thread.start()
    return thread


class AtTheFirstVisit:
    """Begins to import what every page needs, when the first one is asked for.

    The browser is busy with Streamlit's scripts then, and the server idle.

    Args:
        app: what answers.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Passes every request on."""
        if scope["type"] == "http" and scope["path"].endswith("/"):
            start(FOR_A_PAGE)
        await self._app(scope, receive, send)


def _load(modules: tuple[str, ...]) -> None:
    for name in modules:
        importlib.import_module(name)
    gc.freeze()  # Streamlit collects after every run: what is imported need not be passed each time
