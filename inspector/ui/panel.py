"""A panel is one view on the page: its controls, its figure, what it does not show, its files."""

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.ui import (
    address,
    chosen,
    crumbs,
    doors,
    downloads,
    messages,
    overview,
    pointing,
    tables,
    waiting,
    widgets,
)
from inspector.ui.shelf import Result
from inspector.ui.subject import Subject
from inspector.ui.wording import plain
from inspector.views import TOPICS, Choices, View, view_of
from inspector.views.exhibit import exhibit

Topics = Mapping[str, list[str]]
"""Keys of the views that a network offers, by topic."""


@st.fragment
def show(subject: Subject) -> None:
    """Lets a view be chosen, and shows it; a change inside leaves the rest of the page alone."""
    inspection = doors.inspection(subject)
    offer = doors.offered(subject, [view for views in TOPICS.values() for view in views])
    if offer.views:
        key = _chosen([view.key for view in offer.views])
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="crumbs"):
            crumbs.show(inspection)
            overview.offer_details(subject, key)
        if key == overview.KEY:
            overview.show(subject, inspection)
        else:
            show_one(view_of(key), subject)
        chosen.publish(key)
    else:
        st.info("No view fits this network. Choose another one at the left.")
    if not subject.stored:  # or the others wait for the network
        _others(offer.reasons)


def _chosen(offered: list[str]) -> str:
    """Lets a topic be chosen and one of its views, which the address keeps."""
    address.restore(overview.VIEWED, (overview.KEY, *offered), overview.KEY)
    by_topic = {overview.TITLE: [overview.KEY]} | {
        topic: [view.key for view in views if view.key in offered]
        for topic, views in TOPICS.items()
    }
    viewed = st.session_state[overview.VIEWED]
    topic = next(topic for topic, keys in by_topic.items() if viewed in keys)
    with st.container(horizontal=True, gap="small"):
        _control("Topic", topic, [topic for topic, keys in by_topic.items() if keys], by_topic)
        if topic != overview.TITLE:
            _control("View", viewed, by_topic[topic], by_topic)
    return address.keep(overview.VIEWED, overview.KEY)


def _control(label: str, value: str, options: list[str], by_topic: Topics) -> None:
    """Lets a topic or a view be chosen."""
    key = f"{label.lower()}s"
    st.session_state[key] = value
    st.segmented_control(
        label,
        options,
        required=True,
        format_func=lambda name: name if name in by_topic else plain(view_of(name).title),
        on_change=_enter,
        args=(key, by_topic),
        label_visibility="collapsed",
        key=key,
    )


def _enter(key: str, by_topic: Topics) -> None:
    """Goes to the view that was chosen, or to the first one of the topic."""
    name = st.session_state[key]
    overview.open_view(by_topic[name][0] if name in by_topic else name)


def show_one(view: View, subject: Subject, *, point: Callable[..., None] = pointing.chart) -> None:
    """Shows one view: its controls, its figure and its files, or what has to be asked for first.

    Args:
        view: fits the subject.
        subject: what it is computed of.
        point: shows its figure, given as to `pointing.chart`.
    """
    st.markdown(plain(view.shows))
    with messages.told():
        choices = widgets.choices(view.key, view.controls(doors.inspection(subject)))
        result = _result(view, subject, choices)
        if result:
            _figure(view, subject, choices, result, point)


def _result(view: View, subject: Subject, choices: Choices) -> Result | None:
    """What was computed; of a costly view nothing until it is asked for."""
    known = doors.find(view, subject, choices)
    place = st.empty()
    if view.takes_long(choices) and not known and not asked(view, place):
        return None
    if known:
        return known
    with place.container(), st.spinner("Computing", show_time=True), waiting.shown():
        result = doors.computed(view, subject, choices)
    place.empty()
    return result


def asked(view: View, place: DeltaGenerator) -> bool:
    """Whether a view that takes long was asked for; until then the place says what to do."""
    with place.container():
        st.info(
            "This view runs the network again, which takes some seconds, or minutes for a large "
            "image without a GPU. Start it when ready."
        )
        return st.button(f"Compute {plain(view.title)}", icon=":material/play_arrow:")


def _figure(
    view: View, subject: Subject, choices: Choices, result: Result, point: Callable[..., None]
) -> None:
    shown = exhibit(view, doors.inspection(subject), result.computed, choices)
    drawing = doors.drawn(shown, subject)
    point(drawing.figure, key=f"figure-{view.key}", alt=drawing.alt)
    took = f" Computed in {result.seconds:.1f} s." if view.takes_long(choices) else ""
    st.caption(f"**What this does not show.** {plain(view.caveat)}{plain(took)}")
    stem = f"{subject.stem}-{view.key}"
    downloads.offer(stem, view.title, shown.figure, shown.arrays, shown)
    tables.offer(result.computed, view.key)


def _others(reasons: Mapping[str, str]) -> None:
    """Lists the views that this network has nothing for, and what they need."""
    if reasons:
        with st.expander(f"Not for this network ({len(reasons)})"):
            said = (
                f"**{plain(view_of(key).title)}.** {plain(why)}" for key, why in reasons.items()
            )
            st.markdown("\n\n".join(said))
