"""The page that inspects: what the network saw and took it for, and every view of its attention."""

import streamlit as st

from inspector.ui import doors, panel, seen, sidebar
from inspector.ui.subject import Subject


def show(subject: Subject) -> None:
    """Draws the page."""
    with st.spinner("Opening the network", show_time=True):
        inspection = doors.inspection(subject)
    sidebar.tell(inspection)
    seen.show(inspection)
    panel.show(subject)
