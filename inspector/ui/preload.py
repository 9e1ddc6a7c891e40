"""A preload imports heavy libraries in the background, before someone waits for them."""

import gc
import importlib
import threading

import streamlit as st

FOR_THE_FIRST_FIGURE = ("inspector.loading",)
FOR_LATER = ("captum.attr", "inspector.export", "h5netcdf")


@st.cache_resource(show_spinner=False)
def start(modules: tuple[str, ...]) -> threading.Thread:
    """Begins to import the modules, once per server; whoever needs one of them waits for it.

    Not before the heading of the page stands: it would wait for them.
    """
    thread = threading.Thread(target=_load, args=(modules,), name="preload", daemon=True)
    thread.start()
    return thread


def _load(modules: tuple[str, ...]) -> None:
    for name in modules:
        importlib.import_module(name)
    gc.freeze()  # Streamlit collects after every run: what is imported need not be passed each time
