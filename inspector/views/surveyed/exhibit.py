"""A survey exhibit is one figure of surveys with where it comes from: how many images, of what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import caption
from inspector.views.rendering import RANDOM_WEIGHTS
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, Choose, Computed

if TYPE_CHECKING:
    from inspector.surveys import Survey

SIDES = ("A", "B")
_ORIGIN = (
    *("model", "weights", "weights_sha256", "trained", "source", "listing_sha256"),
    *("preprocessing", "images", "skipped", "truth", "verified_error", "version"),
)
"""What is told of a survey in a file of arrays."""


@dataclass(frozen=True, eq=False)
class SurveyExhibit:
    """One figure of surveys, ready to be drawn.

    Attributes:
        view: how it is drawn.
        surveys: what it is of.
        computed: its arrays.
        choices: what was chosen in the view, by key.
        title: what its keeper calls it; the view's title if empty.
    """

    view: SurveyView
    surveys: Surveys
    computed: Computed
    choices: Choices
    title: str = ""

    @property
    def heading(self) -> str:
        """What it is called."""
        return self.title or self.view.title

    @property
    def model(self) -> str:
        """Name of the network, or of both."""
        return " and ".join(dict.fromkeys(str(one.about["model"]) for one in self.surveys))

    @property
    def said(self) -> tuple[str, ...]:
        """The caption: what was chosen, which surveys it is of, and what was left out."""
        chosen = [
            f"{control.label}: {control.options[self.choices[control.key]]}"
            for control in self.view.controls(self.surveys)
            if isinstance(control, Choose)
        ]
        origin = (line for told in _told(self.surveys) for line in told)
        return (". ".join([self.view.title, *chosen]) + ".", *origin, *self.computed.notes)

    @property
    def warning(self) -> str | None:
        """The sentence that must not be overlooked, if there is one."""
        found = [loud for survey in self.surveys if (loud := _warning(survey.about))]
        return " ".join(dict.fromkeys(found)) or None

    def figure(self, *, captioned: bool = True) -> go.Figure:
        """The figure with its warning, and with its caption if asked for."""
        drawn = self.view.draw(self.computed, self.choices)
        return caption(drawn, self.said if captioned else (), warning=self.warning)

    def arrays(self) -> xr.DataTree:
        """What is saved of it as numbers: its panels, and where they come from."""
        tree = self.computed.tree()
        sides = SIDES if len(self.surveys) > 1 else ("",)
        for side, survey in zip(sides, self.surveys, strict=True):
            prefix = f"{side.lower()}_" if side else ""
            told = {prefix + name: survey.about[name] for name in _ORIGIN if name in survey.about}
            tree.attrs = {**tree.attrs, **told}
        return tree

    def named(self, title: str) -> Self:
        """The same under another title."""
        return replace(self, title=title)


def exhibited(view: SurveyView, surveys: Surveys, choices: Choices) -> SurveyExhibit:
    """The exhibit of what a view shows of surveys.

    Raises:
        ValueError: the view does not apply to them.
        NothingToDraw: not with these choices.
    """
    if reason := view.applies(surveys):
        raise ValueError(f"{view.key}: {reason}")
    return SurveyExhibit(view, surveys, view.compute(surveys, choices), dict(choices))


def origin(survey: "Survey") -> list[str]:
    """Where the numbers of a survey come from: images, network, weights, proof of the capture."""
    about = survey.about
    return [
        f"{_images(about)}; listing sha256 {about['listing_sha256'][:12]}",
        f"model {about['model']}, {about['weights']}; sha256 {about['weights_sha256'][:12]}, run "
        f"on {about['device']}",
        f"{about['preprocessing']}; {about['truth']}",
        f"largest error of any capture {float(about['verified_error']):.1e}",
    ]


def _told(surveys: Surveys) -> Sequence[list[str]]:
    if len(surveys) == 1:
        return [origin(surveys[0])]
    sides = zip(SIDES, surveys, strict=True)
    return [[f"{side}: {line}" for line in origin(survey)[:2]] for side, survey in sides]


def _images(about: Any) -> str:
    lacking = f", {about['skipped']:,} damaged and skipped" if about["skipped"] else ""
    return f"{about['images']:,} images of {about['source']}{lacking}"


def _warning(about: Any) -> str | None:
    if about["trained"]:
        return None
    gaps = about.get("weights_gaps")
    return f"INCOMPLETE WEIGHTS: {about['weights']}; {gaps}." if gaps else RANDOM_WEIGHTS
