"""A placed map is a map that attention itself gives, in cells that have a place in the image.

Retrieval weights (which layer) and channel gates (which channel) have none, and no map is made of
them.
"""

from collections.abc import Callable, Iterable, Mapping

import xarray as xr

from inspector.inspection import Inspection
from inspector.measures import rollout, slot_mass
from inspector.views.alike import SHOWS
from inspector.views.selection import layers, of_image, verified
from inspector.views.self_attention import placed_layers, rolled, rolled_up_to
from inspector.views.tokens import is_placed, on_grid, outside
from inspector.views.view import Choices, NothingToDraw

PLACELESS = {
    ("mrla", "weight"): "retrieval weights say from which layer, not from where",
    ("mrla", "gate"): "gates of MRLA say how much of a head passes, not from where",
    ("dia", "gate"): "gates of DIA say how much of a channel passes, not from where",
    ("gates", "gate"): "channel gates say how much of a channel passes, not from where",
}
"""Why some quantities cannot be compared with a map of the image."""


def options(inspection: Inspection) -> dict[str, str]:
    """Titles of the maps there are, by kind and layer in one key."""
    return {
        f"{kind}:{layer}": f"{title}, {layer}"
        for kind, (title, find, _) in _KINDS.items()
        for layer in find(inspection)
    }


def placeless(inspection: Inspection) -> tuple[str, ...]:
    """The reason against every captured quantity that has no place in the image."""
    return tuple(
        reason
        for (mechanism, name), reason in PLACELESS.items()
        if inspection.variants(mechanism)
        and any(name in layer for layer in layers(inspection, mechanism))
    )


def placed_map(inspection: Inspection, choices: Choices) -> tuple[xr.DataArray, str]:
    """The chosen map (y, x) and a sentence on what it is.

    Raises:
        NothingToDraw: its capture was not verified.
    """
    kind, _, layer = choices["map"].partition(":")
    _, _, make = _KINDS[kind]
    return make(inspection, choices, layer)


def _verified(inspection: Inspection, choices: Choices, mechanism: str, layer: str) -> xr.Dataset:
    found, held_back = verified(inspection, mechanism)
    if layer not in found:
        raise NothingToDraw(" ".join(held_back))
    return of_image(found[layer], choices)


# Self-attention -----------------------------------------------------------------------------------


def _with_class_token(inspection: Inspection) -> list[str]:
    known = placed_layers(inspection)
    return [name for name, layer in known.items() if outside(layer.coords["key"])]


def _class_token(inspection: Inspection, choices: Choices, layer: str) -> tuple[xr.DataArray, str]:
    weight = _verified(inspection, choices, "self_attention", layer)["weight"]
    row = weight.sel(query=0).mean("head", keep_attrs=True)
    return on_grid(row, "key"), f"Attention of the class token in {layer}, mean over heads."


def _rolled_with_class_token(inspection: Inspection) -> list[str]:
    known = set(_with_class_token(inspection))
    return [name for members in rolled(inspection).values() for name in members if name in known]


def _rollout(inspection: Inspection, choices: Choices, layer: str) -> tuple[xr.DataArray, str]:
    members = rolled_up_to(inspection, layer)
    node = inspection.tree.children["self_attention"]
    parts = [of_image(node.children[name].to_dataset(), choices)["weight"] for name in members]
    row = rollout(parts).sel(query=0)
    return on_grid(row, "key"), f"Rollout of {len(members)} layers to {layer}, class token's row."


# External attention and gates ---------------------------------------------------------------------


def _on_a_grid(inspection: Inspection) -> list[str]:
    if not inspection.variants("external_attention"):
        return []
    known = layers(inspection, "external_attention")
    return [str(layer.name) for layer in known if is_placed(layer.coords["token"])]


def _largest_slot(inspection: Inspection, choices: Choices, layer: str) -> tuple[xr.DataArray, str]:
    affinity = _verified(inspection, choices, "external_attention", layer)["affinity"]
    mean = affinity.mean("head", keep_attrs=True)
    slot = int(slot_mass(mean).argmax("slot"))
    said = f"Affinity to slot {slot} of {layer}, that of largest mass, mean over heads."
    cells = on_grid(mean.sel(slot=slot, drop=True), "token")
    return cells.assign_attrs({SHOWS: f"slot {slot} of {layer}"}), said


def _with_spatial_gate(inspection: Inspection) -> list[str]:
    if not inspection.variants("gates"):
        return []
    return [str(one.name) for one in layers(inspection, "gates") if "spatial_gate" in one]


def _gate(inspection: Inspection, choices: Choices, layer: str) -> tuple[xr.DataArray, str]:
    gate = _verified(inspection, choices, "gates", layer)["spatial_gate"]
    said = f"Spatial gate of {layer}, mean over {gate.sizes['group']} channel groups."
    return gate.mean("group", keep_attrs=True), said


Find = Callable[[Inspection], Iterable[str]]
Make = Callable[[Inspection, Choices, str], tuple[xr.DataArray, str]]

_KINDS: Mapping[str, tuple[str, Find, Make]] = {
    "class_token": ("self-attention of the class token", _with_class_token, _class_token),
    "rollout": ("self-attention rollout", _rolled_with_class_token, _rollout),
    "slot": ("external attention slot", _on_a_grid, _largest_slot),
    "spatial_gate": ("spatial gate", _with_spatial_gate, _gate),
}
"""By key: title, layers that have such a map, and how it is made."""
