"""The page that inspects: what the network saw and took it for, and every view of its attention."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.ui import doors, overview, panel, ranks, seen, sidebar
from inspector.ui.subject import Subject

_OPENING = "Opening the network"
_MEANWHILE = f"{_OPENING}. Until then: what it gave for this picture, as stored in the toolkit"


def show(subject: Subject) -> None:
    """Draws the page; at first what is stored of the subject, while its network is opened."""
    place = st.empty()
    before = _stored(subject)
    if before is None:
        _open(subject, place, _OPENING)
    _draw(before or subject)
    if before:
        _open(subject, place, _MEANWHILE)
        st.rerun()


def _stored(subject: Subject) -> Subject | None:
    """The subject as it lies in the toolkit, where that serves until the network is open."""
    viewed = st.session_state.get(overview.VIEWED, st.query_params.get(overview.VIEWED))
    needed = viewed in (None, overview.KEY) and not doors.is_open(subject)
    return subject.as_stored if needed else None


def _open(subject: Subject, place: DeltaGenerator, told: str) -> None:
    with place.container(), st.spinner(told, show_time=True):
        doors.inspection(subject)


def _draw(subject: Subject) -> None:
    inspection = doors.inspection(subject)
    sidebar.tell(inspection)
    ranks.tell(subject, inspection)
    seen.show(inspection)
    panel.show(subject)
