"""The networks with layer attention; importing this package makes them known to timm.

`timm.create_model(name, ...)` then builds every name in `inspector.cards.CARDS`. Parameter and
module names are those of the published code, so official state dicts load strictly.
"""

from inspector.models import (
    ceit,
    deit,
    dia_cifar,
    dia_imagenet,
    eamlp,
    eanet,
    efficientnet,
    resnet,
)

__all__ = [
    "ceit",
    "deit",
    "dia_cifar",
    "dia_imagenet",
    "eamlp",
    "eanet",
    "efficientnet",
    "resnet",
]
