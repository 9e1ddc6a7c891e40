"""The views of inter-layer similarity: do the layers of a stage attend alike, and on average?"""

from functools import partial

import numpy as np
import xarray as xr

from inspector.figures import Figure, Panel, Scale, estimates, heatmap
from inspector.inspection import Inspection
from inspector.measures import MEASURES
from inspector.views.scaling import Coloured, Maps
from inspector.views.similarities import (
    PAPER,
    applies,
    coefficient_controls,
    resampling_controls,
    tables,
    two_digits,
)
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, View

LAYERS = {
    "stage": "within each stage",
    "all": "all layers of the network",
}
INDISTINCT = "not distinguishable from shuffled images"
EXTRAS = {
    "low": "interval from",
    "high": "interval to",
    "baseline": "shuffled images, mean",
    "baseline_low": "shuffled images, from",
    "baseline_high": "shuffled images, to",
    "adjusted_p": "p-value, adjusted",
    "n": "values",
    "images": "images",
    "untested": "not tested because",
}
"""What the text under the pointer adds, by variable."""

# Every pair ---------------------------------------------------------------------------------------


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    layers = Choose(
        "layers",
        "Layers",
        LAYERS,
        help="Layers of different stages share no labels, as a rule; CKA compares them all the "
        "same.",
    )
    return (*coefficient_controls(inspection), layers, *resampling_controls(start=False))


def _maps(computed: Computed, choices: Choices) -> Maps:
    panels = {title: _panel(data) for title, data in computed.panels.items()}
    scale = Scale.diverging(1.0, MEASURES[choices["measure"]].title)
    return Maps(panels, scale, partial(heatmap, x="other_layer", y="layer"))


def _panel(data: xr.Dataset) -> Panel:
    extras = {title: data[name] for name, title in EXTRAS.items() if name in data}
    why = data["reason"].where(data["reason"] != "", "(defined)")
    marks = {INDISTINCT: data["indistinct"]} if "indistinct" in data else {}
    reasons = sorted(set(data["reason"].values.ravel().tolist()) - {""})
    lacking = data["similarity"].isnull()
    without = {f"undefined: {one}": lacking & (data["reason"] == one) for one in reasons}
    told = extras | {"undefined because": why}
    return Panel(data["similarity"], extras=told, marks=marks, undefined=without)


CORRELATION = View(
    key="correlation",
    title="Layer similarity",
    shows="How alike the attention of every two layers of a stage is over the same images, as "
    "correlation, cosine or CKA.",
    caveat="Alike is not the same, and not caused by one another. One image says little, and a "
    "gate that ignores the image correlates with itself: hold it against shuffled images. Rows and "
    "channels are compared by label, though channel 3 of two blocks need not mean the same. The "
    "definitions are ours: the DIA paper gives a figure (0.85) without saying over which vectors.",
    applies=applies,
    controls=_controls,
    compute=tables,
    draw=Coloured(_maps),
    contrast=Contrast(),
    overview=True,
)

# Averages -----------------------------------------------------------------------------------------

AVERAGED = {"all": "all pairs of layers", "adjacent": "neighbouring layers"}
SHUFFLED = "all pairs, images shuffled"


def _average_controls(inspection: Inspection) -> tuple[Control, ...]:
    return (*coefficient_controls(inspection), *resampling_controls(start=True))


def _averages(inspection: Inspection, choices: Choices) -> Computed:
    found = tables(inspection, choices, means=False)
    names = ["mean", "mean_low", "mean_high", "mean_baseline", "pair_count"]
    stages = xr.Variable("stage", list(found.panels), {"long_name": "stage"})
    data = xr.concat([panel[names] for panel in found.panels.values()], dim=stages)
    compared = [str(panel.attrs["compared"]) for panel in found.panels.values()]
    data = data.assign_coords(compared=("stage", compared))
    return Computed({"averages": data}, (*found.notes, *_over_stages(data)))


def _over_stages(data: xr.Dataset) -> list[str]:
    """Of each thing compared in several stages, the mean of their means, plain and by pairs."""
    every = data.sel(pairs="all")
    found = []
    for compared in dict.fromkeys(every["compared"].values.tolist()):
        of = every.isel(stage=(every["compared"] == compared) & (every["pair_count"] > 0))
        if of.sizes["stage"] > 1:
            plain = two_digits(float(of["mean"].mean()))
            weighted = two_digits(float(of["mean"].weighted(of["pair_count"]).mean()))
            found.append(f"Over stages, {compared}: mean {plain}, weighted by pairs {weighted}.")
    return found


def _draw_averages(computed: Computed, choices: Choices) -> Figure:
    (data,) = computed.panels.values()
    measure = MEASURES[choices["measure"]].title
    series = {title: _series(data.sel(pairs=pairs), measure) for pairs, title in AVERAGED.items()}
    null = data["mean_baseline"].sel(pairs="all")
    if null.notnull().any():
        series[SHUFFLED] = _bare(null.assign_attrs(long_name=f"mean {measure}", units="1"))
    paper = {"DIA paper's highest, vectors not stated": PAPER}
    references = paper if choices["measure"] == "pearson" else {}
    return estimates(series, x="stage", references=references)


def _series(data: xr.Dataset, measure: str) -> xr.Dataset:
    value = data["mean"].assign_attrs(long_name=f"mean {measure}", units="1")
    return xr.Dataset({"value": value, "low": data["mean_low"], "high": data["mean_high"]})


def _bare(value: xr.DataArray) -> xr.Dataset:
    none = xr.full_like(value, np.nan)
    return xr.Dataset({"value": value, "low": none, "high": none})


AVERAGES = View(
    key="correlation_average",
    title="Layer similarity on average",
    shows="The mean over pairs of layers of each stage, of all pairs and of neighbours, beside the "
    "figure of the DIA paper.",
    caveat="A mean hides which layers are alike. The paper's abstract gives its figure without "
    "saying over which vectors, models or pairs, so being near it confirms nothing.",
    applies=applies,
    controls=_average_controls,
    compute=_averages,
    draw=_draw_averages,
    merges=False,
)
