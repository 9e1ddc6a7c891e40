"""The view of derived retrieval maps: where in the image a retrieved layer adds to an output.

A retrieval weight has no place. What has one is the weight times the value it weighs.
"""

import numpy as np
import xarray as xr

from inspector.figures import Scale
from inspector.inspection import Inspection
from inspector.measures import Term, decomposed
from inspector.views.maps import LOOK, image_maps, maps_of, with_image
from inspector.views.retrieval_terms import added_up, applies, members, parts, second_pass
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import head_control, image_control, layers
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw, View

MOST = 11
"""Maps of parts in one figure; the largest if there are more."""

TOGETHER = "together"
NAMES = {
    "value": "value of {}",
    "feature": "feature of {}",
    "shift": "shift after {}",
    "input": "input of the chain",
    "shortcut": "shortcut",
    "output": "all parts: the output",
}
SHARE = "share"
SHOWN = {
    "value": "retrieved values",
    "other": "what else the shortcut brings in",
    "all": "all of these",
}
SYMBOLS = {
    "_t": "is the layer that is drawn",
    "_s": "one that it retrieves",
    "a_t": "the retrieval weight",
    "g_t": "the gate",
    "E_t": "the exact unrolled weight",
    "V_": "the value",
    "C_t": "the weight of what else a shortcut brings in",
    "X_": "the feature",
    "B_": "the shift of the norm behind it",
    "lambda_t": "the decay",
    "p_": "what entered by the shortcut",
}
"""What the symbols of terms stand for, as `inspector.measures.terms` writes them."""

MEASURES = {
    "along": "part along the output, signed: all parts add up to its norm",
    "total": "sum over channels, signed: all parts add up to that of the output",
    "norm": "norm over channels: how large, whatever the direction",
}


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    chains = members(inspection)
    longest = max(chains.values(), key=len)
    names = {name: name for chain in chains.values() for name in chain}
    light = "light" in inspection.variants("mrla")
    shown = SHOWN if light else {"value": SHOWN["value"]}
    heads = head_control(layer.sizes["head"] for layer in layers(inspection, "mrla"))
    numbers = {key: title for key, title in heads.options.items() if key.isdigit()}
    return (
        *image_control(inspection),
        Choose("layer", "Layer", names, begin=longest[-1]),
        Choose("shown", "Parts", shown),
        Choose("head", "Head", {TOGETHER: "all heads together", **numbers}),
        Choose("measure", "Measure", MEASURES),
        *LOOK,
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    layer, measure = choices["layer"], choices["measure"]
    chain = next(chain for chain in members(inspection).values() if layer in chain)
    passed = second_pass(inspection, choices, chain[: chain.index(layer) + 1])
    channels = _channels(passed[layer], choices)
    found = parts(passed, layer, channels)
    chosen = _chosen(found, choices["shown"])
    drawn = [found.isel(term=place) for place in chosen]
    drawn.append(_whole(passed[layer]["output_map"], layer, channels))
    maps = {_title(part): part[measure].assign_attrs(_share(part)) for part in drawn}
    panels = with_image(inspection, choices, maps)
    said = (*_formula(drawn, measure), added_up([found]), *_rest(found, chosen))
    return Computed(panels, said)


def _channels(own: xr.Dataset, choices: Choices) -> slice:
    """The channels of the chosen head: heads are contiguous groups."""
    if choices["head"] == TOGETHER:
        return slice(None)
    head, heads = int(choices["head"]), own.sizes["head"]
    if head >= heads:
        raise NothingToDraw(
            f"{choices['layer']} has heads 0 to {heads - 1}, and no head {head}. Choose a smaller "
            "number."
        )
    width = own.sizes["channel"] // heads
    return slice(head * width, (head + 1) * width)


def _chosen(found: xr.Dataset, shown: str) -> list[int]:
    """Places of the terms to draw, in their order: the largest of those that were asked for."""
    value = found["kind"].values == "value"
    wanted = {"value": value, "other": ~value, "all": np.ones_like(value)}[shown]
    sizes = np.where(wanted, found["size"].values, -1.0)
    largest = np.argsort(-sizes, kind="stable")[: min(MOST, int(wanted.sum()))]
    return sorted(largest.tolist())


def _whole(output: xr.DataArray, layer: str, channels: slice) -> xr.Dataset:
    """The same measures of the output itself."""
    values = output.transpose("channel", "y", "x").values.astype(np.float64)
    whole = Term("output", layer, "o_t", values)
    return decomposed([whole], output, channels=channels).isel(term=0)


def _title(part: xr.Dataset) -> str:
    return NAMES[part["kind"].item()].format(part["source"].item())


def _share(part: xr.Dataset) -> dict[str, float]:
    """What the part adds along the output, as an attribute; the output itself has no share."""
    return {} if part["kind"] == "output" else {SHARE: float(part["share"])}


def _with_share(title: str, data: xr.Dataset) -> str:
    """The title of a map with the share of its part."""
    share = data["map"].attrs.get(SHARE) if "map" in data else None
    if share is None:
        return title
    return f"{title}, share {round(share, 3) + 0.0:.1%}"  # no share of -0 %


def _formula(drawn: list[xr.Dataset], measure: str) -> tuple[str, ...]:
    """What is drawn in symbols, and what these stand for."""
    formulas = ", ".join(dict.fromkeys(str(part["formula"].item()) for part in drawn[:-1]))
    meant = [
        f"{symbol.strip('_')} {meaning}"
        for symbol, meaning in SYMBOLS.items()
        if symbol in formulas
    ]
    return (
        f"Derived, not attention: {formulas} as {MEASURES[measure].partition(':')[0]}; "
        "a share is what a part adds along the output over all places.",
        f"In it {', '.join(meant)}.",
    )


def _rest(found: xr.Dataset, chosen: list[int]) -> tuple[str, ...]:
    """The sentence on parts that are not drawn, or on the only one there is."""
    if found.sizes["term"] == 1:
        return ("The layer has this one part, all of its output by construction.",)
    left = found.isel(term=[place for place in range(found.sizes["term"]) if place not in chosen])
    if not left.sizes["term"]:
        return ()
    share = float(left["share"].sum())
    return (f"{left.sizes['term']} parts are not drawn; their share is {share:.1%}.",)


def _maps(computed: Computed, choices: Choices) -> Maps:
    panels = {_with_share(title, data): data for title, data in computed.panels.items()}
    maps, measure = maps_of(Computed(panels)), choices["measure"]
    largest = max(float(abs(values).max()) for values in maps.values()) or 1.0
    label = f"derived: {next(iter(maps.values())).attrs['long_name']} (feature units)"
    signed = measure != "norm"
    shared = Scale.diverging(largest, label) if signed else Scale(0.0, largest, label)
    return image_maps(Computed(panels), shared, choices)


CONTRIBUTION = View(
    key="mrla_contribution",
    title="MRLA derived contribution",
    shows="Where each retrieved layer adds to what a layer puts out: weight times value, place by "
    "place, beside the output that all parts add up to.",
    caveat="Derived: a retrieval weight itself has no place in the image, its value has. A cell of "
    "a late layer sees most of the image. A norm follows, so that the output of the block is not "
    "this sum, and what is large here need not matter to the prediction.",
    applies=applies,
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
    costly=True,
)
