"""An extreme is an image that lies far out in a distribution, with its rank from that end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from inspector.figures import Figure, bars
from inspector.views.surveyed.quantities import nothing, quantities
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, Choose, Computed, Control

if TYPE_CHECKING:
    from inspector.surveys import Survey

ENDS = {"both": "both ends", "highest": "highest", "lowest": "lowest"}
_EACH = 10


@dataclass(frozen=True)
class Extreme:
    """One image at one end of one distribution.

    Attributes:
        key: what its source knows it by: a path, or the number of a row.
        end: "highest" or "lowest".
        rank: from that end, from 1.
        value: of the number that images are ranked by.
        deviations: how many standard deviations it is from the mean; NaN if no image differs.
        column: what that number is, in words.
        images: how many were ranked.
    """

    key: str
    end: str
    rank: int
    value: float
    deviations: float
    column: str
    images: int

    @property
    def sentence(self) -> str:
        """The rank in the distribution, in words."""
        place = f"the {_ordinal(self.rank)} {self.end}" if self.rank > 1 else f"the {self.end}"
        apart = f", {self.deviations:+.1f} standard deviations from the mean"
        return (
            f"{place} of {self.images:,} images in {self.column}: {self.value:.4g}"
            f"{apart if np.isfinite(self.deviations) else ''}"
        )


def columns(survey: "Survey") -> dict[str, str]:
    """What images are ranked by: words by the place of the column."""
    profile = survey.profile
    names = ("layer", "label", "quantity")
    told = zip(*(map(str, profile[name].values.tolist()) for name in names), strict=True)
    titles = _titles(survey)
    return {
        str(place): f"{titles.get(quantity, quantity)} of {layer}" + (f": {label}" if label else "")
        for place, (layer, label, quantity) in enumerate(told)
    }


def extremes(survey: "Survey", column: str, ends: str = "both") -> list[Extreme]:
    """The images at either end of a column, the farthest first.

    Args:
        survey: that holds them.
        column: key of `columns`.
        ends: key of `ENDS`.
    """
    wanted = ("highest", "lowest") if ends == "both" else (ends,)
    return [one for end in wanted for one in _at_end(survey, int(column), end)]


def _at_end(survey: "Survey", place: int, end: str) -> Iterator[Extreme]:
    column = survey.profile.isel(column=place)
    mean, images = float(column["mean"]), int(survey.about["images"])
    spread = float(column["covariance"].isel(other_column=place)) ** 0.5
    at = column.sel(end=end)
    keys = at["extreme_key"].values.tolist()
    words = columns(survey)[str(place)]
    told = zip(keys, at["extreme_value"].values.tolist(), strict=True)
    for number, (key, value) in enumerate(told):
        if key and np.isfinite(value) and number < images:
            apart = (value - mean) / spread if spread > 0 else float("nan")
            yield Extreme(str(key), end, number + 1, value, apart, words, images)


def _titles(survey: "Survey") -> dict[str, str]:
    return {one.name: one.title for one in quantities(survey).values()}


def _controls(surveys: Surveys) -> tuple[Control, ...]:
    (survey,) = surveys
    begin = str(_first_that_varies(survey))
    ranked = Choose("column", "Ranked by", columns(survey), begin=begin)
    return (ranked, Choose("ends", "Ends", ENDS))


def _first_that_varies(survey: "Survey") -> int:
    """Place of the first column that differs between images; MRLA's first layers have none."""
    variances = np.diagonal(survey.profile["covariance"].values)
    return int(np.argmax(variances > 0))


def _compute(surveys: Surveys, choices: Choices) -> Computed:
    (survey,) = surveys
    found = extremes(survey, choices["column"], choices.get("ends", "both"))
    images = [f"{one.end} {one.rank}: {one.key}" for one in found]
    profile = survey.profile.isel(column=int(choices["column"]))
    mean = float(profile["mean"])
    data = xr.Dataset(
        {
            "value": ("image", [one.value for one in found], {"long_name": found[0].column}),
            "deviations": (
                "image",
                [one.deviations for one in found],
                {"long_name": "from the mean", "units": "standard deviations"},
            ),
            "key": ("image", np.array([one.key for one in found], dtype=object)),
            "rank": ("image", [one.rank for one in found]),
        },
        coords={"image": images},
    )
    note = f"{found[0].images:,} images, mean {mean:.4g}. Ranks are exact."
    return Computed({found[0].column: data}, (note,))


def _draw(computed: Computed, choices: Choices) -> Figure:
    (data,) = computed.panels.values()
    ends = [f"{end} {rank}: " for end in ("highest", "lowest") for rank in range(1, _EACH + 1)]
    near = [
        n for n, text in enumerate(data["image"].values.tolist()) if text.startswith(tuple(ends))
    ]
    shown = data.isel(image=near)
    drawn = shown["deviations"] if bool(shown["deviations"].notnull().all()) else shown["value"]
    return bars(drawn, horizontal=True)


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if number % 100 in (11, 12, 13) else endings.get(number % 10, "th")
    return f"{number}{ending}"


EXTREMES = SurveyView(
    key="survey_extremes",
    title="Most deviating images",
    shows=f"The {_EACH} images at either end of a distribution, by how far they are from the mean.",
    caveat="Of many images some must lie far out. What sets these apart is for the eye to judge; "
    "a rank says nothing of why.",
    applies=lambda surveys: nothing(surveys[0]),
    controls=_controls,
    compute=_compute,
    draw=_draw,
)
