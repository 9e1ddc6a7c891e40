"""The frame of all pages: the subject at the left, the pages above, the chosen one below."""

import streamlit as st

from inspector.ui import address, changes, messages, preload, sidebar, waiting
from inspector.ui.pages import PAGES, Page
from inspector.ui.style import STYLE
from inspector.ui.wording import plain


def main() -> None:
    """Draws the page; Streamlit calls it again after each change."""
    st.set_page_config("Attention inspector", "🔎", layout="wide", initial_sidebar_state=288)
    st.html(STYLE)
    with messages.told():
        model = sidebar.network()
        with st.container(horizontal=True, vertical_alignment="center", key="head"):
            st.title(plain(sidebar.title(model)), anchor=False)
            page = _page()
        preload.start(preload.FOR_THE_FIRST_FIGURE)  # not before: two that import slow each other
        subject = sidebar.subject(model)
        changes.show()
        page.show(subject)
        waiting.button()
    preload.start(preload.FOR_LATER)


def _page() -> Page:
    """Lets a page be chosen, which the address keeps."""
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
