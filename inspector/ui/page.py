"""The frame of all pages: the subject at the left, the pages above, the chosen one below.

What takes long to import is imported once the heading stands.
"""

from typing import TYPE_CHECKING

import streamlit as st

from inspector.ui import address, messages, network, preload, waiting
from inspector.ui.style import STYLE, ink
from inspector.ui.wording import plain

if TYPE_CHECKING:
    from inspector.ui.pages import Page


def main() -> None:
    """Draws the page; Streamlit calls it again after each change."""
    st.set_page_config("Attention inspector", "🔎", layout="wide", initial_sidebar_state=288)
    st.html(STYLE)
    with messages.told():
        model = network.choose()
        with st.container(horizontal=True, vertical_alignment="center", key="head"):
            st.title(plain(network.title(model)), anchor=False)
            page = _page()
        _show(page, model)
        waiting.button()
    preload.start(preload.FOR_LATER)


def _page() -> "Page":
    """Lets a page be chosen, which the address keeps."""
    from inspector.ui.pages import PAGES  # noqa: PLC0415 - see the module's docstring

    pages = {page.key: page for page in PAGES}
    first = PAGES[0].key
    address.restore("page", pages, first)
    st.segmented_control(
        "Page",
        list(pages),
        required=True,
        format_func=lambda key: pages[key].title,
        label_visibility="collapsed",
        key="page",
    )
    return pages[address.keep("page", first)]


def _show(page: "Page", model: str) -> None:
    """Draws a page of the network that was chosen."""
    from inspector.ui import changes, sidebar  # noqa: PLC0415 - see the module's docstring

    preload.start(preload.FOR_THE_FIRST_FIGURE)
    st.html(ink())
    subject = sidebar.subject(model)
    changes.show()
    page.show(subject)
