"""The page that asks what if: a part of the attention is changed, and the classes answer.

What is changed here stays changed on every page, and in the address, until it is taken back.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from inspector import comparison, reading
from inspector.inspection import Inspection
from inspector.interventions.groups import Group, groups
from inspector.ui import (
    changes,
    chosen,
    doing,
    doors,
    messages,
    panel,
    parts,
    pointing,
    sidebar,
    widgets,
)
from inspector.ui.subject import Key, Subject
from inspector.ui.wording import plain
from inspector.views import TOPICS, View, view_of
from inspector.views.controls import KEY as AGAINST
from inspector.views.controls import NOTHING
from inspector.views.intervention import effect
from inspector.views.part_words import sentence
from inspector.views.rendering import render

RERUNNING = ("causal_map", "mass_effect")
"""Keys of the views that try each retrieval edge in turn."""

UNTOUCHED = "The network is tried as it was, without the changes made above."

MAPS = CHANGED, UNCHANGED, DIFFERENCE = "with the changes", "without them", "the difference"
"""Which maps can be shown."""


def show(subject: Subject) -> None:
    """Draws the page."""
    with st.spinner("Opening the network", show_time=True):
        before = doors.inspection(subject.unchanged)
    sidebar.tell(before)
    found = _groups(subject.unchanged.key, before)
    if found:
        _page(subject, found)
    else:
        st.info("Nothing in this network can be changed. Choose another one at the left.")


@st.cache_resource(max_entries=6, show_spinner=False)
def _groups(key: Key, _inspection: Inspection) -> tuple[Group, ...]:
    return groups(_inspection)


@st.fragment
def _page(subject: Subject, found: tuple[Group, ...]) -> None:
    if changes.made() != subject.interventions:
        st.rerun()  # a change concerns the whole page
    before = doors.inspection(subject.unchanged)
    one, choices = parts.choose(before, found)
    st.markdown(f"**{plain(sentence(before, one, choices))}**")
    doing.offer(one, several=len(subject.photos) > 1)
    after = _changed(subject)
    point = partial(pointing.chart, framed=parts.labels(one), then=partial(parts.take, found))
    if after:
        _answered(subject, effect(before), after, point)
    else:
        _maps(subject.unchanged, point)
    _tries(subject, point)
    chosen.publish("", parts.NAME, "effect", *RERUNNING)


def _changed(subject: Subject) -> Inspection | None:
    """The inspection with the changes; None without any, or where it is told why it failed."""
    if not subject.interventions:
        st.caption("Nothing is changed yet. Click on a cell, or choose a part above, and cut it.")
        return None
    with messages.told(), st.spinner("Running the network with the changes"):
        return doors.inspection(subject)
    return None


def _answered(subject: Subject, view: View, after: Inspection, point: Callable[..., None]) -> None:
    """What the changes did: to the prediction in a sentence, to the maps, to all classes."""
    reason = view.applies(after)
    if reason:
        st.info(plain(reason), icon=":material/info:")
    else:
        choices = widgets.values(view.key, view.controls(after))
        _, verdict, moved, *_ = doors.computed(view, subject, choices).computed.notes
        st.markdown(f"**{plain(verdict)}** {plain(moved)}")
    _mapped(subject, point)
    if not reason:
        _titled(view, subject, partial(pointing.chart, framed={}))


def _mapped(subject: Subject, point: Callable[..., None]) -> None:
    """Lets the maps with the changes be chosen, those without, or what lies between them."""
    shown = st.segmented_control("Maps", MAPS, default=MAPS[0], required=True, key="maps")
    if shown == DIFFERENCE:
        _differences(subject, point)
    else:
        _maps(subject if shown == CHANGED else subject.unchanged, point)


def _maps(subject: Subject, point: Callable[..., None]) -> None:
    """The first map of each mechanism, to point at."""
    inspection = doors.inspection(subject)
    for view in _overviews(inspection):
        with messages.told():
            _figure(view, subject, inspection, partial(point, key=f"map-{view.key}"))


def _differences(subject: Subject, point: Callable[..., None]) -> None:
    """What the changes did to the maps: after minus before."""
    before, after = doors.inspection(subject.unchanged), doors.inspection(subject)
    for view in _overviews(before):
        with messages.told():
            start = {**widgets.values(view.key, view.controls(after)), **comparison.FIXED}
            choices = comparison.choices_for_both(view, before, after, start)
            a, b = (
                doors.computed(view, one, choices).computed for one in (subject.unchanged, subject)
            )
            compared = comparison.joined(view, (before, after), (a, b), choices)
            said = comparison.summary(compared)
            st.caption(f"B is with the changes, A without them. {plain(said)}")
            figure = comparison.figure_of_change(compared)
            point(figure, key=f"map-{view.key}", alt=f"{view.title}. {said}")


def _overviews(inspection: Inspection) -> list[View]:
    views = (view for view in TOPICS["Attention"] if view.overview)
    return [view for view in views if view.applies(inspection) is None]


def _figure(
    view: View, subject: Subject, inspection: Inspection, point: Callable[..., None]
) -> None:
    """A figure with the choices that were made for it."""
    choices = widgets.values(view.key, view.controls(inspection))
    if AGAINST in choices:  # what was put into a row says nothing of how its logits spread
        choices[AGAINST] = NOTHING
    computed = doors.computed(view, subject, choices).computed
    point(render(view, inspection, computed, choices), alt=reading.sentence(view.title, computed))


def _tries(subject: Subject, point: Callable[..., None]) -> None:
    """The views that try every edge in turn, of the network without changes."""
    inspection = doors.inspection(subject.unchanged)
    for view in map(view_of, RERUNNING):
        if view.applies(inspection) is None:
            _titled(view, subject.unchanged, point, UNTOUCHED if subject.interventions else "")


def _titled(view: View, subject: Subject, point: Callable[..., None], more: str = "") -> None:
    st.header(plain(view.title), anchor=False)
    if more:
        st.caption(more)
    panel.show_one(view, subject, point=point)
