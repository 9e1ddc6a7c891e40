"""An overview is one figure of each mechanism that was found, to go on from."""

import streamlit as st

from inspector.inspection import Inspection
from inspector.ui import chosen, doors, messages, pointing, widgets
from inspector.ui.subject import Subject
from inspector.ui.wording import plain
from inspector.views import View
from inspector.views.exhibit import exhibit

VIEWED = "view"
"""Where the open view is kept, on the page and in the address; no widget's, so that it stays."""

KEY = "overview"
TITLE = "Overview"


def show(subject: Subject, inspection: Inspection) -> None:
    """Shows the first view of each mechanism; a click on a cell selects it for all of them."""
    shown = [view for view in doors.offered(subject).views if view.overview]
    with st.container(horizontal=True, gap="medium", key=KEY):
        for view in shown:
            with st.container(width="content", gap="xsmall"), messages.told():
                _figure(view, subject, inspection)


def _figure(view: View, subject: Subject, inspection: Inspection) -> None:
    """A figure with the choices that were made for it, and the way to its own page."""
    st.button(
        plain(view.title),
        icon=":material/open_in_full:",
        type="tertiary",
        key=f"open-{view.key}",
        help=f"Open with its choices and files. {plain(view.shows)}",
        on_click=open_view,
        args=(view.key,),
    )
    choices = widgets.values(view.key, view.controls(inspection))
    computed = doors.computed(view, subject, choices).computed
    drawing = doors.drawn(exhibit(view, inspection, computed, choices), subject)
    pointing.chart(drawing.figure, key=f"overview-{view.key}", alt=drawing.alt)


def open_view(key: str) -> None:
    """Goes to a view."""
    st.session_state[VIEWED] = key


def offer_details(subject: Subject, now: str) -> None:
    """Offers the views that look into the layer that is selected, save the one that is open."""
    if "layer" not in chosen.selection():
        return
    views = [view for view in doors.details(subject) if view.key != now]
    if views:
        st.caption("See it in", width="content")
    for view in views:
        st.button(
            plain(view.title),
            type="tertiary",
            key=f"detail-{view.key}",
            help=plain(view.shows),
            on_click=open_view,
            args=(view.key,),
        )
