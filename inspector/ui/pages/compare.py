"""The page that compares: two subjects side by side, one view of both, and their difference."""

from collections.abc import Sequence

import streamlit as st

from inspector import comparison
from inspector.comparison import Compared, Row
from inspector.inspection import Inspection
from inspector.ui import (
    address,
    against,
    chosen,
    crumbs,
    doors,
    downloads,
    messages,
    network,
    overview,
    panel,
    pointing,
    sidebar,
    waiting,
    widgets,
)
from inspector.ui.subject import Subject
from inspector.ui.wording import plain
from inspector.views import VIEWS, Choices, View, view_of

_PICTURE, _SIDE_WIDTH = 96, 260
"""Widths of a picture and of a side on the page, in pixels."""

_VIEW = "compared"
_FIXED = comparison.FIXED
Pair = tuple[Subject, Subject]


def show(subject: Subject) -> None:
    """Draws the page; the subject is B."""
    pair = against.choose(subject), subject
    with st.spinner("Opening the networks", show_time=True):
        seen = [doors.inspection(one) for one in pair]
    sidebar.tell(seen[1])
    with st.container(horizontal=True, gap="medium", key="sides"):
        for side, one, inspection in zip("AB", pair, seen, strict=True):
            with st.container(width=_SIDE_WIDTH, gap="small", key=f"side-{side}"):
                _side(side, one, inspection)
        with st.container(width="stretch", key="both"):
            _classes(*seen)
    _views(pair)


def _side(side: str, subject: Subject, inspection: Inspection) -> None:
    """One of the two: its picture, and what it is."""
    with st.container(horizontal=True, gap="small"):
        pixels = inspection.pixels.isel(sample=0).values
        st.image(pixels, width=_PICTURE, alt=f"{side}: {inspection.images[0]}", output_format="PNG")
        about = inspection.about
        lines = [network.title(subject.model), about["weights"], inspection.images[0]]
        changed = about.get("interventions")
        lines += [f"changed: {changed}"] if changed else []
        with st.container(width="stretch", gap="xsmall"):
            st.markdown(f"**{side}** " + "  \n".join(plain(line) for line in lines))


def _classes(a: Inspection, b: Inspection) -> None:
    """What both predict, class by class, and what speaks against reading anything into it."""
    if loud := comparison.warning(a, b):
        st.caption(f":material/warning: {plain(loud)}")
    classes, said = comparison.compared_classes(a, b, {})
    st.caption(plain(" ".join(said)))
    if classes is not None:
        rows = comparison.table_of_classes(classes)
        st.table(
            [{title: plain(text) for title, text in row.items()} for row in rows],
            border="horizontal",
        )


@st.fragment
def _views(pair: Pair) -> None:
    """Lets a view be chosen, and shows it of both."""
    a, b = (doors.inspection(one) for one in pair)
    offered = [view for view in VIEWS if view.applies(a) is None and view.applies(b) is None]
    if not offered:
        st.info("No view fits both. Choose another A, or another network at the left.")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="crumbs"):
        view = _view(offered)
        crumbs.show(b)
    st.markdown(plain(view.shows))
    with messages.told():
        _compared(view, pair, (a, b))
    chosen.publish(view.key)


def _view(offered: Sequence[View]) -> View:
    """Lets one of the views be chosen, the same as on the other pages where both have it."""
    titles = {view.key: view.title for view in offered}
    now = st.session_state.get(overview.VIEWED) or st.query_params.get(overview.VIEWED)
    st.session_state[_VIEW] = now if now in titles else offered[0].key
    st.selectbox(
        "View",
        list(titles),
        format_func=lambda key: titles[key],
        key=_VIEW,
        on_change=_open,
        width=360,
    )
    key: str = st.session_state[_VIEW]
    address.put(overview.VIEWED, key)
    return view_of(key)


def _open() -> None:
    overview.open_view(st.session_state[_VIEW])


def _compared(view: View, pair: Pair, seen: tuple[Inspection, Inspection]) -> None:
    comparison.require_match(view, *seen)
    asked = widgets.choices(view.key, [c for c in view.controls(seen[1]) if c.key not in _FIXED])
    agreed = comparison.choices_for_both(view, *seen, {**asked, **_FIXED})
    found = _found(view, pair, agreed)
    if found:
        _shown(pair, found)


def _found(view: View, pair: Pair, choices: Choices) -> Compared | None:
    """The comparison; of a costly view none until it is asked for."""
    known = all(doors.find(view, one, choices) for one in pair)
    place = st.empty()
    if view.takes_long(choices) and not known and not panel.asked(view, place):
        return None
    with place.container(), st.spinner("Computing", show_time=True), waiting.shown():
        found = doors.compared(view, pair, choices)
    place.empty()
    return found


def _shown(pair: Pair, compared: Compared) -> None:
    """The difference in words, as a figure, as a table and as files."""
    view, shown = compared.view, comparison.exhibited(compared)
    st.markdown(f"**{plain(comparison.summary(compared))}**")
    for sentence in comparison.on_images(compared):
        st.caption(plain(sentence))
    drawing = doors.drawn(shown, *pair)
    pointing.chart(drawing.figure, key=f"compared-{view.key}", alt=drawing.alt)
    st.caption(f"**What this does not show.** {plain(view.caveat)}")
    with st.expander("Largest differences as a table"):
        st.table([_row(row) for row in comparison.rows(compared)])
    stem = f"{pair[0].stem}-and-{pair[1].stem}-{view.key}"
    downloads.offer(stem, shown.heading, shown.figure, shown.arrays, shown)


def _row(row: Row) -> dict[str, str]:
    """A difference in words; numbers as text, or the table would round them."""
    numbers = {"A": row.a, "B": row.b, "B minus A": row.change}
    if row.over:
        numbers |= dict(zip(("mean over images", "from", "to"), row.over, strict=True))
    told = {"Panel": row.panel, "Cell": row.place}
    return told | {title: f"{value:.4g}" for title, value in numbers.items()}
