"""The page is the whole app: the subject at the left, what the network saw of it, and the views."""

import streamlit as st

from inspector.ui import doors, messages, panel, preload, seen, sidebar, waiting
from inspector.ui.style import STYLE
from inspector.ui.wording import plain


def main() -> None:
    """Draws the page; Streamlit calls it again after each change."""
    st.set_page_config("Attention inspector", "🔎", layout="wide", initial_sidebar_state=288)
    st.html(STYLE)
    preload.start(preload.FOR_THE_FIRST_FIGURE)
    with messages.told():
        subject = sidebar.choose()
        st.title(plain(sidebar.title(subject.model)), anchor=False)
        with st.spinner("Opening the network", show_time=True):
            inspection = doors.inspection(subject)
        sidebar.tell(inspection)
        seen.show(inspection)
        panel.show(subject)
        waiting.button()
    preload.start(preload.FOR_LATER)
