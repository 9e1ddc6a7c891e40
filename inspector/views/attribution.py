"""The view of attributions: how the score of a class reacts to the image, signs kept."""

import plotly.graph_objects as go
import xarray as xr

from inspector.attribution import METHODS, attribute, refusal
from inspector.figures import Scale, overlay
from inspector.inspection import Inspection
from inspector.views.selection import image_control, image_of
from inspector.views.view import Choices, Choose, Computed, Control, Slide, Toggle, View

CUTS = {"none": "none: the largest value sets the scale", "99": "at the 99th percentile of size"}


def _applies(inspection: Inspection) -> str | None:
    if inspection.model is not None:
        return None
    return "Needs the model itself, which a saved capture does not hold: inspect the image again."


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    likely = inspection.top_classes(0, 10)
    names = {name: place for place, name in enumerate(inspection.logits["class"].values.tolist())}
    targets = {
        str(names[name]): f"{name} ({probability:.1%})"
        for name, probability in zip(likely["class"].values.tolist(), likely.values, strict=True)
    }
    return (
        *image_control(inspection),
        Choose("method", "Method", _methods(inspection)),
        Choose("target", "Class", targets),
        Choose("cut", "Cut", CUTS, help="Cells beyond the cut are marked.", begin="99"),
        Slide("opacity", "Opacity of the map", 0.2, 1.0, 0.75, 0.05),
        Toggle("beside", "Image beside the map", start=True),
    )


def _methods(inspection: Inspection) -> dict[str, str]:
    return {
        key: method.title
        for key, method in METHODS.items()
        if inspection.model is None or refusal(inspection.model, key) is None
    }


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    if inspection.model is None:
        raise ValueError(_applies(inspection))
    sample = image_of(choices)
    pixels = inspection.pixels.isel(sample=[sample])
    data = attribute(inspection.model, pixels, int(choices["target"]), choices["method"])
    image = pixels.isel(sample=0, drop=True) / 255
    panels = {
        _title(inspection, choices): data.isel(sample=0, drop=True),
        "image": xr.Dataset({"image": image}),
    }
    return Computed(panels, _notes(data["attribution"]))


def _title(inspection: Inspection, choices: Choices) -> str:
    name = inspection.logits["class"].values[int(choices["target"])]
    return f"{METHODS[choices['method']].title}: {name}"


def _notes(values: xr.DataArray) -> tuple[str, ...]:
    notes = [f"Each cell: {values.attrs['formula']}."]
    if "convergence_delta" in values.attrs:
        notes.append(
            f"Sum of the map {float(values.sum()):.3g}; convergence delta "
            f"{values.attrs['convergence_delta']:.2g} logits with {values.attrs['steps']} steps."
        )
    return tuple(notes)


def _draw(computed: Computed, choices: Choices) -> go.Figure:
    maps = {t: data["attribution"] for t, data in computed.panels.items() if "attribution" in data}
    (values,) = maps.values()
    label = f"{values.attrs['long_name']} ({values.attrs['units']}, signed)"
    return overlay(
        computed.panels["image"]["image"],
        maps,
        scale=Scale.diverging(_limit(values, choices["cut"]), label),
        opacity=choices["opacity"],
        beside=choices["beside"],
    )


def _limit(values: xr.DataArray, cut: str) -> float:
    size = abs(values)
    limit = float(size.max() if cut == "none" else size.quantile(float(cut) / 100))
    return limit or float(size.max()) or 1.0


ATTRIBUTION = View(
    key="attribution",
    title="Attribution",
    shows="How the logit of a class reacts to each place of the image: red raises it, blue lowers "
    "it.",
    caveat="An attribution depends on the method and its baseline, and resembles the image even "
    "with random weights. It is evidence beside the attention, not its explanation.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    costly=True,
)
