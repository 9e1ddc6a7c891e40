"""The page of the tour: stored figures, step by step, for which no network has to be opened."""

from typing import TYPE_CHECKING

import streamlit as st

from inspector import reading, tour
from inspector.figures import Figure, clickable, outlined
from inspector.ui import messages, pointing
from inspector.ui.subject import Subject
from inspector.ui.wording import plain

if TYPE_CHECKING:
    from inspector.views.exhibit import Exhibit

_STEP = "stored tour"
"""Where the session remembers the step, from 0."""


def show(subject: Subject) -> None:
    """Draws the page; the subject waits for the others."""
    _steps()


@st.fragment
def _steps() -> None:
    place = st.session_state.setdefault(_STEP, 0)
    step = tour.STEPS[place]
    st.markdown(f"**{place + 1} of {len(tour.STEPS)}: {step.title}.** {plain(step.told)}")
    with st.container(horizontal=True, gap="xsmall", key="tour-steps"):
        _button("Back", place - 1, disabled=place == 0)
        _button("Next", place + 1, disabled=place + 1 == len(tour.STEPS))
    with messages.told():
        _figure(tour.shown(step.figure), step)


def _figure(shown: "Exhibit", step: tour.Step) -> None:
    """A stored figure, whose weights it is of, and what it does not show."""
    about = shown.provenance.about
    whose = f"Stored results of {about['model']}, {about['weights']}, made beforehand."
    untrained = (
        "" if about["trained"] else " Nothing here was learnt: read the steps, not the values."
    )
    st.caption(plain(whose + untrained))
    figure = _drawn(step.figure)
    pointing.keep_width(f"tour-{step.figure}", figure.words["layout"]["width"])
    st.plotly_chart(
        pointing.Sent(outlined(figure, step.framed)),
        **pointing.LOOK,
        key=f"tour-{step.figure}",
        alt=reading.words(shown),
    )
    st.caption(f"**What this does not show.** {plain(shown.view.caveat)}")


@st.cache_resource(max_entries=len(tour.FIGURES), show_spinner=False)
def _drawn(name: str) -> Figure:
    return clickable(tour.shown(name).draw())


def _button(title: str, there: int, *, disabled: bool) -> None:
    name = f"stored-tour-{title.lower()}"
    st.button(title, key=name, disabled=disabled, on_click=_go, args=(there,))


def _go(step: int) -> None:
    st.session_state[_STEP] = step
