"""Ahead of the first figure of a session an empty one is sent, unseen: the browser's plotly comes.

Some megabytes are read and compiled for it, which takes a browser as long as all else about a
figure. It does so while the server still imports what the page needs.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

KEY = "empty-figure"
"""Of the empty figure on the page, where the style hides it; and that it was sent, in a session."""

EMPTY = {"data": [{"type": "heatmap", "z": [[0]], "showscale": False}], "layout": {"height": 40}}
"""A map of one cell, since Streamlit refuses a figure of none."""


@contextmanager
def of_figures() -> Iterator[None]:
    """Gets the browser ready to draw for the length of the block, once in a session."""
    place = st.empty()
    if f"{KEY} sent" not in st.session_state:
        st.session_state[f"{KEY} sent"] = True
        place.plotly_chart(EMPTY, theme=None, key=KEY)
    try:
        yield
    finally:
        place.empty()
