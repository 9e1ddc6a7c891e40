"""The small vision transformers for CIFAR that ship with trained weights: twins but for attention.

One has timm's self-attention, the other multi-head external attention in its place, as EAMLP has.
Guo et al., arXiv:2105.02358; Dosovitskiy et al., arXiv:2010.11929.
"""

from typing import Any

from timm.models import VisionTransformer

from inspector.models.hosts import use_external_attention
from inspector.models.registry import register

SIZE: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 4,
    "embed_dim": 192,
    "depth": 9,
    "num_heads": 4,
    "mlp_ratio": 2.0,
}


def cifar_vit(*, external: bool = False, num_classes: int = 10, **options: Any) -> VisionTransformer:
    """Returns a transformer over the 64 patches of 4 pixels a side of an image of 32.

    Args:
        external: True for external attention in the place of self-attention.
        num_classes: number of logits.
        options: of timm's VisionTransformer, such as `drop_path_rate`.
    """
    network = VisionTransformer(num_classes=num_classes, **(SIZE | options))
    return use_external_attention(network) if external else network


register("cifar_vit", cifar_vit)
register("cifar_vit_external", cifar_vit, external=True)
