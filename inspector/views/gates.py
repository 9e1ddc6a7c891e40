"""Views of gates: the factors that features put on their own channels, and on their own places."""

from collections.abc import Callable

import xarray as xr

from inspector.figures import Figure, Scale
from inspector.inspection import Inspection
from inspector.views.alike import OF_BOTH, in_both
from inspector.views.channels import channel_maps
from inspector.views.maps import LOOK, image_maps, with_image
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import (
    form_control,
    image_control,
    lacks,
    layers,
    of_image,
    stacked,
    verified,
)
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

KEY = "gates"
NEUTRAL = 0.5
"""A gate whose score is 0: what sigmoid and hard sigmoid make of it."""

SHOWN = 6
"""Groups drawn while none is chosen: those that vary most over the map."""


def _having(quantity: str, what: str) -> Callable[[Inspection], str | None]:
    """An ``applies``: some gate must have this factor."""

    def applies(inspection: Inspection) -> str | None:
        if inspection.variants(KEY) and any(quantity in one for one in layers(inspection, KEY)):
            return None
        return lacks(inspection, what)

    return applies


# Channels -----------------------------------------------------------------------------------------


def _channel_controls(inspection: Inspection) -> tuple[Control, ...]:
    return (*image_control(inspection), form_control("channel"))


def _channels(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = stacked(inspection, KEY, names=["gate"])
    panels = {c: of_image(data, choices)[["gate"]] for c, data in found.items() if "gate" in data}
    if not panels:
        raise NothingToDraw(" ".join(notes))
    return Computed(panels, notes)


def _channel_maps(computed: Computed, choices: Choices) -> Maps | Figure:
    panels = {chain: data["gate"] for chain, data in computed.panels.items()}
    shared = Scale.unit("channel gate (share of 1)").marked(NEUTRAL, "score 0")
    return channel_maps(panels, shared, choices, {"score 0": NEUTRAL})


CHANNELS = View(
    key="channel_gates",
    title="Channel gates",
    shows="The factor that each block (row) puts on each of its channels (column), by SE, ECA or "
    "CBAM.",
    caveat="A gate concerns its own block: channel 3 of one block and of the next need not mean "
    "the same, and a small factor is no proof that a channel does not matter. An untrained gate "
    "sits near 0.5.",
    applies=_having("gate", "a network with gates on channels (SE, ECA, CBAM)"),
    controls=_channel_controls,
    compute=_channels,
    draw=Coloured(_channel_maps),
    contrast=Contrast(unordered=("channel",)),
    overview=True,
)

# Places -------------------------------------------------------------------------------------------


def _place_controls(inspection: Inspection) -> tuple[Control, ...]:
    held = [layer for layer in layers(inspection, KEY) if "spatial_gate" in layer]
    names = [str(layer.name) for layer in held]
    groups = range(max(layer.sizes["group"] for layer in held))
    return (
        *image_control(inspection),
        Choose("layer", "Layer", {name: name for name in names}, begin=names[0]),
        ChooseSome(
            "groups",
            "Channel groups",
            {str(group): f"group {group}" for group in groups},
            start=(),
            help=f"While none is chosen: the {SHOWN} that vary most over the map.",
        ),
        *LOOK,
    )


def _places(inspection: Inspection, choices: Choices) -> Computed:
    found, held_back = verified(inspection, KEY)
    if choices["layer"] not in found:
        raise NothingToDraw(" ".join(held_back))
    gate = of_image(found[choices["layer"]], choices)["spatial_gate"]
    groups, choice = _chosen_groups(gate, choices)
    maps = {f"group {group}": gate.sel(group=group, drop=True) for group in groups}
    return Computed(with_image(inspection, choices, maps), (*held_back, choice))


def _chosen_groups(gate: xr.DataArray, choices: Choices) -> tuple[list[int], str]:
    count = gate.sizes["group"]
    if choices["groups"]:
        groups = [int(group) for group in choices["groups"] if int(group) < count]
        if not groups:
            raise NothingToDraw(f"This layer has groups 0 to {count - 1}. Choose some.")
        either = f"Groups that are among the {SHOWN} that vary most in A or in B."
        return groups, either if choices.get(OF_BOTH) else "Groups chosen by hand."
    spread = gate.max(("y", "x")) - gate.min(("y", "x"))
    if not spread.any():
        same = "is the same all over the map"
        each = f"Each of the {count} groups {same}: the first are drawn."
        return list(range(min(SHOWN, count))), each if count > 1 else f"The gate {same}."
    varied = gate.std(("y", "x")).argsort().values[::-1][:SHOWN]
    return [int(group) for group in varied], _of_groups(len(varied), count)


def _varied_groups(inspection: Inspection, choices: Choices) -> list[int]:
    """Numbers of the groups that are drawn of this inspection."""
    layer = verified(inspection, KEY)[0][choices["layer"]]
    return _chosen_groups(of_image(layer, choices)["spatial_gate"], choices)[0]


def _of_groups(shown: int, count: int) -> str:
    if count == 1:
        return "One gate for all channels."
    return f"The {shown} groups of {count} that vary most." if shown < count else "All groups."


def _place_maps(computed: Computed, choices: Choices) -> Maps:
    return image_maps(computed, Scale.unit("spatial gate (share of 1)"), choices)


PLACES = View(
    key="spatial_gates",
    title="Spatial gates",
    shows="The factor that one block puts on each place of its map, per channel group, by SGE or "
    "CBAM, in the map's own cells on the image.",
    caveat="A cell has seen far more of the image than it covers. Groups that vary most are not "
    "those that matter most.",
    applies=_having("spatial_gate", "a network with gates on places (SGE, CBAM)"),
    controls=_place_controls,
    compute=_places,
    draw=Coloured(_place_maps),
    contrast=Contrast(),
    alike=in_both("groups", _varied_groups),
    overview=True,
)
