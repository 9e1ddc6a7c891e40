"""A survey exhibit is one figure of surveys with where it comes from: how many images, of what.

It needs no survey, so it can be kept, stored, and drawn again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import xarray as xr

from inspector.figures import Figure, caption
from inspector.provenance import About, Surveyed
from inspector.views.exhibit import Shown
from inspector.views.rendering import chosen, subject, warning_of
from inspector.views.sides import SIDES, by_side
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices

ORIGIN = (
    *("model", "weights", "weights_sha256", "trained", "weights_gaps", "options", "device"),
    *("source", "listing_sha256", "preprocessing", "images", "skipped", "left_out", "truth"),
    *("layers", "effects", "verified_error", "version"),
)
"""What is told of a survey."""


@dataclass(frozen=True, eq=False)
class SurveyExhibit(Shown):
    """One figure of surveys, ready to be drawn.

    Attributes:
        view: how it is drawn.
        provenance: where the arrays come from.
    """

    view: SurveyView
    provenance: Surveyed

    @property
    def model(self) -> str:
        """Name of the network, or of both."""
        return " and ".join(dict.fromkeys(str(about["model"]) for about in self.provenance.about))

    @property
    def said(self) -> tuple[str, ...]:
        """The caption: what was chosen, which surveys it is of, and what was left out."""
        words = subject(self.view, self.provenance.chosen)
        origins = [origin(about) for about in self.provenance.about]
        return (words, *_joined(origins), *self.computed.notes)

    @property
    def warning(self) -> str | None:
        """The sentence that must not be overlooked, if there is one."""
        found = [[loud] if (loud := warning_of(about)) else [] for about in self.provenance.about]
        return " ".join(_joined(found)) or None

    def draw(self, *, captioned: bool = True) -> Figure:
        """The figure with its warning, and with its caption if asked for."""
        drawn = self.view.draw(self.computed, self.choices)
        return caption(drawn, self.said if captioned else (), warning=self.warning)

    def arrays(self) -> xr.DataTree:
        """What is saved of it as numbers: its panels, and where they come from."""
        tree, origin = self.computed.tree(), self.provenance
        for side, about in _sides(origin):
            prefix = f"{side.lower()}_" if side else ""
            tree.attrs = {**tree.attrs, **{prefix + name: about[name] for name in about}}
        return tree

    def is_same(self, other: Shown) -> bool:
        """Whether the other shows the same arrays, which are read anew each time, as chosen."""
        return (
            isinstance(other, SurveyExhibit)
            and (self.view.key, self.choices) == (other.view.key, other.choices)
            and self.provenance == other.provenance
            and self.computed.tree().identical(other.computed.tree())
        )


def exhibited(view: SurveyView, surveys: Surveys, choices: Choices) -> SurveyExhibit:
    """The exhibit of what a view shows of surveys.

    Raises:
        ValueError: the view does not apply to them.
        NothingToDraw: not with these choices.
    """
    if reason := view.applies(surveys):
        raise ValueError(f"{view.key}: {reason}")
    about = tuple(about_of(survey.about) for survey in surveys)
    provenance = Surveyed(about, chosen(view.controls(surveys), choices))
    return SurveyExhibit(view, view.compute(surveys, choices), dict(choices), provenance)


def origin(about: About) -> list[str]:
    """Where the numbers of a survey come from: images, network, weights, proof of the capture."""
    return [
        f"{_images(about)}; listing sha256 {about['listing_sha256'][:12]}",
        f"model {about['model']}, {about['weights']}; sha256 {about['weights_sha256'][:12]}, run "
        f"on {about['device']}",
        f"{about['preprocessing']}; {about['truth']}",
        f"largest error of any capture {float(about['verified_error']):.1e}",
    ]


def about_of(told: About) -> About:
    """What a figure tells of a survey, out of all that this tells of itself."""
    return {name: told[name] for name in ORIGIN if told.get(name) is not None}


def _joined(told: Sequence[Sequence[str]]) -> Sequence[str]:
    """Sentences of one survey, or of both by their side."""
    return told[0] if len(told) == 1 else by_side(*told)


def _sides(origins: Surveyed) -> Iterator[tuple[str, About]]:
    """Each survey by what it is called; one alone needs no name."""
    return zip(SIDES if len(origins.about) > 1 else ("",), origins.about, strict=True)


def _images(about: About) -> str:
    lacking = f", {about['skipped']:,} damaged and skipped" if about["skipped"] else ""
    return f"{about['images']:,} images of {about['source']}{lacking}"
