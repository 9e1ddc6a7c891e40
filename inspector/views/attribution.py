"""The view of attributions: how the score of a class reacts to the image, signs kept."""

from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from inspector.attribution import METHODS, Method, Option, attribute, refusal
from inspector.figures import Scale, overlay
from inspector.inspection import Inspection
from inspector.measures import class_shares, segments
from inspector.views.selection import image_control, image_of
from inspector.views.view import (
    Choices,
    Choose,
    Computed,
    Control,
    NothingToDraw,
    Slide,
    Toggle,
    View,
)

LIKELY = 10
"""Classes of each image that can be chosen: its likeliest."""

CUTS = {"none": "none: the largest value sets the scale", "99": "at the 99th percentile of size"}


def _applies(inspection: Inspection) -> str | None:
    if inspection.model is None:
        return (
            "Needs the model itself, which a saved capture does not hold: inspect the image again."
        )
    if inspection.about.get("interventions"):
        return (
            "Needs an inspection without interventions: it runs the network again, and would "
            "attribute the unedited one."
        )
    if not np.isfinite(inspection.logits.values).all():
        return "Needs logits that are numbers; the network returned some that are not."
    return None


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    names = inspection.logits["class"].values
    targets = {str(place): str(names[place]) for place in _likely(inspection)}
    methods = _methods(inspection)
    return (
        *image_control(inspection),
        Choose("method", "Method", methods, begin=_quickest(inspection)),
        Choose("target", "Class", targets),
        *(slide(option, methods) for option in options_of(methods)),
        Choose("cut", "Cut", CUTS, help="Cells beyond the cut are marked.", begin="99"),
        Slide("opacity", "Opacity of the map", 0.2, 1.0, 0.75, 0.05),
        Toggle("beside", "Image beside the map", start=True),
    )


def _likely(inspection: Inspection) -> list[int]:
    """Classes that make up most of any image's prediction; first those that do so most."""
    samples = range(len(inspection.images))
    share = np.stack([class_shares(inspection.logits.isel(sample=i)).values for i in samples])
    among = np.argsort(-share, axis=1, kind="stable")[:, :LIKELY]
    largest = share.max(axis=0)
    occurring = [place for place in set(among.ravel().tolist()) if largest[place] > 0]
    return sorted(occurring, key=lambda place: (-largest[place], place))


def _quickest(inspection: Inspection) -> str:
    """The method to begin with: the first, or one of a single step where steps take seconds."""
    return "saliency" if inspection.kind == "segmentation" else ""


def options_of(methods: Iterable[str]) -> tuple[Option, ...]:
    """The options of some methods, each once."""
    return tuple(dict.fromkeys(option for key in methods for option in METHODS[key].options))


def slide(option: Option, methods: Iterable[str]) -> Slide:
    """The control of an option, which says for which methods it counts."""
    titles = [METHODS[key].title for key in methods if option in METHODS[key].options]
    told = f"{option.help} For {', '.join(titles)}."
    return Slide(option.key, option.label, option.low, option.high, option.start, option.step, told)


def settings(method: Method, choices: Choices) -> dict[str, float]:
    """What was chosen for the options of one method."""
    return {option.key: choices[option.key] for option in method.options}


def _methods(inspection: Inspection) -> dict[str, str]:
    return {
        key: method.title
        for key, method in METHODS.items()
        if inspection.model is None or refusal(inspection.model, key) is None
    }


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    if inspection.model is None:
        raise NothingToDraw(_applies(inspection))
    sample = image_of(choices)
    pixels = inspection.pixels.isel(sample=[sample])
    where = _where(inspection, choices)
    method = METHODS[choices["method"]]
    data = attribute(
        inspection.model,
        pixels,
        int(choices["target"]),
        method.key,
        where=where,
        **settings(method, choices),
    )
    image = pixels.isel(sample=0, drop=True) / 255
    panels = {
        _title(inspection, choices): data.isel(sample=0, drop=True),
        "image": xr.Dataset({"image": image}),
    }
    return Computed(panels, (*_averaged(where), *_notes(data["attribution"])))


def _where(inspection: Inspection, choices: Choices) -> xr.DataArray | None:
    """Of a segmentation, the pixels (sample, y, x) at which the chosen class is the likeliest.

    Raises:
        NothingToDraw: there are none.
    """
    if inspection.kind != "segmentation":
        return None
    logits = inspection.logits.isel(sample=image_of(choices))
    where = segments(logits)["likeliest"] == int(choices["target"])
    if not where.any():
        raise NothingToDraw(
            "This class is the likeliest at no pixel of this image, so that it has no logits to "
            "average. Choose another class."
        )
    return where.expand_dims("sample")


def _averaged(where: xr.DataArray | None) -> tuple[str, ...]:
    """The sentence on what is attributed, where every pixel has logits of its own."""
    if where is None:
        return ()
    return (
        f"Attributed is the mean logit of the class over the {int(where.sum())} pixels "
        f"({float(where.mean()):.1%}) at which it is the likeliest.",
    )


def _title(inspection: Inspection, choices: Choices) -> str:
    name = inspection.logits["class"].values[int(choices["target"])]
    return f"{METHODS[choices['method']].title}: {name}"


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
    shows="How the logit of a class depends on each place of the image, signs kept. What red and "
    "blue mean depends on the method and stands below the figure.",
    caveat="An attribution depends on the method and its baseline, and resembles the image even "
    "with random weights. It is evidence beside the attention, not its explanation.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    costly=True,
)
