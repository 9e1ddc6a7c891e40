"""An effect over images is what cutting one part did to the logits, as a mean with its interval."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from inspector.figures import Figure
from inspector.interventions import from_text
from inspector.measures import summary_difference, summary_interval
from inspector.measures.effects import EFFECTS
from inspector.views.causal import SHORT
from inspector.views.part_words import title
from inspector.views.surveyed import points
from inspector.views.surveyed.means import APART
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, Choose, Computed, Control

if TYPE_CHECKING:
    pass

PART = "intervention"


def _applies(surveys: Surveys) -> str | None:
    if surveys[0].effects.sizes:
        return None
    return (
        "No part was cut in this survey. Make one with effects: inspector survey ... --effects 200."
    )


def _controls(surveys: Surveys) -> tuple[Control, ...]:
    effects = surveys[0].effects
    shown = {"all": "all images"}
    if "correct" in effects["split"]:
        shown |= {"both": "classified right, and wrong", "difference": APART}
    kinds = dict.fromkeys(map(str, effects["kind"].values.tolist()))
    return (
        Choose("measure", "Effect", {name: title for name, (title, _) in EFFECTS.items()}),
        Choose("kind", "Parts", {"": "all kinds"} | {kind: kind for kind in kinds}),
        Choose("shown", "Images", shown),
    )


def _compute(surveys: Surveys, choices: Choices) -> Computed:
    table = surveys[0].effects
    if kind := choices.get("kind", ""):
        table = table.isel({PART: np.flatnonzero(table["kind"].values == kind)})
    name, shown = choices.get("measure", "logit"), choices.get("shown", "all")
    unit = EFFECTS[name][1]
    of = ("all",) if shown == "all" else ("correct", "wrong")
    found = {split: _summary(table, name, split, unit) for split in of}
    images = "; ".join(f"{split} {int(data['count'].max()):,}" for split, data in found.items())
    notes = [f"Images of the sample: {images}; intervals at 95 %."]
    if shown == "difference":
        apart = summary_difference(found["correct"], found["wrong"])
        panels = {APART: points.titled(apart, name, SHORT[name])}
    else:
        panels = {
            split: points.titled(summary_interval(data), name, SHORT[name])
            for split, data in found.items()
        }
    first = next(iter(panels.values()))
    rounding = f"Rounding alone moves logits by up to {table.attrs['floor']:.1g}."
    notes += [points.clear_of_zero(first), rounding, *points.left_out(first, "part")]
    return Computed(panels, tuple(notes))


def _summary(table: xr.Dataset, name: str, split: str, unit: str) -> xr.Dataset:
    """Mean, variance and count (part) of one measure over the images of a split."""
    one = table.sel(split=split, drop=True)
    found = xr.Dataset(
        {
            "mean": one[f"{name}_mean"].astype(np.float64).assign_attrs(units=unit),
            "variance": one[f"{name}_variance"].astype(np.float64),
        }
    )
    found["count"] = float(one["images"]) * xr.ones_like(found["mean"])
    labels = ("part", [_named(str(text)) for text in one["text"].values])
    named = found.rename({PART: "part"})
    return named.drop_vars(set(named.coords)).assign_coords(part=labels)


def _named(text: str) -> str:
    (part,) = from_text(text)
    return title(part)


def _draw(computed: Computed, choices: Choices) -> Figure:
    return points.draw(computed.panels, "part", difference=True)


EFFECTS_OF_PARTS = SurveyView(
    key="survey_effects",
    title="Effects of parts",
    shows="What cutting each part of the attention, one at a time, does to the logits: the mean "
    "over a sample of the images with its 95 % interval.",
    caveat="The network was not trained with the part cut: an effect tells that this network "
    "relies on the part, not that another could not do without. Parts cut together may do more or "
    "less than each alone. The length of a change is never below 0: its interval leaves 0 out.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
)
