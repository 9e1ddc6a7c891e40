"""A preload imports heavy libraries in the background, before someone waits for them."""

import gc
import importlib
import threading

import streamlit as st

MODULES = ("inspector.loading", "captum.attr", "inspector.export", "h5netcdf")
"""Those that open a network first: some pages need none, and their reader may go to another."""


@st.cache_resource(show_spinner=False)
def start() -> threading.Thread:
    """Begins to import the modules, once per server; whoever needs one of them waits for it.

    Not before the page stands: it would wait for them.
    """
    thread = threading.Thread(target=_load, name="preload", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    for name in MODULES:
        importlib.import_module(name)
    gc.freeze()  # Streamlit collects after every run: what is imported need not be passed each time
