"""What is offered are the views that have something to show of a subject, found out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from inspector.ui import doors
from inspector.ui.subject import Key, Subject
from inspector.views import VIEWS, View


@dataclass(frozen=True)
class Offer:
    """What there is to choose among.

    Attributes:
        views: those that apply, in their order.
        details: those of them that look into one layer.
        reasons: why the others do not apply, by key.
    """

    views: tuple[View, ...]
    details: tuple[View, ...]
    reasons: Mapping[str, str]


def offer(subject: Subject, views: Sequence[View] = VIEWS) -> Offer:
    """Returns which of some views are offered for a subject."""
    return _offer((subject.key, tuple(view.key for view in views)), subject, views)


@st.cache_resource(max_entries=32, show_spinner=False)
def _offer(key: tuple[Key, tuple[str, ...]], _subject: Subject, _views: Sequence[View]) -> Offer:
    inspection = doors.inspection(_subject)
    reasons = {view.key: view.applies(inspection) for view in _views}
    views = tuple(view for view in _views if reasons[view.key] is None)
    details = (view for view in views if any(c.key == "layer" for c in view.controls(inspection)))
    return Offer(views, tuple(details), {key: why for key, why in reasons.items() if why})
