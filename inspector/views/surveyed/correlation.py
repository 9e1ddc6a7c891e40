"""The correlation of layers over a survey is how far they go up and down together, image by image.

It is told with an interval where it rests on one number of each image.
"""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from inspector.figures import Figure, Panel, Scale, heatmap
from inspector.measures import correlation_interval
from inspector.views.surveyed.quantities import Quantity, chosen_quantity, nothing, quantities
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw

if TYPE_CHECKING:
    from inspector.surveys import Survey

CORRELATED = {
    "profile": "means of each layer, image by image",
    "centred": "all labels, each about its own mean",
    "pooled": "all labels together",
}
CLOSE = "the 95 % interval holds 0"
_MOST_COLUMNS = 120


def _layers_lack(surveys: Surveys) -> str | None:
    (survey,) = surveys
    if reason := nothing(survey):
        return reason
    if any(len(one.layers) > 1 for one in quantities(survey).values()):
        return None
    return "Needs two layers with the same quantity; this survey has one of each."


def _correlation_controls(surveys: Surveys) -> tuple[Control, ...]:
    (survey,) = surveys
    held = {key: one.title for key, one in quantities(survey).items() if len(one.layers) > 1}
    told = "Only the first rests on one number an image, and so has an interval."
    how = Choose("how", "Correlation of", CORRELATED, told)
    return (Choose("quantity", "Quantity", held), how)


def _correlation(surveys: Surveys, choices: Choices) -> Computed:
    (survey,) = surveys
    one = chosen_quantity(survey, choices)
    images = int(survey.about["images"])
    if choices.get("how", "profile") != "profile":
        panels = _kinship(survey, one, choices["how"])
        return Computed(
            panels,
            (
                f"{images:,} images; no interval, as labels of one image go "
                "together in ways that a survey does not keep.",
            ),
        )
    found = _by_image(survey, one, images)
    apart = ~np.eye(found.sizes["layer"], dtype=bool) & found["low"].notnull().values
    close = apart & ((found["low"] < 0) & (found["high"] > 0)).values
    return Computed(
        {one.title: found},
        (
            f"{images:,} images; 95 % intervals by Fisher's z, each pair by itself. "
            f"Of {apart.sum() // 2} pairs {close.sum() // 2} have an interval that holds 0.",
        ),
    )


def _by_image(survey: "Survey", one: Quantity, images: int) -> xr.Dataset:
    profile = survey.profile
    told = [profile[name].values.tolist() for name in ("mechanism", "layer", "quantity", "label")]
    own = [
        (place, f"{layer}: {label}" if label else str(layer))
        for place, (mechanism, layer, name, label) in enumerate(zip(*told, strict=True))
        if (mechanism, name) == (one.mechanism, one.name)
    ]
    if not 0 < len(own) <= _MOST_COLUMNS:
        raise NothingToDraw(
            f"{one.title} has {len(own)} numbers an image, and {_MOST_COLUMNS} can be seen at the "
            "most. Choose its entropy."
        )
    places, names = zip(*own, strict=True)
    covariance = profile["covariance"].values[np.ix_(places, places)]
    size = np.sqrt(np.where(np.diag(covariance) > 0, np.diag(covariance), np.nan))
    values = np.clip(covariance / np.outer(size, size), -1.0, 1.0)
    labels = {"layer": list(names), "other_layer": list(names)}
    about = {"long_name": "correlation over images", "units": "-1 to 1"}
    coefficient = xr.DataArray(values, labels, ("layer", "other_layer"), attrs=about)
    return correlation_interval(coefficient, images)


def _kinship(survey: "Survey", one: Quantity, how: str) -> dict[str, xr.Dataset]:
    found = {}
    nodes = survey.tree.children.get("kinship")
    for kin in nodes.children.values() if nodes is not None else ():
        if (kin.attrs["mechanism"], kin.attrs["quantity"]) == (one.mechanism, one.name):
            value = kin.to_dataset(inherit=False)[how].rename("value")
            first = str(value["layer"].values[0])
            value.attrs = {"long_name": CORRELATED[how], "units": "-1 to 1"}
            found[f"{first} and alike"] = value.to_dataset()
    if not found:
        raise NothingToDraw(
            f"No two layers have the same labels of {one.title}. Choose means of each layer."
        )
    return found


def _draw_correlation(computed: Computed, choices: Choices) -> Figure:
    panels = {title: _pairs(data) for title, data in computed.panels.items()}
    scale = Scale.diverging(1.0, "correlation")
    return heatmap(panels, x="other_layer", y="layer", scale=scale)


def _pairs(data: xr.Dataset) -> Panel:
    still = {"a layer that no image moves": data["value"].isnull()}
    if "low" not in data:
        return Panel(data["value"], undefined=still)
    extras = {"interval from": data["low"], "interval to": data["high"]}
    near = (data["low"] < 0) & (data["high"] > 0)
    return Panel(data["value"], extras=extras, marks={CLOSE: near}, undefined=still)


CORRELATION = SurveyView(
    key="survey_correlation",
    title="Correlation of layers",
    shows="How far the layers go up and down together from image to image.",
    caveat="Layers that go together need not act on one another: an image that is bright moves "
    "many. Head 3 or channel 3 of two layers need not mean the same. An interval counts images as "
    "independent, which frames of one film are not.",
    applies=_layers_lack,
    controls=_correlation_controls,
    compute=_correlation,
    draw=_draw_correlation,
)
