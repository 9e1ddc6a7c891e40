"""A survey view is a declared picture of finished surveys: what it needs, what it lets choose.

It is a `View` of many images in place of a few: ``compute`` reads statistics that are stored, and
runs no network. A view of two surveys shows the second one minus the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.figures import Figure
from inspector.views.view import Choices, Computed, Control

if TYPE_CHECKING:
    from inspector.surveys import Survey

Surveys = Sequence["Survey"]
"""One survey, or two that are compared: A, then B."""


@dataclass(frozen=True)
class SurveyView:
    """A declared picture of surveys.

    Attributes:
        key: short name, for the command line and addresses; begins with "survey_".
        title: name for readers.
        shows: one sentence: what is to be seen.
        caveat: one sentence: what the picture does not show.
        applies: None if the surveys hold what the view needs, else the sentence why not.
        controls: the choices that they offer.
        compute: the arrays for some choices.
        draw: the figure of those arrays.
        of: how many surveys it is of.
    """

    key: str
    title: str
    shows: str
    caveat: str
    applies: Callable[[Surveys], str | None]
    controls: Callable[[Surveys], tuple[Control, ...]]
    compute: Callable[[Surveys, Choices], Computed]
    draw: Callable[[Computed, Choices], Figure]
    of: int = 1


def starts(view: SurveyView, surveys: Surveys) -> dict[str, Any]:
    """The choices that a view begins with."""
    return {control.key: control.start for control in view.controls(surveys)}
