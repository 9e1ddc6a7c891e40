"""A likeness is how much of a file a listed network would take, by names and shapes alone.

The networks are built without memory for their weights, each with the options that the file tells,
so all of them are compared in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import timm
import torch
from torch import Tensor

import inspector.models  # noqa: F401 - makes our names known to timm
from inspector.cards import LISTED
from inspector.fits import compare
from inspector.traits import traits

_WORTH_TELLING = 0.05


@dataclass(frozen=True)
class Likeness:
    """How a network compares with a file of weights.

    Attributes:
        name: of the network.
        options: what the file tells of it, such as its depth.
        fits: whether the file can be opened as this network.
        gaps: in words what would not be learnt even so; empty if nothing.
        share: tensors that agree in name and shape, of all that either has, from 0 to 1.
    """

    name: str
    options: Mapping[str, object]
    fits: bool
    gaps: str
    share: float


def likenesses(state: Mapping[str, Tensor], count: int = 3) -> list[Likeness]:
    """Returns the listed networks that a file resembles most, those that it fits first.

    Args:
        state: the weights by published name.
        count: how many at most; those that share next to nothing are left out.
    """
    with torch.device("meta"):
        found = [_likeness(name, state) for name in LISTED]
    told = [entry for entry in found if entry is not None and entry.share > _WORTH_TELLING]
    return sorted(told, key=lambda entry: (-entry.fits, -entry.share))[:count]


def _likeness(name: str, state: Mapping[str, Tensor]) -> Likeness | None:
    options = traits(name, state, LISTED[name].classifier)
    try:
        network = timm.create_model(name, **options)
    except (TypeError, ValueError):  # what the file tells makes no network of this kind
        return None
    fit = compare(state, network, (LISTED[name].classifier,))
    either = len(network.state_dict()) + len(fit.unexpected)
    return Likeness(name, options, fit.is_clear, fit.gaps, len(fit.fitting) / either)
