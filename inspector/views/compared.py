"""What is compared of a layer is its attention as one vector for each image."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from inspector.inspection import Inspection
from inspector.measures import slot_mass
from inspector.views.selection import layers, verified
from inspector.views.view import NothingToDraw

Vectors = dict[str, xr.DataArray]
"""By layer, in execution order: arrays with a dim ``sample``."""


@dataclass(frozen=True)
class Compared:
    """One quantity of a mechanism that layers are compared by.

    Attributes:
        mechanism: key of the mechanism.
        quantity: what is captured of each layer.
        title: name of what is compared, for readers.
        of: the vectors (sample, ...) of one layer, from its name and what was captured.
        aligned: whether an entry means the same in every layer.
    """

    mechanism: str
    quantity: str
    title: str
    of: Callable[[str, xr.DataArray], xr.DataArray] = lambda _layer, values: values
    aligned: bool = True


def _mass(layer: str, affinity: xr.DataArray) -> xr.DataArray:
    """The mass of each slot, which is nobody's but this layer's."""
    mass = slot_mass(affinity).assign_attrs(captured_as=str(affinity.dtype))
    return mass.assign_coords(slot=[f"{layer}: {slot}" for slot in mass["slot"].values])


def _over_heads(_layer: str, weight: xr.DataArray) -> xr.DataArray:
    """The mean over heads: head 3 of one layer and of another are unrelated."""
    mean = weight.mean("head", dtype=np.float64)
    return mean.assign_attrs(captured_as=str(weight.dtype))


COMPARED = (
    Compared("mrla", "weight", "retrieval weight"),
    Compared("mrla", "gate", "gate"),
    Compared("dia", "gate", "channel gate"),
    Compared("gates", "gate", "channel gate"),
    Compared("gates", "spatial_gate", "spatial gate"),
    Compared("self_attention", "weight", "attention weight, mean over heads", _over_heads),
    Compared("external_attention", "affinity", "slot mass", _mass, aligned=False),
)


def kinds(inspection: Inspection) -> list[Compared]:
    """What an inspection holds at least two layers of."""
    return [
        kind
        for kind in COMPARED
        if kind.mechanism in inspection.mechanisms and _held(inspection, kind) > 1
    ]


def vectors(
    inspection: Inspection, kind: Compared, *, joined: bool
) -> tuple[dict[str, Vectors], list[str]]:
    """Vectors of the layers by chain, and sentences on what is held back.

    Args:
        inspection: what was captured.
        kind: what is compared.
        joined: whether layers of all chains come together, as "all layers".
    """
    try:
        found, held_back = verified(inspection, kind.mechanism)
    except NothingToDraw as nothing:
        return {}, [str(nothing)]
    groups: dict[str, Vectors] = {}
    for name, data in found.items():
        if kind.quantity in data:
            chain = "all layers" if joined else str(data.attrs["chain"])
            groups.setdefault(chain, {})[name] = kind.of(name, data[kind.quantity])
    alone = [chain for chain, group in groups.items() if len(group) == 1]
    notes = [f"{chain}: a single layer, with none to correlate it with." for chain in alone]
    kept = {chain: group for chain, group in groups.items() if chain not in alone}
    return kept, [*held_back, *notes]


def titled(chain: str, kind: Compared, among: Iterable[Compared]) -> str:
    """Title of a panel: the chain, and what is compared where there are several such things."""
    return f"{chain}, {kind.title}" if len(list(among)) > 1 else chain


def _held(inspection: Inspection, kind: Compared) -> int:
    return sum(kind.quantity in layer for layer in layers(inspection, kind.mechanism))
