"""A panel is one view on the page: its controls, its figure, what it does not show, its files."""

from collections.abc import Mapping
from dataclasses import asdict

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector import reading
from inspector.inspection import Inspection
from inspector.ui import address, doors, downloads, messages, waiting, widgets
from inspector.ui.shelf import Result
from inspector.ui.subject import Subject
from inspector.ui.wording import plain
from inspector.views import TOPICS, Choices, View, view_of
from inspector.views.rendering import arrays, render

CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""Plotly's tool bar, without the button that would upload the figure."""


@st.fragment
def show(subject: Subject) -> None:
    """Lets a view be chosen, and shows it; a change inside leaves the rest of the page alone."""
    inspection = doors.inspection(subject)
    reasons = {view.key: view.applies(inspection) for views in TOPICS.values() for view in views}
    offered = [key for key, reason in reasons.items() if reason is None]
    if offered:
        _view(view_of(_chosen(offered)), subject, inspection)
    else:
        st.info("No view fits this network. Choose another one at the left.")
    _others({key: reason for key, reason in reasons.items() if reason is not None})


def _chosen(offered: list[str]) -> str:
    """Lets a topic be chosen and one of its views, which the address keeps."""
    address.restore("view", offered, offered[0])
    by_topic = {
        topic: [view.key for view in views if view.key in offered]
        for topic, views in TOPICS.items()
    }
    st.session_state["topic"] = _topic(by_topic)
    with st.container(horizontal=True, gap="small"):
        st.segmented_control(
            "Topic",
            [topic for topic, keys in by_topic.items() if keys],
            required=True,
            on_change=_enter,
            args=(by_topic,),
            label_visibility="collapsed",
            key="topic",
        )
        st.segmented_control(
            "View",
            by_topic[st.session_state["topic"]],
            required=True,
            format_func=lambda key: plain(view_of(key).title),
            label_visibility="collapsed",
            key="view",
        )
    return address.keep("view", offered[0])


def _topic(by_topic: Mapping[str, list[str]]) -> str:
    return next(topic for topic, keys in by_topic.items() if st.session_state["view"] in keys)


def _enter(by_topic: Mapping[str, list[str]]) -> None:
    """Chooses the first view of the topic that was chosen."""
    st.session_state["view"] = by_topic[st.session_state["topic"]][0]


def _view(view: View, subject: Subject, inspection: Inspection) -> None:
    st.markdown(plain(view.shows))
    with messages.told():
        choices = widgets.choices(view.key, view.controls(inspection))
        result = _result(view, subject, choices)
        if result:
            _figure(view, subject, inspection, choices, result)


def _result(view: View, subject: Subject, choices: Choices) -> Result | None:
    """What was computed; of a costly view nothing until it is asked for."""
    known = doors.find(view, subject, choices)
    place = st.empty()
    if view.takes_long(choices) and not known and not _asked(view, place):
        return None
    if known:
        return known
    with place.container(), st.spinner("Computing", show_time=True), waiting.shown():
        result = doors.computed(view, subject, choices)
    place.empty()
    return result


def _asked(view: View, place: DeltaGenerator) -> bool:
    with place.container():
        st.info(
            "This view runs the network again, which takes some seconds, or minutes for a large "
            "image without a GPU. Start it when ready."
        )
        return st.button(f"Compute {plain(view.title)}", icon=":material/play_arrow:")


def _figure(
    view: View, subject: Subject, inspection: Inspection, choices: Choices, result: Result
) -> None:
    figure = render(view, inspection, result.computed, choices)
    st.plotly_chart(
        figure,
        theme=None,  # Streamlit's own would move panels that are laid out to the pixel
        width="content",
        key=f"figure-{view.key}",
        config=CONFIG,
        alt=reading.sentence(view.title, result.computed),
    )
    took = f" Computed in {result.seconds:.1f} s." if view.takes_long(choices) else ""
    st.caption(f"**What this does not show.** {plain(view.caveat)}{plain(took)}")
    stem = f"{subject.stem}-{view.key}"
    downloads.offer(stem, view.title, figure, arrays(inspection, result.computed))
    with st.expander("Largest and smallest values as a table"):
        st.table([asdict(peak) for peak in reading.peaks(result.computed)])


def _others(reasons: dict[str, str]) -> None:
    """Lists the views that this network has nothing for, and what they need."""
    if reasons:
        with st.expander(f"Not for this network ({len(reasons)})"):
            for key, reason in reasons.items():
                st.markdown(f"**{plain(view_of(key).title)}.** {plain(reason)}")
