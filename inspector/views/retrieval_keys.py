"""The view of MRLA's keys: do the layers of a stage offer different things to be retrieved?"""

from functools import partial

import xarray as xr

from inspector.figures import Panel, Scale, heatmap
from inspector.inspection import Inspection
from inspector.measures import key_similarity
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import (
    head_control,
    image_control,
    layers,
    needs,
    of_head,
    of_image,
    stacked,
)
from inspector.views.view import Choices, Computed, Control, View

ITSELF = "1 by construction: a layer and itself"
LENGTHLESS = "undefined: a key is 0"


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    heads = head_control(layer.sizes["head"] for layer in layers(inspection, "mrla"))
    return (*image_control(inspection), heads)


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = stacked(inspection, "mrla", names=["key"])
    keys = {chain: of_image(data, choices)["key"] for chain, data in found.items()}
    similar, lacking = of_head({c: key_similarity(key) for c, key in keys.items()}, choices)
    panels = {chain: _panel(values) for chain, values in similar.items()}
    sizes = dict.fromkeys(keys[chain].sizes["feature"] for chain in similar)
    return Computed(panels, (*notes, *lacking, *map(_chance, sizes)))


def _panel(similarity: xr.DataArray) -> xr.Dataset:
    itself = (similarity["layer"] == similarity["other_layer"]) & similarity.notnull()
    return xr.Dataset({"similarity": similarity, "itself": itself})


def _chance(features: int) -> str:
    """What cosines are without any likeness."""
    return (
        f"In one head of {features} features, cosines of independent keys scatter by "
        f"{features**-0.5:.2f} around 0."
    )


def _maps(computed: Computed, _choices: Choices) -> Maps:
    panels = {
        chain: Panel(
            data["similarity"],
            marks={ITSELF: data["itself"]},
            undefined={LENGTHLESS: data["similarity"].isnull()},
        )
        for chain, data in computed.panels.items()
    }
    scale = Scale.diverging(1.0, "cosine of keys")
    return Maps(panels, scale, partial(heatmap, x="other_layer", y="layer"))


KEYS = View(
    key="mrla_keys",
    title="MRLA key similarity",
    shows="Cosine between the keys of every two layers of a stage, per head.",
    caveat="Keys are made of pooled features, which in a ResNet a ReLU left without negative "
    "values; one kernel of a few numbers makes all keys of a layer. Cosines near 1 or -1 therefore "
    "need no learning: compare with the same network with random weights. To one query like keys "
    "are alike, whatever their values hold.",
    applies=needs("mrla", None, "an MRLA network"),
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
)
