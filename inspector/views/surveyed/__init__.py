"""Every view of surveys there is. To add one: its file, and its name in ``SURVEY_VIEWS``."""

from inspector.views.surveyed.correlation import CORRELATION
from inspector.views.surveyed.difference import DIFFERENCE
from inspector.views.surveyed.distribution import HISTOGRAM, QUANTILES
from inspector.views.surveyed.effects import EFFECTS_OF_PARTS
from inspector.views.surveyed.exhibit import SurveyExhibit, about_of, exhibited, origin
from inspector.views.surveyed.extremes import EXTREMES, Extreme, columns, extremes
from inspector.views.surveyed.maps import MAP
from inspector.views.surveyed.means import CLASSES, MEANS
from inspector.views.surveyed.view import Surveys, SurveyView, starts

SURVEY_VIEWS = (
    QUANTILES,
    HISTOGRAM,
    MEANS,
    MAP,
    CLASSES,
    CORRELATION,
    EXTREMES,
    EFFECTS_OF_PARTS,
    DIFFERENCE,
)

__all__ = [
    "SURVEY_VIEWS",
    "Extreme",
    "SurveyExhibit",
    "SurveyView",
    "Surveys",
    "about_of",
    "columns",
    "exhibited",
    "extremes",
    "origin",
    "starts",
    "survey_view_of",
]


def survey_view_of(key: str) -> SurveyView:
    """The view of surveys with this key.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    known = {view.key: view for view in SURVEY_VIEWS}
    if key not in known:
        raise ValueError(f"No view of a survey is called '{key}'; there are: {', '.join(known)}.")
    return known[key]
