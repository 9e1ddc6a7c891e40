"""The frame of all pages: the subject at the left, the pages above, the chosen one below.

What takes long to import is imported once the heading stands.
"""

from typing import TYPE_CHECKING

import streamlit as st

from inspector.ui import address, ahead, messages, network, preload, waiting
from inspector.ui.style import STYLE, ink
from inspector.ui.wording import plain

if TYPE_CHECKING:
    from inspector.ui.pages import Page
    from inspector.ui.subject import Subject


def main() -> None:
    """Draws the page; Streamlit calls it again after each change."""
    st.set_page_config("Attention inspector", "🔎", layout="wide", initial_sidebar_state=288)
    st.html(STYLE)
    with messages.told():
        model = network.choose()
        head = st.container(horizontal=True, vertical_alignment="center", key="head")
        head.title(plain(network.title(model)), anchor=False)
        with ahead.of_figures():
            with head:
                page = _page()
            subject = _subject(model)
        page.show(subject)
        waiting.button()
    preload.start()


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


def _subject(model: str) -> "Subject":
    """Lets the subject be chosen, of the network that was, and says what is changed in it."""
    from inspector.ui import changes, sidebar  # noqa: PLC0415 - see the module's docstring

    st.html(ink())
    subject = sidebar.subject(model)
    changes.show()
    return subject
