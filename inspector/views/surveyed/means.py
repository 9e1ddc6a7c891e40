"""A mean over images stands with its interval: of all images, of right and wrong ones, by class.

What is pooled decides how much is known of the interval. Of all images the survey keeps how the
mean over heads or channels varies; of a split it keeps that of each head alone, and an interval for
their mean is the widest that those allow.
"""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from inspector.figures import Figure
from inspector.measures import averaged_summary, summary_difference, summary_interval
from inspector.views.surveyed import points
from inspector.views.surveyed.quantities import (
    POOLED,
    UNITS,
    Quantity,
    chosen_layer,
    chosen_layers,
    chosen_quantity,
    counted,
    labels_along,
    layer_control,
    nothing,
    of_units,
    pooled_dims,
    quantity_control,
    splits,
    unit_controls,
    what_control,
)
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw

if TYPE_CHECKING:
    from inspector.surveys import Survey

BOUND = (
    "Intervals are the widest that the {0}s' own variances allow, as if all moved as one; those of "
    "a single {0} are Student's."
)
APART = "wrong minus correct"

# By split -----------------------------------------------------------------------------------------


def _controls(surveys: Surveys) -> tuple[Control, ...]:
    (survey,) = surveys
    shown = {"all": "all images"}
    if "correct" in splits(survey):
        shown |= {"both": "classified right, and wrong", "difference": APART}
    told = Choose("shown", "Images", shown)
    return (quantity_control(survey), told, layer_control(survey), *unit_controls(survey))


def _means(surveys: Surveys, choices: Choices) -> Computed:
    (survey,) = surveys
    one = chosen_quantity(survey, choices)
    shown = choices.get("shown", "all")
    names = ("all",) if shown == "all" else ("correct", "wrong")
    found = {name: along_layers(survey, one, choices, name) for name in names}
    notes = [_pooling(one, choices)] * (shown != "all")
    if shown == "difference":
        apart = summary_difference(found["correct"], found["wrong"])
        panels = {APART: points.titled(apart, one.title, "difference of means")}
        notes += [points.clear_of_zero(apart)]
    else:
        panels = {
            name: points.titled(summary_interval(data), one.title) for name, data in found.items()
        }
    notes += points.left_out(next(iter(panels.values())), "place")
    images = "; ".join(
        f"{name} {int(data['count'].max()):,} images" for name, data in found.items()
    )
    return Computed(panels, tuple(filter(None, [f"{images}; intervals at 95 %.", *notes])))


def along_layers(survey: "Survey", one: Quantity, choices: Choices, split: str) -> xr.Dataset:
    """The summary (place) of a quantity: a place for each layer, or each label of each layer.

    Args:
        survey: that holds it.
        one: the quantity.
        choices: of heads or channels.
        split: of the images.

    Returns:
        ``mean``, ``variance`` and ``count`` by place: "layer", or "layer: label".
    """
    layers = chosen_layers(one, choices)
    parts = [_of_layer(survey, one, layer, choices, split) for layer in layers]
    joined = xr.concat(parts, dim="place", combine_attrs="override")
    joined["place"].attrs["long_name"] = "layer: label" if one.along(_first(one)) else "layer"
    return joined


def _of_layer(
    survey: "Survey", one: Quantity, layer: str, choices: Choices, split: str
) -> xr.Dataset:
    data = of_units(one.layers[layer], one.name, choices).sel(split=split, drop=True)
    count = counted(of_units(one.layers[layer], one.name, choices), one.name).sel(split=split)
    found = xr.Dataset(
        {
            "mean": data[f"{one.name}_mean"].astype(np.float64),
            "variance": data[f"{one.name}_variance"],
            "count": float(count),
        }
    )
    over = pooled_dims(data, one.name)
    for dim in over:
        found = averaged_summary(found, dim)
    if over and split == "all":
        found["variance"] = _exact(survey, one, layer, found["variance"])
    return _placed(found, layer, one.along(layer))


def _exact(survey: "Survey", one: Quantity, layer: str, bound: xr.DataArray) -> xr.DataArray:
    """The variance of the mean over heads or channels, which the profile has; else the bound."""
    columns = survey.profile
    own = [
        place
        for place, told in enumerate(_columns(columns))
        if told == (one.mechanism, layer, one.name)
    ]
    if len(own) != bound.size:
        return bound
    return bound.copy(data=columns["covariance"].values[own, own].reshape(bound.shape))


def _columns(profile: xr.Dataset) -> list[tuple[str, str, str]]:
    names = ("mechanism", "layer", "quantity")
    return list(zip(*(map(str, profile[name].values.tolist()) for name in names), strict=True))


def _placed(found: xr.Dataset, layer: str, along: str | None) -> xr.Dataset:
    if along is None:
        labels = [layer]
        found = found.expand_dims("place")
    else:
        labels = [f"{layer}: {label}" for label in found[along].values.tolist()]
        found = found.rename({along: "place"}).drop_vars("place")
    found["count"] = found["count"].broadcast_like(found["mean"])
    return found.drop_vars(set(found.coords)).assign_coords(place=("place", labels))


def _first(one: Quantity) -> str:
    return next(iter(one.layers))


def _pooling(one: Quantity, choices: Choices) -> str:
    layer = _first(one)
    left = pooled_dims(of_units(one.layers[layer], one.name, choices), one.name)
    return BOUND.format(left[0]) if left else ""


def _draw(computed: Computed, choices: Choices) -> Figure:
    return points.draw(computed.panels, "place", difference=APART in computed.panels)


MEANS = SurveyView(
    key="survey_means",
    title="Means",
    shows="The mean over images of each layer, edge or slot with its 95 % interval: of all images, "
    "or of those that the network classified right and wrong.",
    caveat="An interval says where the mean over more images of this kind would lie, for this one "
    "network; another training is another network. Right and wrong images differ in much else, "
    "such as their classes, so a difference between them is no cause.",
    applies=lambda surveys: nothing(surveys[0]),
    controls=_controls,
    compute=_means,
    draw=_draw,
)

# By class -----------------------------------------------------------------------------------------


def _has_classes(surveys: Surveys) -> str | None:
    (survey,) = surveys
    if "images" in survey.classes:
        return nothing(survey)
    return "Its images have no classes. Survey a source that has them, such as folders by class."


def _class_controls(surveys: Surveys) -> tuple[Control, ...]:
    (survey,) = surveys
    labels = {"": "mean over all"} | labels_along(survey)
    which = (Choose("label", "Edge or slot", labels),) if len(labels) > 1 else ()
    heads = (control for control in unit_controls(survey) if control.key == "head")
    return (what_control(survey), *which, *heads)


def _by_class(surveys: Surveys, choices: Choices) -> Computed:
    (survey,) = surveys
    one, layer = chosen_layer(survey, choices)
    data = one.layers[layer]
    if f"{one.name}_class_mean" not in data:
        raise NothingToDraw(f"{one.title} is not kept by class. Choose another quantity.")
    named = {f"{one.name}_class_{what}": what for what in ("mean", "variance")}
    held = of_units(data, one.name, {"head": choices.get("head", POOLED)})
    found = held[list(named)].rename(named).assign(count=survey.classes["images"].astype(float))
    found, notes = _of_label(found, one.along(layer), choices.get("label", ""))
    for dim in set(UNITS) & set(found["mean"].dims):
        notes, found = [*notes, BOUND.format(dim)], averaged_summary(found, str(dim))
    shown = points.titled(summary_interval(found), f"{one.title} of {layer}")
    few = f"{int(found['count'].min()):,} to {int(found['count'].max()):,} images a class"
    said = [f"{few}; intervals at 95 %.", *notes, *points.left_out(shown, "class")]
    return Computed({"by class": shown.drop_vars(set(shown.coords) - {"class"})}, tuple(said))


def _of_label(found: xr.Dataset, along: str | None, label: str) -> tuple[xr.Dataset, list[str]]:
    """The summary of one edge or slot, or of their mean."""
    if along is None:
        return found, []
    if not label:
        return averaged_summary(found, along), [BOUND.format(along.replace("_", " "))]
    places = [n for n, text in enumerate(found[along].values.tolist()) if str(text) == label]
    if not places:
        raise NothingToDraw(f"This layer has no {along.replace('_', ' ')} {label}. Choose another.")
    return found.isel({along: places[0]}), []


CLASSES = SurveyView(
    key="survey_classes",
    title="By class",
    shows="The mean of one layer over the images of each class, with its 95 % interval.",
    caveat="Of many classes some lie far out by chance alone. What a class has in common is also "
    "its background, its camera and its number of images.",
    applies=_has_classes,
    controls=_class_controls,
    compute=_by_class,
    draw=lambda computed, choices: points.draw(computed.panels, "class"),
)
