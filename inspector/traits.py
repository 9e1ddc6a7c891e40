"""A trait is an option of a network that the names and shapes of its weights give away.

So a file need not be accompanied by its depth, image size or class count. What leaves no trace in
the weights is listed in `inspector.unknowns`.
"""

import re
from collections.abc import Callable, Mapping
from math import isqrt
from typing import Any

from torch import Tensor

from inspector.cards import CARDS

State = Mapping[str, Tensor]

_STAGES = re.compile(r"(?:layer|stages\.)(\d)\.0\.eca\.conv\.weight")
_BLOCK = re.compile(r"(?:layer|block|stage_)1\.ModuleList\.(\d+)\.")
_LAYERS = {"dia_wrn": (6, 4)}
"""Layers that one block in each stage makes, and layers besides; (9, 2) for the others."""
_PATCH = 16


def traits(name: str, state: State, classifier: str | None) -> dict[str, Any]:
    """Returns the options of a network that some of its weights give away.

    Args:
        name: of the network.
        state: its weights by published name.
        classifier: path of its last layer, None if it is not known.
    """
    found = _class_count(state, classifier)
    for names, look in _LOOKS.items():
        if name in CARDS and re.fullmatch(names, name):
            found |= look(name, state)
    return found


def _class_count(state: State, classifier: str | None) -> dict[str, Any]:
    weight = state.get(f"{classifier}.weight")
    return {} if weight is None else {"num_classes": weight.shape[0]}


def _resnet(_name: str, state: State) -> dict[str, Any]:
    """SE and ECA gates beside MRLA."""
    kernels = {
        int(found[1]): weight.shape[-1]
        for key, weight in state.items()
        if (found := _STAGES.fullmatch(key))
    }
    eca = {"eca": tuple(kernels[stage] for stage in sorted(kernels))} if kernels else {}
    return eca | ({"se": True} if any(".se.fc." in key for key in state) else {})


def _cifar(name: str, state: State) -> dict[str, Any]:
    blocks = {found[1] for key in state if (found := _BLOCK.match(key))}
    each, besides = _LAYERS.get(name, (9, 2))
    return {"depth": each * len(blocks) + besides} if blocks else {}


def _resnext(_name: str, state: State) -> dict[str, Any]:
    """Groups of the 3x3 convolutions: all channels over those of one group."""
    weight = state.get("stage_1.ModuleList.0.conv_conv.weight")
    if weight is None or weight.dim() != 4:
        return {}
    return {"cardinality": weight.shape[0] // weight.shape[1]}


def _tokens(_name: str, state: State) -> dict[str, Any]:
    """Side of the square image whose patches, and one class token, have a position each."""
    table = state.get("pos_embed")
    if table is None or table.dim() != 3:
        return {}
    side = isqrt(table.shape[1] - 1)
    return {"img_size": side * _PATCH} if side * side == table.shape[1] - 1 and side else {}


_LOOKS: Mapping[str, Callable[[str, State], dict[str, Any]]] = {
    r"resnet\d+_mrla\w+": _resnet,
    r"dia_(resnet|preresnet|wrn|resnext)": _cifar,
    r"dia_resnext": _resnext,
    r"(deit|ceit|eamlp)_\w+": _tokens,
}
"""What to look for in the weights of the networks so named."""
