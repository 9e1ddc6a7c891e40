"""The networks with layer attention; importing this package makes them known to timm.

`timm.create_model(name, ...)` then builds every name in `inspector.cards.CARDS`. Parameter and
module names are those of the published code, so official state dicts load strictly. `cbamresnet50`
comes along for comparison.

`add_layer_attention`, `share_attention` and `use_external_attention` put the same attention on
networks of timm's.
"""

from inspector.models import (
    cbam,
    ceit,
    cifar_resnet,
    cifar_vit,
    deit,
    dia_cifar,
    dia_imagenet,
    eamlp,
    eanet,
    efficientnet,
    resnet,
)
from inspector.models.hosts import add_layer_attention, share_attention, use_external_attention

__all__ = [
    "add_layer_attention",
    "cbam",
    "ceit",
    "cifar_resnet",
    "cifar_vit",
    "deit",
    "dia_cifar",
    "dia_imagenet",
    "eamlp",
    "eanet",
    "efficientnet",
    "resnet",
    "share_attention",
    "use_external_attention",
]
