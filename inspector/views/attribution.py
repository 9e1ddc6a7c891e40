"""The view of attributions: how the score of a class reacts to the image, signs kept."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from inspector.attribution import METHODS, Option, attribute
from inspector.figures import Figure, Scale, overlay
from inspector.inspection import Inspection
from inspector.views.maps import look, looks, pictures_of
from inspector.views.questions import (
    applies,
    averaged,
    class_name,
    fitting,
    question_of,
    settings,
    slides,
    target_control,
)
from inspector.views.selection import image_control
from inspector.views.view import Choices, Choose, Computed, Control, View

CUTS = {"none": "none: the largest value sets the scale", "99": "at the 99th percentile of size"}


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    methods = fitting(inspection)
    return (
        *image_control(inspection),
        Choose("method", "Method", methods, begin=_quickest(inspection)),
        target_control(inspection),
        *slides(methods),
        Choose("cut", "Cut", CUTS, help="Cells beyond the cut are marked.", begin="99"),
        *look(opacity=0.75, beside=True),
    )


def _quickest(inspection: Inspection) -> str:
    """The method to begin with: the first, or one of a single step where steps take seconds."""
    return "saliency" if inspection.kind == "segmentation" else ""


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    question, method = question_of(inspection, choices), METHODS[choices["method"]]
    data = attribute(
        question.model,
        question.pixels,
        question.target,
        method.key,
        where=question.where,
        **settings(method, choices),
    )
    image = question.pixels.isel(sample=0, drop=True) / 255
    panels = {
        f"{method.title}: {class_name(inspection, choices)}": data.isel(sample=0, drop=True),
        "image": xr.Dataset({"image": image}),
    }
    return Computed(panels, (*averaged(question), *_notes(data["attribution"])))


def _notes(values: xr.DataArray) -> tuple[str, ...]:
    about, method = values.attrs, METHODS[values.attrs["method"]]
    notes = [f"Each cell: {method.formula}. {method.reads}"]
    if told := [f"{option.label.lower()} {about[option.key]:g}" for option in _counting(values)]:
        notes.append(f"Set: {', '.join(told)}.")
    if method.total:
        notes.append(_summed(values, method.total))
    return tuple(notes)


def _counting(values: xr.DataArray) -> Iterable[Option]:
    """The options that had a say: noise and its seed have none without noisy copies."""
    options = METHODS[values.attrs["method"]].options
    silent = {"noise", "seed"} if values.attrs.get("noisy") == 0 else set()
    return (option for option in options if option.key not in silent)


def _summed(values: xr.DataArray, total: str) -> str:
    """What the map adds up to, and by how much that misses what it should."""
    said = f"Sum of the map {float(values.sum()):.3g}; it should be the {total}"
    if "convergence_delta" not in values.attrs:
        return f"{said}, up to the noise."
    return f"{said}: it misses that by {values.attrs['convergence_delta']:.2g} (convergence delta)."


def _draw(computed: Computed, choices: Choices) -> Figure:
    maps = {t: data["attribution"] for t, data in computed.panels.items() if "attribution" in data}
    about = next(iter(maps.values())).attrs
    label = f"{about['long_name']} ({about['units']}, signed)"
    scale = Scale.diverging(_limit(maps.values(), choices["cut"]), label)
    return overlay(pictures_of(computed, maps), maps, scale=scale, **looks(choices))


def _limit(maps: Iterable[xr.DataArray], cut: str) -> float:
    sizes = np.abs(np.concatenate([values.values.ravel() for values in maps]))
    limit = float(sizes.max() if cut == "none" else np.quantile(sizes, float(cut) / 100))
    return limit or float(sizes.max()) or 1.0


ATTRIBUTION = View(
    key="attribution",
    title="Attribution",
    shows="How the logit of a class depends on each place of the image, signs kept. What red and "
    "blue mean depends on the method and stands below the figure.",
    caveat="An attribution depends on the method and its baseline, and resembles the image even "
    "with random weights. It is evidence beside the attention, not its explanation.",
    applies=applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    costly=True,
)
