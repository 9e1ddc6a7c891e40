"""The view of memories: how alike the learnt vectors of a layer's slots point."""

from functools import partial
from math import nan

import numpy as np
import xarray as xr

from inspector.figures import Panel, Scale, heatmap
from inspector.figures.text import number
from inspector.inspection import Inspection
from inspector.measures import cosine_gram, mean_between_slots, random_cosine
from inspector.views.external_attention import KEY
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import needs, verified
from inspector.views.view import Choices, Choose, Computed, Control, View

PAIRS = {
    "keys and keys": ("memory_key", "memory_key"),
    "values and values": ("memory_value", "memory_value"),
    "keys and values": ("memory_key", "memory_value"),
}
LENGTHLESS = "undefined: a vector of length 0"
START_EQUAL = ("tokens-to-token", "segmentation head")
"""Layouts whose two memories are set to one value before training."""


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    layers, _ = verified(inspection, KEY)
    pairs = {title: title for title in PAIRS}
    return (
        Choose("layer", "Layer", {name: name for name in layers}, begin=list(layers)[-1]),
        Choose("pair", "Memories", pairs),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    layers, held_back = verified(inspection, KEY)
    data = layers[choices["layer"]]
    grams = {title: cosine_gram(data[one], data[other]) for title, (one, other) in PAIRS.items()}
    drawn = _named(grams[choices["pair"]], choices["pair"])
    means = [f"{title} {number(mean_between_slots(gram))}" for title, gram in grams.items()]
    features = data.sizes["feature"]
    said = (
        "Memories are parameters: the same for every image. Of the value memory its weight alone "
        "is compared, without the bias.",
        f"Mean size of the cosine of different slots: {', '.join(means)}; of random directions in "
        f"{features} dimensions {number(random_cosine(features))}.",
    )
    panels = {choices["layer"]: xr.Dataset({"cosine": drawn})}
    return Computed(panels, (*held_back, *said, _start(data, grams["keys and values"])))


def _named(gram: xr.DataArray, title: str) -> xr.DataArray:
    """The same array with words for the side on which each memory is."""
    one, other = (f"slot of the {word}" for word in title.split(" and "))
    gram["slot"].attrs["long_name"] = one
    gram["other_slot"].attrs["long_name"] = other
    return gram


def _start(data: xr.Dataset, gram: xr.DataArray) -> str:
    """How far the two memories of a slot are from where they started."""
    same = np.diag(gram.values)
    known = same[np.isfinite(same)]
    now = number(float(known.mean()) if known.size else nan)
    if data.attrs["variant"] in START_EQUAL:
        start = "as two parameters of one value, at 1"
    else:
        start = "independent of each other, near 0"
    return f"Cosine of a slot's own key and value: mean {now}; training starts them {start}."


def _maps(computed: Computed, _choices: Choices) -> Maps:
    panels = {
        title: Panel(data["cosine"], undefined={LENGTHLESS: data["cosine"].isnull()})
        for title, data in computed.panels.items()
    }
    scale = Scale.diverging(1.0, "cosine")
    return Maps(panels, scale, partial(heatmap, x="other_slot", y="slot"))


MEMORY = View(
    key="external_memory",
    title="External attention memories",
    shows="The cosine of every two slots: of the key memory, of the value memory, or of keys with "
    "values.",
    caveat="This belongs to the model, not to the image. A slot's cosine with itself is 1 by "
    "construction. Slots that point alike need not be used alike: lengths and queries decide as "
    "well. Before training a slot has no meaning.",
    applies=needs(KEY, None, "a network with external attention"),
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
)
