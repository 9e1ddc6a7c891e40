"""The view of head agreement: do the heads of a layer use the slots of their memory alike?"""

from functools import partial

import xarray as xr

from inspector.figures import Panel, Scale, heatmap
from inspector.figures.text import number
from inspector.inspection import Inspection
from inspector.measures import head_agreement, mean_of_pairs
from inspector.views.external_attention import KEY
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import distinct_images, lacks, layers, verified
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, NothingToDraw, View
from inspector.views.words import counted

AGREEMENTS = {
    "mass_distance": "distance of the slots' masses (Jensen-Shannon, 0 alike, 1 apart)",
    "token_distance": "distance at each token, mean over tokens (Jensen-Shannon)",
    "mass_correlation": "correlation of the slots' masses (Pearson)",
}

EVEN = "undefined: a head gives all slots the same"


def _applies(inspection: Inspection) -> str | None:
    if not inspection.variants(KEY):
        return lacks(inspection, "a network with external attention")
    if all(layer.sizes["head"] == 1 for layer in layers(inspection, KEY)):
        return lacks(inspection, "external attention with several heads")
    return None


def _with_heads(inspection: Inspection) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """Verified layers of several heads, and sentences on those held back."""
    found, held_back = verified(inspection, KEY)
    several = {name: data for name, data in found.items() if data.sizes["head"] > 1}
    if not several:
        raise NothingToDraw(" ".join(held_back))
    return several, held_back


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    found, _ = _with_heads(inspection)
    return (
        Choose("layer", "Layer", {name: name for name in found}, begin=list(found)[-1]),
        Choose("agreement", "Agreement", AGREEMENTS),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    found, held_back = _with_heads(inspection)
    layer, samples = choices["layer"], distinct_images(inspection)
    data = head_agreement(found[layer]["affinity"].isel(sample=samples), choices["agreement"])
    return Computed({layer: data}, (*held_back, *_said(data)))


def _said(data: xr.Dataset) -> tuple[str, ...]:
    about = data.attrs
    mean, shuffled = mean_of_pairs(data["agreement"]), mean_of_pairs(data["shuffled"])
    return (
        f"Mean over pairs of heads {number(mean)}; {number(shuffled)} if one head's slots change "
        f"places ({about['shuffles']} orders, seed {about['seed']}).",
        f"Over {about['tokens']} tokens of each of {counted(about['images'], 'image')}. The heads "
        "of a layer share one pair of memories, so a slot is the same in all of them.",
    )


def _maps(computed: Computed, choices: Choices) -> Maps:
    panels = {
        layer: Panel(
            data["agreement"],
            extras={"slots shuffled": data["shuffled"]},
            undefined={EVEN: data["agreement"].isnull()},
        )
        for layer, data in computed.panels.items()
    }
    shared = Scale.unit("Jensen-Shannon distance (0 alike, 1 apart)")
    if choices["agreement"] == "mass_correlation":
        shared = Scale.diverging(1.0, "Pearson correlation")
    return Maps(panels, shared, partial(heatmap, x="other_head", y="head"))


HEADS = View(
    key="external_heads",
    title="External attention head agreement",
    shows="How alike every two heads of a layer use the slots of the memory that they share.",
    caveat="Heads that use all slots evenly are close to each other without agreeing on any: "
    "compare with the shuffled value. Equal masses may belong to other places, which the distance "
    "at each token tells.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
    contrast=Contrast(unordered=("head", "other_head")),
)
