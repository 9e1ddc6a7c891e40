"""What a survey keeps of a quantity is made on the device that it is on: little has to leave it.

Two pictures have nothing to do with each other at row 3, column 5, so places and tokens are
averaged over, and affinities become the use of each slot.
"""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from hooks.mechanism import Quantity
from inspector.measures.slots import DIMS, FIRST, MASS

PLACES = ("y", "x", "token")


def reduced(name: str, quantity: Quantity) -> Mapping[str, Quantity]:
    """What a survey needs of a quantity; nothing of one that no picture changes.

    Affinities become ``relative_mass`` and ``first_share``, as `inspector.measures.slots` defines
    them, (sample, head, slot); of all else the mean over places and tokens is kept.
    """
    if "sample" not in quantity.dims:
        return {}
    if quantity.dims == DIMS:
        return _slot_use(quantity)
    return {name: _without_places(quantity)}


def _without_places(quantity: Quantity) -> Quantity:
    axes = [axis for axis, dim in enumerate(quantity.dims) if dim in PLACES]
    if not axes:
        return quantity
    left = tuple(dim for dim in quantity.dims if dim not in PLACES)
    mean = quantity.values.mean(axes, dtype=torch.float32)
    return replace(quantity, values=mean, dims=left, settled=True)


def _slot_use(affinity: Quantity) -> Mapping[str, Quantity]:
    values = affinity.values
    # A CPU's cache holds one picture's affinities but not a batch's: half the time.
    parts = values.split(1) if values.device.type == "cpu" else (values,)
    mass, first = (torch.cat(made) for made in zip(*map(_mass_and_first, parts), strict=True))
    told = replace(affinity, dims=("sample", "head", "slot"), settled=True)
    return {
        "relative_mass": replace(told, values=mass, title=MASS["long_name"], unit=MASS["units"]),
        "first_share": replace(told, values=first, title=FIRST["long_name"], unit=FIRST["units"]),
    }


def _mass_and_first(affinity: Tensor) -> tuple[Tensor, Tensor]:
    """Of (sample, head, token, slot); slots that tie share the token, which costs no more so."""
    wide = affinity.float()
    tokens, slots = wide.shape[2:]
    largest = (wide - wide.amax(3, keepdim=True)).ge_(0)
    each = largest.sum(3, keepdim=True).mul_(tokens).reciprocal_()
    return wide.mean(2).mul_(slots), each.mT.matmul(largest).squeeze(2)
