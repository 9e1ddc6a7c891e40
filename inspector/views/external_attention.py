"""Views of external attention: what memory slots look at, and how much each of them is used."""

from collections.abc import Mapping
from functools import partial

import xarray as xr

from inspector.figures import Panel, Scale, heatmap
from inspector.inspection import Inspection
from inspector.measures import Rows, slot_mass
from inspector.views.alike import OF_BOTH, in_both
from inspector.views.maps import LOOK, image_maps, maps_of, with_image
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import (
    MEAN,
    head_control,
    image_control,
    image_of,
    needs,
    of_head,
    of_image,
    once,
    rows_of,
    verified,
)
from inspector.views.tokens import left_out, on_grid
from inspector.views.view import (
    Choices,
    Choose,
    ChooseSome,
    Computed,
    Contrast,
    Control,
    NothingToDraw,
    View,
)

KEY = "external_attention"
READINGS = {
    "token_softmax": "where a slot looks (sums to 1 over tokens)",
    "affinity": "which slots a place uses (sums to 1 over slots)",
}
SHOWN = 6
"""Slots drawn while none is chosen: those of largest mass."""


# Slot maps ----------------------------------------------------------------------------------------


def _slot_controls(inspection: Inspection) -> tuple[Control, ...]:
    layers, _ = verified(inspection, KEY)
    held = next(iter(layers.values())).data_vars
    slots = range(max(data.sizes["slot"] for data in layers.values()))
    return (
        *image_control(inspection),
        Choose("layer", "Layer", {name: name for name in layers}, begin=list(layers)[-1]),
        head_control(data.sizes["head"] for data in layers.values()),
        Choose("reading", "Reading", {k: title for k, title in READINGS.items() if k in held}),
        ChooseSome(
            "slots",
            "Memory slots",
            {str(slot): f"slot {slot}" for slot in slots},
            start=(),
            help=f"While none is chosen: the {SHOWN} of largest mass.",
        ),
        *LOOK,
    )


def _slots(inspection: Inspection, choices: Choices) -> Computed:
    layer = choices["layer"]
    data, held_back = _shown(inspection, choices)
    chosen, _ = of_head({layer: data[choices["reading"]]}, choices, "Layer")
    slots, choice = _chosen_slots(inspection, choices)
    values = chosen[layer].sel(slot=slots)
    maps = {f"slot {slot}": on_grid(values.sel(slot=slot, drop=True), "token") for slot in slots}
    outside = left_out(values, "token", "each slot's sum over tokens")
    said = (choice, *outside, _row_sums(data["affinity"]))
    return Computed(with_image(inspection, choices, maps), (*held_back, *said))


def _shown(inspection: Inspection, choices: Choices) -> tuple[xr.Dataset, tuple[str, ...]]:
    """The layer that was chosen, of one image, and sentences on layers that were not verified."""
    layers, held_back = verified(inspection, KEY)
    asked = "shown layer", choices["layer"], image_of(choices)
    return once(inspection, asked, lambda: of_image(layers[choices["layer"]], choices)), held_back


def _slot_rows(inspection: Inspection, choices: Choices) -> dict[str, Rows] | None:
    """Of each slot, where it looks; which slots a place uses comes from no softmax."""
    if choices["reading"] != "token_softmax":
        return None
    data, _ = _shown(inspection, choices)
    asked = "slot rows", choices["layer"], image_of(choices)
    rows = once(inspection, asked, lambda: Rows(data["token_softmax"], "token"))
    slots, _ = _chosen_slots(inspection, choices)
    return {f"slot {slot}": rows_of(rows, choices, {"slot": [slot]}) for slot in slots}


def _chosen_slots(inspection: Inspection, choices: Choices) -> tuple[list[int], str]:
    """Numbers of the slots that are drawn, and the sentence on how they were chosen."""
    chosen = tuple(choices["slots"]), OF_BOTH in choices
    asked = "chosen slots", choices["layer"], image_of(choices), choices["head"], chosen
    return once(inspection, asked, lambda: _choose(inspection, choices))


def _choose(inspection: Inspection, choices: Choices) -> tuple[list[int], str]:
    masses = _masses(inspection, choices)
    if choices["slots"]:
        slots = [int(slot) for slot in choices["slots"] if int(slot) < masses.sizes["slot"]]
        if not slots:
            raise NothingToDraw(
                f"This layer has slots 0 to {masses.sizes['slot'] - 1}. Choose some."
            )
        either = f"Slots that are among the {SHOWN} of largest mass in A or in B."
        return slots, either if choices.get(OF_BOTH) else "Slots chosen by hand."
    held, _ = of_head({choices["layer"]: masses}, choices, "Layer")
    mass = held[choices["layer"]]
    largest = mass.argsort().values[::-1][:SHOWN].tolist()
    over = "mean over heads" if choices["head"] == MEAN else f"of head {choices['head']}"
    return largest, f"The {len(largest)} of {mass.size} slots with the largest mass, {over}."


def _largest_slots(inspection: Inspection, choices: Choices) -> list[int]:
    """Numbers of the slots that are drawn of this inspection."""
    return _chosen_slots(inspection, choices)[0]


def _masses(inspection: Inspection, choices: Choices) -> xr.DataArray:
    """What each slot receives from all tokens, by head."""
    data, _ = _shown(inspection, choices)
    asked = "slot mass", choices["layer"], image_of(choices)
    return once(inspection, asked, lambda: slot_mass(data["affinity"]))


def _row_sums(affinity: xr.DataArray) -> str:
    """The 1e-9 in the normalisation lets rows fall below one; that must not pass unseen."""
    lowest = float(affinity.sum("slot").min())
    if lowest > 1 - 1e-3:
        return "Affinities of every token sum to 1 over slots."
    return f"Some tokens are hardly claimed by any slot: row sums go down to {lowest:.2g}."


def _slot_maps(computed: Computed, choices: Choices) -> Maps:
    shared = Scale.of(maps_of(computed).values(), READINGS[choices["reading"]])
    return image_maps(computed, shared, choices)


SLOTS = View(
    key="external_slots",
    title="External attention slots",
    shows="Maps of memory slots on the image, in the tokens' own cells, in either of the two "
    "readings of the affinity.",
    caveat="Each token has seen much of the image, so a cell is not only about its own place. "
    "Choosing good-looking slots by hand proves nothing.",
    applies=needs(KEY, None, "a network with external attention"),
    controls=_slot_controls,
    compute=_slots,
    draw=Coloured(_slot_maps),
    contrast=Contrast(_slot_rows),
    alike=in_both("slots", _largest_slots),
)

# Slot mass ----------------------------------------------------------------------------------------


def _mass(inspection: Inspection, choices: Choices) -> Computed:
    layers, held_back = verified(inspection, KEY)
    grouped: dict[str, dict[str, xr.DataArray]] = {}
    for name, data in layers.items():
        share = _share(of_image(data, choices)["affinity"])
        grouped.setdefault(str(data.attrs["chain"]), {})[name] = share
    panels = {chain: _rows(rows) for chain, rows in grouped.items()}
    return Computed(panels, (*held_back, *_lost(panels)))


def _lost(panels: Mapping[str, xr.Dataset]) -> tuple[str, ...]:
    """The sentence on layers whose shares do not sum to 1, as some tokens use no slot at all."""
    sums = {
        str(layer): float(data["mass"].sel(layer=layer).sum("slot"))
        for data in panels.values()
        for layer in data["layer"].values
    }
    short = [f"{layer} {total:.2g}" for layer, total in sums.items() if total < 1 - 1e-3]
    if not short:
        return ()
    return (f"Some tokens are hardly claimed by any slot, so shares sum to: {', '.join(short)}.",)


def _share(affinity: xr.DataArray) -> xr.DataArray:
    """Share of tokens that each slot receives, mean over heads; uniform would be 1 / slots."""
    mass = slot_mass(affinity).mean("head") / affinity.sizes["token"]
    return mass.assign_attrs(long_name="slot mass", units="share of tokens")


def _rows(rows: dict[str, xr.DataArray]) -> xr.Dataset:
    names = xr.Variable("layer", list(rows), {"long_name": "layer"})
    mass = xr.concat(list(rows.values()), dim=names, join="outer", coords="minimal")
    return xr.Dataset({"mass": mass, "uniform": 1 / mass.notnull().sum("slot")})


def _mass_maps(computed: Computed, _choices: Choices) -> Maps:
    values = {chain: data["mass"] for chain, data in computed.panels.items()}
    panels = {
        chain: Panel(data["mass"], extras={"uniform would be": data["uniform"]})
        for chain, data in computed.panels.items()
    }
    shared = Scale.of(values.values(), "slot mass (share of tokens)")
    return Maps(panels, shared, partial(heatmap, x="slot", y="layer"))


MASS = View(
    key="external_mass",
    title="External attention slot mass",
    shows="The share of all tokens' affinity that each memory slot (column) receives in each layer "
    "(row), mean over heads.",
    caveat="A slot without mass in one image may serve others: call it dead only after many "
    "images. Slots of different layers are unrelated.",
    applies=needs(KEY, None, "a network with external attention"),
    controls=image_control,
    compute=_mass,
    draw=Coloured(_mass_maps),
    contrast=Contrast(unordered=("slot",)),
    overview=True,
)
