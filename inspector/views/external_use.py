"""Views of how a memory is used: slots that are dead or dominant, and how many a token needs."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import xarray as xr

from inspector.figures import Figure, Panel, Scale, heatmap, profile
from inspector.figures.text import number
from inspector.inspection import Inspection
from inspector.measures import (
    effective_number,
    quantiles,
    relative_mass,
    row_residual,
    row_sums,
    slot_shares,
    slot_use,
)
from inspector.measures.slots import DOMINANT_ABOVE, MIN_IMAGES, UNUSED_BELOW
from inspector.views.external_attention import KEY
from inspector.views.scaling import Coloured, Maps, panels_of
from inspector.views.selection import distinct_images, needs, verified
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, Slide, View
from inspector.views.words import span

NEEDED = "a network with external attention"


def _layers(inspection: Inspection) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """Verified layers over the different images, and the sentences that go with them."""
    layers, held_back = verified(inspection, KEY)
    samples = distinct_images(inspection)
    if len(samples) < len(inspection.images):
        held_back = (*held_back, "Images given twice count once.")
    return {name: data.isel(sample=samples) for name, data in layers.items()}, held_back


def _by_chain(
    layers: Mapping[str, xr.Dataset], measure: Callable[[xr.Dataset], xr.Dataset]
) -> dict[str, xr.Dataset]:
    """A measure of every layer, joined along ``layer``, by chain."""
    chains: dict[str, list[str]] = {}
    for name, data in layers.items():
        chains.setdefault(str(data.attrs["chain"]), []).append(name)
    return {
        chain: _joined({name: measure(layers[name]) for name in names})
        for chain, names in chains.items()
    }


def _joined(parts: Mapping[str, xr.Dataset]) -> xr.Dataset:
    names = xr.Variable("layer", list(parts), {"long_name": "layer"})
    # What a narrower layer lacks is no dead slot, and as NaN it would no longer be boolean.
    no: dict[str, bool] = dict.fromkeys(("unused", "dead", "dominant"), False)
    joining: Any = {"join": "outer", "coords": "minimal", "combine_attrs": "drop_conflicts"}
    return xr.concat(list(parts.values()), dim=names, fill_value=no, **joining)


# Dead and dominant slots --------------------------------------------------------------------------

QUANTITIES = {
    "relative_mass": "mass over what each slot would have if all got the same",
    "first_share": "share of tokens to which the slot is the largest",
}


def _use_controls(_inspection: Inspection) -> tuple[Control, ...]:
    return (
        Choose("quantity", "Quantity", QUANTITIES),
        Slide("unused", "Unused below (times uniform)", 0.01, 0.9, UNUSED_BELOW, 0.01),
        Slide("dominant", "Dominant above (share of tokens)", 0.05, 0.95, DOMINANT_ABOVE, 0.05),
    )


def _use(inspection: Inspection, choices: Choices) -> Computed:
    layers, held_back = _layers(inspection)
    limits = {"unused_below": choices["unused"], "dominant_above": choices["dominant"]}
    panels = _by_chain(
        layers, lambda data: _first(slot_use(data["affinity"], **limits), choices["quantity"])
    )
    about = next(iter(panels.values())).attrs
    said = (_meant(about), *_found(panels, _unused_word(about["images"])))
    return Computed(panels, (*held_back, *said))


def _first(data: xr.Dataset, name: str) -> xr.Dataset:
    """The same data with one variable before the others: what is drawn comes first."""
    return data[[name, *(other for other in data.data_vars if other != name)]]


def _unused_word(images: int) -> str:
    return "dead" if images >= MIN_IMAGES else "unused in this image"


def _meant(about: Mapping[Any, Any]) -> str:
    """What both words mean here, and from how many images."""
    images, below, above = (about[name] for name in ("images", "unused_below", "dominant_above"))
    where = f"below {number(below)} x uniform in every head"
    dominant = f"Dominant: largest slot of more than {above:.0%} of all tokens."
    if images < MIN_IMAGES:
        return f"Unused: {where}; from one image no slot is called dead. {dominant}"
    return f"Dead: {where} of {images} different images, which others may use. {dominant}"


def _found(panels: Mapping[str, xr.Dataset], unused: str) -> tuple[str, ...]:
    """What was found in each layer, or that nothing was."""
    said = []
    for data in panels.values():
        for layer in data["layer"].values:
            one = data.sel(layer=layer)
            parts = [_counted(one, "unused", unused), _counted(one, "dominant", "dominant")]
            said += [f"{layer}: {', '.join(filter(None, parts))}."] if any(parts) else []
    return tuple(said) or (f"No slot is {unused} or dominant.",)


NAMED_SLOTS = 6


def _counted(layer: xr.Dataset, state: str, word: str) -> str:
    """How many slots of a layer are in a state, and the first few of them; "" for none."""
    slots = [str(slot) for slot in layer["slot"].values[layer[state].values]]
    if not slots:
        return ""
    more = ", ..." if len(slots) > NAMED_SLOTS else ""
    of = int(layer["relative_mass"].notnull().sum())
    return f"{len(slots)} of {of} slots {word} ({', '.join(slots[:NAMED_SLOTS])}{more})"


def _use_maps(computed: Computed, choices: Choices) -> Maps:
    quantity = choices["quantity"]
    values = {title: data[quantity] for title, data in computed.panels.items()}
    panels = {title: _use_panel(data, quantity) for title, data in computed.panels.items()}
    if quantity == "relative_mass":
        shared = Scale.of(values.values(), "slot mass (times uniform)").marked(1, "uniform")
    else:
        shared = Scale.of(values.values(), "largest slot of (share of tokens)")
    figure = partial(heatmap, x="slot", y="layer", absent="no such slot in this layer")
    return Maps(panels, shared, figure)


def _use_panel(data: xr.Dataset, quantity: str) -> Panel:
    marks = {_unused_word(data.attrs["images"]): data["unused"], "dominant": data["dominant"]}
    other = next(key for key in QUANTITIES if key != quantity)
    extras = {QUANTITIES[other]: data[other]} | {
        "highest mass in a head of an image (times uniform)": data["highest_mass"],
        "highest share of tokens in a head": data["highest_share"],
    }
    return Panel(data[quantity], extras, marks)


USE = View(
    key="external_use",
    title="External attention slot use",
    shows="How much each memory slot (column) of each layer (row) is used over all images, heads "
    "and tokens, with dead and dominant slots marked.",
    caveat="Dead and dominant are said of these images and these thresholds alone. A slot has no "
    "meaning before training, slots of different layers are unrelated, and a slot of little mass "
    "may still matter: cut it to know.",
    applies=needs(KEY, None, NEEDED),
    controls=_use_controls,
    compute=_use,
    draw=Coloured(_use_maps),
    contrast=Contrast(unordered=("slot",)),
)

# Slots that a token uses --------------------------------------------------------------------------

FORMS = {
    "spread": "spread over tokens and heads (5, 25, 50, 75, 95 %)",
    "heads": "each head: mean over tokens and images",
}


def _spread_controls(_inspection: Inspection) -> tuple[Control, ...]:
    return (Choose("form", "Picture", FORMS),)


def _spread(inspection: Inspection, choices: Choices) -> Computed:
    layers, held_back = _layers(inspection)
    panels = _by_chain(layers, lambda data: _row_numbers(data, choices["form"]))
    return Computed(panels, (*held_back, _counts(layers), *_normalisation(panels)))


def _counts(layers: Mapping[str, xr.Dataset]) -> str:
    """How many images there were, and how many slots a token can use at most."""
    slots = {str(data.attrs["chain"]): data.sizes["slot"] for data in layers.values()}
    most = ", ".join(f"{chain} {count}" for chain, count in slots.items())
    images = next(iter(layers.values())).sizes["sample"]
    return f"Slots there are: {most}. Different images: {images}."


def _row_numbers(data: xr.Dataset, form: str) -> xr.Dataset:
    """Effective numbers in the form that is drawn, and what became of both sums."""
    affinity = data["affinity"]
    used = effective_number(slot_shares(affinity), "slot")
    if form == "heads":
        used = used.mean(["sample", "token"], keep_attrs=True)
    else:
        used = quantiles(used.stack(place=["sample", "head", "token"]), "place")
    mass, sums = relative_mass(affinity), row_sums(affinity)
    found = {
        "effective_number": used,
        "slots": xr.DataArray(affinity.sizes["slot"], attrs={"long_name": "slots", "units": "1"}),
        "row_sum_low": sums.min(),
        "row_sum_high": sums.max(),
        "mass_low": mass.min(),
        "mass_high": mass.max(),
    }
    if "token_softmax" in data:
        found["row_residual"] = abs(row_residual(affinity, data["token_softmax"])).max()
    return xr.Dataset(found)


def _normalisation(panels: Mapping[str, xr.Dataset]) -> tuple[str, ...]:
    """What the two normalisations left of the sums over slots and over tokens."""

    def every(name: str) -> xr.DataArray:
        found = [data[name] for data in panels.values() if name in data]
        return xr.concat(found, "layer", coords="minimal", join="outer")

    low, high = float(every("row_sum_low").min()), float(every("row_sum_high").max())
    rows = f"Each token's sum over slots is {span(low, high)}"
    if any("row_residual" in data for data in panels.values()):
        residual = float(every("row_residual").max())
        rows += f" (as the divisor's 1e-9 leaves it, to within {residual:.1e})"
    low, high = float(every("mass_low").min()), float(every("mass_high").max())
    free = f"each slot's sum over tokens is free: {span(low, high)} times uniform"
    return (f"{rows}; {free} (of a head in an image).",)


def _spread_maps(computed: Computed, choices: Choices) -> Maps | Figure:
    values = {title: data["effective_number"] for title, data in computed.panels.items()}
    if choices["form"] != "heads":
        most = max(float(data["slots"].max()) for data in computed.panels.values())
        return profile(values, x="layer", limits=(0, 1.05 * most))
    scale = Scale.of(values.values(), "effective number of slots")
    figure = partial(heatmap, x="head", y="layer", absent="no such head in this layer")
    return Maps(panels_of(values), scale, figure)


SPREAD = View(
    key="external_spread",
    title="External attention spread",
    shows="How many slots a token uses: exp(entropy) of its affinities over slots, for each layer.",
    caveat="Small random weights give an even use of all slots, large ones a single slot: a number "
    "says little without that of a random twin. Layers with other numbers of slots have another "
    "highest value. Tokens count alike, however little they hand out.",
    applies=needs(KEY, None, NEEDED),
    controls=_spread_controls,
    compute=_spread,
    draw=Coloured(_spread_maps),
    contrast=Contrast(unordered=("head",)),
)
