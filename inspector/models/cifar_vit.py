"""The small vision transformers for CIFAR that ship with trained weights: twins but for attention.

One has timm's self-attention, the other multi-head external attention in its place, as EAMLP has.
A token is a patch of 4 x 4 pixels that two convolutions see with a rim of three more, which small
data needs (Xiao et al., arXiv:2106.14881): external attention mixes tokens by its norms alone.
Guo et al., arXiv:2105.02358; Dosovitskiy et al., arXiv:2010.11929.
"""

from typing import Any

from timm.layers import HybridEmbed
from timm.models import VisionTransformer
from torch import nn

from inspector.models.hosts import use_external_attention
from inspector.models.registry import register

SIZE: dict[str, Any] = {
    "img_size": (32, 32),
    "patch_size": 4,
    "embed_dim": 128,
    "depth": 6,
    "num_heads": 4,
    "mlp_ratio": 2.0,
}


STEM = 64
"""Channels between the two convolutions."""


class Convolutions(nn.Sequential):
    """Makes of an image a map [b, dim, h / 4, w / 4].

    Args:
        in_chans: channels of the image.
        dim: channels of the map.
    """

    def __init__(self, in_chans: int, dim: int) -> None:
        first = nn.Conv2d(in_chans, STEM, 3, stride=2, padding=1, bias=False)
        second = nn.Conv2d(STEM, dim, 3, stride=2, padding=1, bias=False)
        norms = nn.BatchNorm2d(STEM), nn.BatchNorm2d(dim)
        super().__init__(first, norms[0], nn.ReLU(), second, norms[1], nn.ReLU())
        self.num_features = dim


def _tokens(
    img_size: tuple[int, int], patch_size: int, in_chans: int, embed_dim: int, **options: Any
) -> HybridEmbed:
    height, width = img_size
    return HybridEmbed(
        Convolutions(in_chans, embed_dim),
        img_size=img_size,
        patch_size=1,
        feature_size=(height // patch_size, width // patch_size),
        in_chans=in_chans,
        embed_dim=embed_dim,
        **options,
    )


def cifar_vit(*, external: bool = False, num_classes: int = 10, **options: Any) -> nn.Module:
    """Returns a transformer over the 64 patches of 4 pixels a side of an image of 32.

    Args:
        external: True for external attention in the place of self-attention.
        num_classes: number of logits.
        options: of timm's VisionTransformer, such as `drop_path_rate`.
    """
    network = VisionTransformer(num_classes=num_classes, embed_layer=_tokens, **(SIZE | options))
    return use_external_attention(network) if external else network


register("cifar_vit", cifar_vit)
register("cifar_vit_external", cifar_vit, external=True)
