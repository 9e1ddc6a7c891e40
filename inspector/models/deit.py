"""The DeiTs with MRLA-light: every transformer block adds what its layer retrieves.

The trunk is timm's vision transformer. After attention and MLP a block adds MRLA on its patch
tokens; the recurrence runs through all twelve blocks. The head reads the class token alone, so what
the last block retrieves cannot move the logits; its `normx`, which also norms the class token, can.
Fang et al., ICLR 2023, arXiv:2302.03985.
"""

from typing import Any

from timm.layers import trunc_normal_
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor

from inspector.models.grids import square_side
from inspector.models.mrla import TokenLightBranch
from inspector.models.registry import register

HEAD_DIM = 16
PATCH = 16


class LightBlock(Block):
    """A transformer block with MRLA-light; takes and returns tokens [b, n, c]."""

    def __init__(self, dim: int, num_heads: int, **options: Any) -> None:
        super().__init__(dim, num_heads, **options)
        self.mrla = TokenLightBranch(dim, dim // HEAD_DIM)

    def forward(
        self, x: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        """Returns tokens [b, n, c]; the mask is for the self-attention."""
        mixed = super().forward(x, attn_mask=attn_mask, is_causal=is_causal)
        return mixed + self.mrla(mixed, x)


def light_deit(
    embed_dim: int,
    num_heads: int,
    *,
    img_size: int | tuple[int, int] = 224,
    drop_path: float = 0.0,
    **options: Any,
) -> VisionTransformer:
    """Returns a DeiT with MRLA-light.

    Args:
        embed_dim: width of a token.
        num_heads: heads of the self-attention.
        img_size: side of the image in pixels, or (height, width) of a square.
        drop_path: stochastic depth of the last block's attention and MLP; grows from 0.
        options: `num_classes` and `in_chans` of timm's `VisionTransformer`.

    Raises:
        ValueError: if the image is not a square of whole patches.
    """
    network = VisionTransformer(
        img_size=square_side(img_size, PATCH),
        patch_size=PATCH,
        embed_dim=embed_dim,
        num_heads=num_heads,
        drop_path_rate=drop_path,
        block_fn=LightBlock,
        **options,
    )
    trunc_normal_(network.cls_token, std=0.02)
    return network


register("deit_mrlal_tiny_patch16_224", light_deit, embed_dim=192, num_heads=3)
register("deit_mrlal_small_patch16_224", light_deit, embed_dim=384, num_heads=6)
register("deit_mrlal_base_patch16_224", light_deit, embed_dim=768, num_heads=12)
