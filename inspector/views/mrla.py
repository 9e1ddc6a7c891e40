"""Views of MRLA: what each layer retrieves (base), and gate, decay and what they imply (light)."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import xarray as xr

from inspector.figures import Figure, Panel, Scale, heatmap
from inspector.inspection import Inspection
from inspector.measures import Rows, retrieved_norm, uniform_weight
from inspector.views.channels import channel_maps
from inspector.views.scaling import Coloured, Maps, panels_of
from inspector.views.selection import (
    edited,
    form_control,
    head_control,
    image_control,
    image_of,
    layers,
    needs,
    of_head,
    of_image,
    once,
    rows_of,
    stacked,
)
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, View

BY_CONSTRUCTION = "weight 1 by construction"
OUT_OF_REACH = "out of reach: neither this layer nor an earlier one of its chain"

# Retrieval (base) ---------------------------------------------------------------------------------


QUANTITIES = {"weight": "retrieval weight", "norm": "weight x value norm"}
MEANING = "Weight x value norm is the size of what is retrieved."


def _retrieval_controls(inspection: Inspection) -> tuple[Control, ...]:
    found = layers(inspection, "mrla", "base")
    heads = head_control(layer.sizes["head"] for layer in found)
    measured = all("value_norm" in layer for layer in found)
    shown = {key: title for key, title in QUANTITIES.items() if key != "norm" or measured}
    return (
        *image_control(inspection),
        Choose("quantity", "Quantity", shown, MEANING),
        heads,
    )


def _retrieval(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = stacked(inspection, "mrla", "base", names=["weight", "value_norm"])
    chosen = {chain: of_image(data, choices) for chain, data in found.items()}
    panels, lacking = of_head({chain: data["weight"] for chain, data in chosen.items()}, choices)
    sizes = {chain: _quantity(data, choices["quantity"]) for chain, data in chosen.items()}
    shown, _ = of_head(sizes, choices)
    changed = edited(inspection, "mrla")
    drawn = {
        chain: _with_expectations(weight, changed, {choices["quantity"]: shown[chain]})
        for chain, weight in panels.items()
    }
    return Computed(drawn, (*notes, *lacking, *_edits(panels, changed)))


def _quantity(data: xr.Dataset, quantity: str) -> xr.DataArray:
    """What is drawn of the weights (layer, head, retrieved_layer)."""
    if quantity == "norm":
        return retrieved_norm(data["weight"], data["value_norm"])
    return data["weight"]


def _shown_rows(inspection: Inspection, choices: Choices) -> dict[str, Rows] | None:
    """The rows that are drawn; norms make weights something else."""
    return retrieval_rows(inspection, choices) if choices["quantity"] == "weight" else None


def retrieval_rows(inspection: Inspection, choices: Choices) -> dict[str, Rows]:
    """Of each chain that has the chosen head, the rows of all heads."""
    found = once(
        inspection,
        ("retrieval rows", image_of(choices)),
        lambda: _rows_by_chain(inspection, choices),
    )
    kept, _ = of_head({chain: rows.weight for chain, rows in found.items()}, choices)
    return {chain: rows_of(found[chain], choices) for chain in kept}


def _rows_by_chain(inspection: Inspection, choices: Choices) -> dict[str, Rows]:
    found, _ = stacked(inspection, "mrla", "base", names=["weight"])
    weights = {chain: of_image(data, choices)["weight"] for chain, data in found.items()}
    return {chain: Rows(weight, "retrieved_layer") for chain, weight in weights.items()}


def _with_expectations(
    weight: xr.DataArray, changed: frozenset[str], shown: Mapping[str, xr.DataArray]
) -> xr.Dataset:
    """Weights, what they would be if uniform, where the network had no choice but 1; and `shown`.

    Args:
        weight: (layer, retrieved_layer).
        changed: layers whose rows an intervention changed.
        shown: what is drawn, by name.
    """
    uniform = uniform_weight(weight, "retrieved_layer").variable
    untouched = ~np.isin(weight["layer"].values, list(changed))
    forced = (uniform.values == 1) & (weight.values == 1) & untouched[:, None]
    beside = {"uniform": uniform, "forced": (weight.dims, forced)}
    return xr.Dataset({"weight": weight, **beside, **shown})


def _edits(panels: dict[str, xr.DataArray], changed: frozenset[str]) -> tuple[str, ...]:
    """The sentence on rows that an intervention changed, if there are any."""
    drawn = [str(name) for weight in panels.values() for name in weight["layer"].values]
    found = [name for name in drawn if name in changed]
    if not found:
        return ()
    return (f"Edited: {', '.join(found)}. A row of an edited layer need not sum to 1.",)


def _retrieval_maps(computed: Computed, choices: Choices) -> Maps:
    quantity = choices["quantity"]
    shown = {chain: data[quantity] for chain, data in computed.panels.items()}
    panels = {
        chain: Panel(data[quantity], _hints(data, quantity), {BY_CONSTRUCTION: data["forced"]})
        for chain, data in computed.panels.items()
    }
    figure = partial(heatmap, x="retrieved_layer", y="layer", absent=OUT_OF_REACH)
    return Maps(panels, _retrieval_scale(shown, quantity), figure)


def _hints(data: xr.Dataset, quantity: str) -> dict[str, xr.DataArray]:
    weight = {} if quantity == "weight" else {"retrieval weight": data["weight"]}
    return weight | {"uniform would be": data["uniform"]}


def _retrieval_scale(panels: dict[str, xr.DataArray], quantity: str) -> Scale:
    if quantity == "weight":
        return Scale.unit("retrieval weight (share of 1)")
    largest = max(float(values.max()) for values in panels.values()) or 1.0
    return Scale(0.0, largest, "weight x value norm (feature units)")


RETRIEVAL = View(
    key="mrla_retrieval",
    title="MRLA retrieval",
    shows="How much each layer (row) retrieves from itself and from each earlier layer of its "
    "stage (column). A row sums to 1.",
    caveat="A retrieval weight is not an importance: it says nothing of what the value adds or "
    "whether the prediction depends on it. Rows of different length do not compare; hover for the "
    "uniform value.",
    applies=needs("mrla", "base", "an MRLA-base network"),
    controls=_retrieval_controls,
    compute=_retrieval,
    draw=Coloured(_retrieval_maps),
    contrast=Contrast(_shown_rows),
    overview=True,
)

# Gates (light) ------------------------------------------------------------------------------------


def _gates(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = stacked(inspection, "mrla", "light", names=["gate"])
    return Computed({c: of_image(d, choices)[["gate"]] for c, d in found.items()}, notes)


def _gate_maps(computed: Computed, _choices: Choices) -> Maps:
    panels = {chain: data["gate"] for chain, data in computed.panels.items()}
    scale = Scale.unit("gate (share of 1)").marked(0.5, "q.k = 0")
    return Maps(panels_of(panels), scale, partial(heatmap, x="head", y="layer"))


GATES = View(
    key="mrla_gates",
    title="MRLA-light gates",
    shows="The gate that each layer puts on its own value, per head (a group of channels).",
    caveat="A gate concerns the present layer only and is not normalised over layers; heads are "
    "groups of channels without a place in the image. In a DeiT the last layer's retrieval cannot "
    "move the prediction: only the class token is read, and it takes no part in the retrieval.",
    applies=needs("mrla", "light", "an MRLA-light network"),
    controls=image_control,
    compute=_gates,
    draw=Coloured(_gate_maps),
    contrast=Contrast(unordered=("head",)),
)

# Decay (light) ------------------------------------------------------------------------------------


DECAY_REFERENCES = {"factor one": 1.0, "factor zero": 0.0, "factor minus one": -1.0}


def _decay(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = stacked(inspection, "mrla", "light", names=["decay"])
    return Computed({chain: data[["decay"]] for chain, data in found.items()}, notes)


def _decay_maps(computed: Computed, choices: Choices) -> Maps | Figure:
    panels = {chain: data["decay"] for chain, data in computed.panels.items()}
    limit = max(float(abs(values).max()) for values in panels.values())
    shared = Scale.diverging(limit or 1.0, "decay (factor, signed)")
    return channel_maps(panels, shared, choices, DECAY_REFERENCES)


DECAY = View(
    key="mrla_decay",
    title="MRLA-light decay",
    shows="The signed factor that each layer puts on what comes from before it, per channel.",
    caveat="Decays belong to the model, not to the image. They start from a normal draw and are "
    "not bounded: a factor below 0 flips a sign, one beyond 1 amplifies. In a DeiT what they "
    "multiply was layer-normed first.",
    applies=needs("mrla", "light", "an MRLA-light network"),
    controls=lambda _inspection: (form_control("channel"),),
    compute=_decay,
    draw=Coloured(_decay_maps),
    contrast=Contrast(unordered=("channel",)),
)

# Unrolled weights (light) -------------------------------------------------------------------------

WEIGHTS = {
    "nominal_weight": "nominal",
    "exact_weight": "exact for this network",
    "shortcut_weight": "exact, of what else the shortcuts bring in",
}
SUMMARIES = {
    "size": "mean size over channels, signs dropped",
    "mean": "mean over channels",
    "negative": "share of channels with a negative weight",
}


def _unrolled_controls(inspection: Inspection) -> tuple[Control, ...]:
    held = {name for layer in layers(inspection, "mrla", "light") for name in layer.data_vars}
    weights = {name: title for name, title in WEIGHTS.items() if name in held}
    return (
        *image_control(inspection),
        Choose(
            "weight",
            "Weights",
            weights,
            help="Nominal takes o(t) = gate V + decay o(t-1) at its word. Exact also counts the "
            "gain of the BatchNorm between layers and was checked tensor by tensor; it exists for "
            "residual CNNs. Besides attention, a shortcut brings in feature and norm's shift of "
            "the layer before; in the first layer, the input of the stage.",
        ),
        Choose("channels", "Channels", SUMMARIES),
    )


def _unrolled(inspection: Inspection, choices: Choices) -> Computed:
    name, how = choices["weight"], choices["channels"]
    found, notes = stacked(inspection, "mrla", "light", names=[name])
    panels = {
        chain: xr.Dataset({"weight": _summary(of_image(data, choices)[name], how)})
        for chain, data in found.items()
    }
    return Computed(panels, notes)


def _summary(weight: xr.DataArray, how: str) -> xr.DataArray:
    """One number per layer and retrieved layer; what is out of reach stays absent."""
    if how == "mean":
        return weight.mean("channel", keep_attrs=True)
    if how == "size":
        return abs(weight).mean("channel").assign_attrs(weight.attrs, units="factor")
    share = (weight < 0).where(weight.notnull(), np.nan).mean("channel")
    return share.assign_attrs(long_name="negative weights", units="share of channels")


def _unrolled_maps(computed: Computed, choices: Choices) -> Maps:
    panels = {chain: data["weight"] for chain, data in computed.panels.items()}
    label = f"weight, {WEIGHTS[choices['weight']]}: {SUMMARIES[choices['channels']]}"
    scale = _unrolled_scale(panels, choices["channels"], label)
    figure = partial(heatmap, x="retrieved_layer", y="layer", absent=OUT_OF_REACH)
    return Maps(panels_of(panels), scale, figure)


def _unrolled_scale(panels: dict[str, xr.DataArray], how: str, label: str) -> Scale:
    if how == "negative":
        return Scale.unit(label)
    limit = max(float(abs(values).max()) for values in panels.values()) or 1.0
    return Scale.diverging(limit, label) if how == "mean" else Scale(0.0, limit, label)


UNROLLED = View(
    key="mrla_unrolled",
    title="MRLA-light unrolled weights",
    shows="The weight with which each layer (row) carries its own value and those of earlier "
    "layers (columns), unrolled from gates and decays.",
    caveat="These are implied, not attention weights: signed, not summing to 1, and besides values "
    "the shortcut carries whole earlier features, with weights of their own. What all parts come "
    "to, MRLA output taken apart shows. Nominal weights are an approximation.",
    applies=needs("mrla", "light", "an MRLA-light network"),
    controls=_unrolled_controls,
    compute=_unrolled,
    draw=Coloured(_unrolled_maps),
    contrast=Contrast(),
    overview=True,
)
