"""A drawing is the figure of one view and its words, made once for all who look at the same.

Most clicks leave most figures of a page as they are. What is drawn depends on the subject and the
choices alone, so that sessions may share it; a selection is framed on top, see `pointing`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from inspector.figures import Ready, clickable
from inspector.ui import doors, reading
from inspector.ui.subject import Key, Subject
from inspector.views import Choices, Computed, View
from inspector.views.rendering import render

Chosen = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Drawing:
    """A figure that is ready to be sent.

    Attributes:
        figure: of the view, with its ground below; its cells can be clicked.
        alt: what it shows, for those who cannot see it.
    """

    figure: Ready
    alt: str


def drawn(view: View, subject: Subject, choices: Choices, computed: Computed) -> Drawing:
    """Returns the drawing of a view.

    Args:
        view: what is drawn.
        subject: what its arrays are of.
        choices: those they were computed with, and those that concern the drawing alone.
        computed: the arrays, which follow from the three.
    """
    key = view.key, subject.key, tuple(sorted(choices.items()))
    return _drawn(key, lambda: _draw(view, subject, choices, computed))


def figure(view: View, subject: Subject, choices: Choices, computed: Computed) -> go.Figure:
    """Returns the figure as plotly's own, for files; see `drawn`."""
    return render(view, doors.inspection(subject), computed, choices)


@st.cache_resource(max_entries=64, show_spinner=False)
def _drawn(key: tuple[str, Key, Chosen], _draw: Callable[[], Drawing]) -> Drawing:
    return _draw()


def _draw(view: View, subject: Subject, choices: Choices, computed: Computed) -> Drawing:
    answering = clickable(figure(view, subject, choices, computed))
    return Drawing(answering, reading.sentence(view.title, computed))
