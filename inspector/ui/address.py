"""The address of the page holds what a link restores: the network, the picture, the view.

Streamlit can bind a widget to the address itself, but puts an option's label there: that of a
picture is its thumbnail.
"""

from collections.abc import Container

import streamlit as st


def restore(key: str, options: Container[object], start: str) -> None:
    """Sets the choice of the widget to come, where it has none among the options.

    Args:
        key: of the widget, and its name in the address.
        options: what can be chosen now.
        start: what is chosen where neither the page nor the address names an option.
    """
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in options else start


def keep(key: str, *left_out: str) -> str:
    """Writes the choice of a widget into the address, and returns it.

    Args:
        key: of the widget.
        left_out: choices that the address does without: the usual one, and what cannot be restored.
    """
    chosen: str = st.session_state[key]
    put(key, chosen if chosen not in left_out else "")
    return chosen


def put(name: str, text: str) -> None:
    """Writes a text into the address, or takes its name out where the text is empty."""
    if text and st.query_params.get(name) != text:
        st.query_params[name] = text
    elif not text and name in st.query_params:
        del st.query_params[name]
