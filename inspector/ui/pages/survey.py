"""The page of surveys: what a network shows of many images, and of which images it shows most."""

from typing import TYPE_CHECKING

import streamlit as st

from inspector import survey_files
from inspector.reading import sentence
from inspector.ui import (
    address,
    chosen,
    desk,
    downloads,
    messages,
    network,
    outliers,
    pictures,
    pointing,
    surveys,
    tables,
    waiting,
    widgets,
)
from inspector.ui.subject import Subject
from inspector.ui.surveys import Opened
from inspector.ui.wording import plain
from inspector.views.sides import SIDES
from inspector.views.surveyed import (
    SURVEY_VIEWS,
    SurveyExhibit,
    SurveyView,
    exhibited,
    extremes,
    origin,
    survey_view_of,
)

if TYPE_CHECKING:
    from inspector.surveys import Source

_CHOSEN, _OTHER, _VIEW = "survey", "survey.b", "survey.view"
_NONE = "none"
_ROWS = 200
"""Of what was left out, that are shown."""

_KEY = "survey"
"""Of this page."""


def show(subject: Subject) -> None:
    """Draws the page."""
    found = surveys.offered()
    if found:
        _looking(found)
    else:
        st.info(
            "There is no survey yet. Make a small one below, or open finished ones with `inspector "
            "app --surveys FOLDER`.",
            icon=":material/stacked_bar_chart:",
        )
    _making(subject, opened=not found)


# Looking ------------------------------------------------------------------------------------------


def _looking(found: dict[str, str]) -> None:
    """Lets one or two surveys be chosen, tells of them, and shows a view."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="surveys"):
        key = surveys.choose(_CHOSEN, "Survey", found, next(iter(found)))
        others = {_NONE: "nothing"} | {one: title for one, title in found.items() if one != key}
        other = surveys.choose(_OTHER, "Compared with", others, _NONE)
    with messages.told():
        keys = [key] if other == _NONE else [key, other]
        held = [surveys.opened(one, found[one]) for one in keys]
        for side, one in zip(SIDES if len(held) > 1 else ("",), held, strict=True):
            _about(one, side)
        _views(tuple(held))


def _about(one: Opened, side: str) -> None:
    """How many images of what, by which network, and what is in none of it."""
    named = f"{side}: " if side else ""
    # The heading above names the network at the left, which may be another one.
    st.markdown(f"**{named}Survey of {plain(network.title(str(one.survey.about['model'])))}**")
    st.caption("  \n".join(plain(line) for line in origin(one.survey.about)[:2]))
    count = int(one.survey.about["skipped"]) + int(one.survey.about["left_out"])
    if count:
        with st.expander(f"Left out{' of ' * bool(side)}{side} ({count:,})"):
            _left_out(one, count)


def _left_out(one: Opened, count: int) -> None:
    """What no statistics are of, and why; the first of many."""
    names = ("key", "kind", "reason")
    columns = (one.survey.skipped[name].values[:_ROWS].tolist() for name in names)
    rows = [dict(zip(names, map(plain, row), strict=True)) for row in zip(*columns, strict=True)]
    st.table(rows)
    if len(rows) < count:
        st.caption(f"The first {len(rows)} of {count:,}.")


@st.fragment
def _views(held: tuple[Opened, ...]) -> None:
    """Lets a view be chosen, and shows it of one survey or of two."""
    if st.session_state.get("page") != _KEY:
        st.rerun()  # an image was opened, on another page
    read = [one.survey for one in held]
    views = [view for view in SURVEY_VIEWS if view.of == len(held)]
    reasons = {view.key: view.applies(read) for view in views}
    fitting = [view for view in views if reasons[view.key] is None]
    if not fitting:
        st.info(plain(" ".join(filter(None, reasons.values()))))
        return
    view = _view(fitting)
    st.markdown(plain(view.shows))
    with messages.told():
        _shown(view, held)
    chosen.publish("", view.key)


def _view(fitting: list[SurveyView]) -> SurveyView:
    titles = {view.key: view.title for view in fitting}
    address.restore(_VIEW, titles, next(iter(titles)))
    st.segmented_control(
        "View",
        list(titles),
        required=True,
        format_func=lambda key: titles[key],
        label_visibility="collapsed",
        key=_VIEW,
    )
    return survey_view_of(address.keep(_VIEW, next(iter(titles))))


def _shown(view: SurveyView, held: tuple[Opened, ...]) -> None:
    """A view: its controls, its figure, what it does not show, its files."""
    read = [one.survey for one in held]
    choices = widgets.choices(view.key, view.controls(read))
    shown = exhibited(view, read, choices)
    _figure(shown)
    if view.key == "survey_extremes":
        found = extremes(read[0], choices["column"], choices["ends"])
        outliers.show(held[0], found)
    stem = "-and-".join(one.stem for one in held) + f"-{view.key}"
    downloads.offer(stem, shown.heading, shown.figure, shown.arrays, shown)
    tables.offer(shown.computed, view.key)


def _figure(shown: SurveyExhibit) -> None:
    view = shown.view
    alt = sentence(view.title, shown.computed)
    pointing.chart(shown.draw(), key=f"figure-{view.key}", alt=alt)
    st.caption(f"**What this does not show.** {plain(view.caveat)}")


# Making -------------------------------------------------------------------------------------------


@st.fragment
def _making(subject: Subject, *, opened: bool) -> None:
    """Lets a small survey be made of the network at the left."""
    begun = desk.begun()
    expanded = opened or begun is not None
    box = st.expander("Make a small survey", icon=":material/add_chart:", expanded=expanded)
    with box, messages.told():
        if begun:
            _unfinished(begun)
        else:
            _begin(subject)


def _begin(subject: Subject) -> None:
    folder = surveys.pictures_folder()
    names = folder.names() if folder else []
    at_hand = pictures.at_hand()
    options = {"": f"the samples and your own pictures ({len(at_hand)})"} | {n: n for n in names}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        name = st.selectbox(
            "Pictures", list(options), format_func=lambda one: options[one], key="survey-of"
        )
        most = desk.MOST_IMAGES
        if name:
            most = st.number_input("Images at most", 8, desk.MOST_IMAGES, 128, 8, key="survey-most")
        start = st.button("Start", icon=":material/play_arrow:", key="survey-start")
    title = network.title(subject.model)
    changes = " What is changed in it is not." * bool(subject.interventions)
    st.caption(
        f"{plain(title)} with the weights at the left is surveyed.{changes} It stays with this "
        "page and can be cancelled; the command inspector survey makes large ones, to keep."
    )
    if start:
        source = _source(name, int(most))
        desk.desk().begin(f"{title}, {source.title}", subject, source)
        _go_on()


def _unfinished(begun: desk.Making) -> None:
    st.info(plain(f"{begun.title}: not finished. What it had is kept."), icon=":material/pause:")
    with st.container(horizontal=True, gap="small"):
        resumed = st.button("Resume", icon=":material/play_arrow:", key="survey-resume")
        st.button(
            "Discard", icon=":material/delete:", key="survey-discard", on_click=desk.desk().discard
        )
    if resumed:
        _go_on()


def _go_on() -> None:
    with st.spinner("Surveying", show_time=True), waiting.shown():
        number = desk.desk().go_on()
    surveys.open_next(_CHOSEN, number)
    st.rerun()


def _source(name: str, most: int) -> "Source":
    """Some of what the server offers by a name, or what is at hand."""
    if name and (folder := surveys.pictures_folder()):
        # a browser may send any number
        return survey_files.sample(folder.path(name), min(most, desk.MOST_IMAGES))
    from inspector.surveys.sources.photos import Photos  # noqa: PLC0415 - zarr

    photos = {photo.sha256: photo for photo in pictures.at_hand().values()}
    return Photos(tuple(photos.values()), "samples and own pictures")
