"""The page that inspects: what the network saw and took it for, and every view of its attention."""

import streamlit as st

from inspector.ui import ahead, doors, panel, ranks, seen, sidebar
from inspector.ui.subject import Subject


def show(subject: Subject) -> None:
    """Draws the page."""
    with st.spinner("Opening the network", show_time=True), ahead.of_figures():
        inspection = doors.inspection(subject)
    sidebar.tell(inspection)
    ranks.tell(subject, inspection)
    seen.show(inspection)
    panel.show(subject)
