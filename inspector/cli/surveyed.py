"""A surveyed figure is one view of a finished survey, or of two, with choices from the shell."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.cli.choices import chosen, told_choices, told_views

if TYPE_CHECKING:
    from inspector.views.surveyed import SurveyExhibit

ENDING = ".zarr"


_EXPECTED = {1: ("one survey", "no --against"), 2: ("two surveys", "--against OTHER.zarr")}


@dataclass(frozen=True)
class Stores:
    """The surveys that a figure is of.

    Attributes:
        survey: the one that was named.
        against: whose numbers are taken away from it; None where one is looked at alone.
    """

    survey: Path
    against: Path | None = None


def drawn(stores: Stores, key: str, words: Sequence[str]) -> "SurveyExhibit":
    """Returns the figure of a view.

    Args:
        stores: that `inspector survey` wrote.
        key: of the view.
        words: its choices, KEY=VALUE each.

    Raises:
        ValueError: a store, the view or a choice is not as expected.
    """
    from inspector.surveys import open_survey  # noqa: PLC0415 - zarr
    from inspector.views.surveyed import exhibited, survey_view_of  # noqa: PLC0415

    view = survey_view_of(key)
    paths = [path for path in (stores.against, stores.survey) if path]
    if view.of != len(paths):
        of, expected = _EXPECTED[view.of]
        raise ValueError(f"{key} is of {of}: expected {expected}.")
    surveys = [open_survey(path) for path in paths]
    if reason := view.applies(surveys):
        raise ValueError(f"{key}: {reason} `inspector figure {stores.survey}` lists other views.")
    return exhibited(view, surveys, chosen(view.controls(surveys), words))


def listed(store: Path, key: str | None = None) -> str:
    """Returns the views of a survey and why it lacks others, or the choices of one view."""
    from inspector.surveys import open_survey  # noqa: PLC0415 - zarr
    from inspector.views.surveyed import SURVEY_VIEWS, survey_view_of  # noqa: PLC0415

    survey = open_survey(store)
    if key is not None:
        view = survey_view_of(key)
        return told_choices(view, view.controls([survey] * view.of))
    told = [(v, v.applies([survey]) if v.of == 1 else "Needs --against.") for v in SURVEY_VIEWS]
    return told_views(told, "this survey")
