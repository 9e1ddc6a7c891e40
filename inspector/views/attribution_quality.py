"""The view of an attribution's quality: what can be known of maps without knowing the truth."""

from collections.abc import Sequence

import xarray as xr

from inspector import attribution
from inspector.attribution import METHODS, Question
from inspector.figures import Figure, Scale, bars, overlay, profile
from inspector.inspection import Inspection
from inspector.measures import removal
from inspector.views.questions import (
    applies,
    averaged,
    fitting,
    question_of,
    target_control,
)
from inspector.views.selection import image_control
from inspector.views.view import Choices, Choose, ChooseSome, Computed, Control, Slide, View

CURVES, TRIALS, TWINS = "curves", "trials", "twins"
CHECKS = {
    CURVES: "deletion and insertion, against random orders",
    TRIALS: "infidelity and sensitivity",
    TWINS: "the same network with random weights",
}
QUICK = ("saliency", "input_x_gradient", "grad_cam")
"""Methods of a single gradient: with them the view begins."""

FILLS = {"mean": "the mean colour", "blur": "the image out of focus"}
ORDERINGS = 20
TWIN_COUNT = 3
RANDOM = "random orders"
KINDS = ("signed", "size")


def methods_control(inspection: Inspection, most: int = 4) -> ChooseSome:
    """Which of the methods that fit are judged."""
    methods = fitting(inspection)
    start = tuple(key for key in QUICK if key in methods)
    return ChooseSome("methods", "Methods", methods, start=start, most=most)


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    return (
        *image_control(inspection),
        Choose("check", "Check", CHECKS),
        methods_control(inspection),
        target_control(inspection),
        Choose("fill", "A removed cell shows", FILLS, help="For deletion and insertion."),
        Slide("cells", "Cells", 6, 28, 14, 1, "Along the shorter side, for removal and twins."),
        Slide("seed", "Seed", 0, 9999, 0, 1, "Of random orders and changes."),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    question = question_of(inspection, choices)
    methods = list(choices["methods"]) or [next(iter(fitting(inspection)))]
    ways = {CURVES: _curves, TRIALS: _trials, TWINS: _twins}
    panels, notes = ways[choices["check"]](question, methods, choices)
    defaults = "Each method with the options that it starts with."
    return Computed(panels, (*averaged(question), *notes, defaults))


# Curves -------------------------------------------------------------------------------------------


def _curves(
    question: Question, methods: Sequence[str], choices: Choices
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    maps = {METHODS[key].title: _map(question, key) for key in methods}
    curves = attribution.removal_curves(
        question,
        maps,
        cells=int(choices["cells"]),
        orderings=ORDERINGS,
        fill=choices["fill"],
        seed=int(choices["seed"]),
    )
    panels = {
        kind: _beside_random(curves[kind], done)
        for kind, done in (("deletion", "removed"), ("insertion", "put back"))
    }
    judged = [f"{title} {_judged(curves, title)}" for title in maps]
    noted = (
        f"Share of the orders (the map's and {ORDERINGS} random ones) that do at least as well: "
        f"{'; '.join(judged)}. One map judged by few orders: no less than 1/{ORDERINGS + 1}.",
        f"Boxes: 5, 25, 50, 75, 95 % of the random orders, seed {int(choices['seed'])}. A removed "
        f"cell shows {FILLS[choices['fill']]}, such as no photograph does.",
    )
    return panels, noted


def _map(question: Question, key: str) -> xr.DataArray:
    """The map of one method (y, x)."""
    data = attribution.attribute(
        question.model, question.pixels, question.target, key, where=question.where
    )
    return data["attribution"].isel(sample=0, drop=True)


def _beside_random(curves: xr.DataArray, done: str) -> xr.Dataset:
    """The curve of each method, and the spread of the random orders."""
    given = curves[~curves["random"].values]
    plain = curves.drop_vars("random")
    series = {str(name): plain.sel(order=name, drop=True) for name in given["order"].values}
    data = xr.Dataset(series | {RANDOM: removal.random_spread(curves)})
    shares = xr.Variable("share", [f"{share:.0%}" for share in data["share"].values])
    shares.attrs = {"long_name": f"cells {done}"}
    return data.assign_coords(share=shares)


def _judged(curves: xr.Dataset, title: str) -> str:
    deletion = removal.chance(curves["deletion"], title, low=True)
    insertion = removal.chance(curves["insertion"], title, low=False)
    return f"{deletion:.0%} (deletion), {insertion:.0%} (insertion)"


# Trials -------------------------------------------------------------------------------------------


def _trials(
    question: Question, methods: Sequence[str], choices: Choices
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    seed = int(choices["seed"])
    found = {
        name: [_number(measure(question, key, seed=seed)) for key in methods]
        for name, measure in (
            ("infidelity", attribution.infidelity),
            ("sensitivity", attribution.sensitivity),
        )
    }
    data = xr.Dataset({name: ("method", values) for name, values in found.items()})
    data = data.assign_coords(method=[METHODS[key].title for key in methods])
    for name in found:
        data[name].attrs = {"long_name": name, "units": "share"}
    slopes = [METHODS[key].title for key in methods if METHODS[key].local]
    noted = (
        "Infidelity: the share of what random changes do to the logit that the map does not "
        "foresee, 0 to 1. Sensitivity: the largest change of the map, as a share of its norm, "
        f"under noise of at most 2 % of the image's range. Seed {seed}.",
        f"Tried with grey noise, as slopes are, and not to be compared with the others: "
        f"{', '.join(slopes) or 'none'}. The others with patches in the mean colour.",
    )
    return {"trials": data}, noted


def _number(values: xr.DataArray) -> float:
    return float(values.values[0])


# Twins --------------------------------------------------------------------------------------------


def _twins(
    question: Question, methods: Sequence[str], choices: Choices
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    method = METHODS[methods[0]]
    found = attribution.randomisation(
        question, method.key, twins=TWIN_COUNT, cells=int(choices["cells"])
    )
    image = question.pixels.isel(sample=0, drop=True) / 255
    panels = {str(one): found.sel(network=one, drop=True) for one in found["network"].values}
    panels["image"] = xr.Dataset({"image": image})
    told = [_compared(str(one), found.sel(network=one)) for one in found["network"].values[1:]]
    return panels, (
        f"{method.title}, the first method chosen. Rank correlation with this network's map on "
        f"{int(choices['cells'])} cells along the shorter side, and the share of shifted maps as "
        f"far from 0: {'; '.join(told)}.",
        "A map that random weights leave as it is shows the image, and nothing that was learnt.",
    )


def _compared(name: str, data: xr.Dataset) -> str:
    signed, size = (f"{float(data[kind]):.2f} ({float(data[f'p_{kind}']):.0%})" for kind in KINDS)
    return f"{name} {signed}, of sizes {size}"


# Drawing ------------------------------------------------------------------------------------------


def _draw(computed: Computed, choices: Choices) -> Figure:
    if choices["check"] == TRIALS:
        return bars(computed.panels["trials"], horizontal=True)
    if choices["check"] == CURVES:
        return profile(computed.panels, x="share")
    maps = {
        title: data["attribution"]
        for title, data in computed.panels.items()
        if "attribution" in data
    }
    scales = {title: _own(values) for title, values in maps.items()}
    return overlay(computed.panels["image"]["image"], maps, scale=scales, opacity=0.75)


def _own(values: xr.DataArray) -> Scale:
    """A scale of its own: weights of other sizes make gradients of other sizes."""
    limit = float(abs(values).quantile(0.99)) or float(abs(values).max()) or 1.0
    return Scale.diverging(limit, f"{values.attrs['long_name']} ({values.attrs['units']})")


QUALITY = View(
    key="attribution_quality",
    title="Attribution quality",
    shows="What can be known of attribution maps without knowing the truth: whether the cells they "
    "rank first move the logit most, whether they foresee changes and hold still under noise, and "
    "whether they heed the weights.",
    caveat="No check proves a map right: covered and noisy images are not such as the network was "
    "trained on, and a map can pass one check by blur or by edges alone.",
    applies=applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    costly=True,
    merges=False,
)
