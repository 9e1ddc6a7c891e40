"""The DeiTs with MRLA: every transformer block adds what its layer retrieves.

The trunk is timm's vision transformer. After attention and MLP a block adds MRLA on its patch
tokens. *Base* chains four blocks through a cache of keys and values, then starts anew; *light*
carries the block's input through all twelve. The head reads the class token alone, so what the last
block retrieves cannot move the logits; its `normx`, which also norms the class token, can.
Fang et al., ICLR 2023, arXiv:2302.03985.
"""

from functools import partial
from typing import Any

from timm.layers import trunc_normal_
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor

from inspector.models.grids import square_side
from inspector.models.hosted import TokenBaseHost
from inspector.models.mrla import Chain
from inspector.models.mrla_tokens import TokenBaseBranch, TokenLightBranch
from inspector.models.registry import register

HEAD_DIM = 16
PATCH = 16
SIZES = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12)}
"""Width of a token and heads of the self-attention."""


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


class BaseBlock(TokenBaseHost, Block):  # type: ignore[misc]  # a chain calls it, with caches
    """A transformer block with MRLA-base; takes and returns tokens [b, n, c] and the caches.

    Args:
        dim: width of a token.
        num_heads: heads of the self-attention.
        constant_drop_path: stochastic depth of attention and MLP, whatever the block's depth.
        options: of timm's `Block`.
    """

    def __init__(
        self, dim: int, num_heads: int, *, constant_drop_path: float, **options: Any
    ) -> None:
        super().__init__(dim, num_heads, **options | {"drop_path": constant_drop_path})
        self.mrla = TokenBaseBranch(dim, dim // HEAD_DIM)


class ChainsOfFour(Chain):
    """Blocks of which the fifth and the ninth start without keys and values, as published."""

    length = 4


def light_deit(embed_dim: int, num_heads: int, **options: Any) -> VisionTransformer:
    """Returns a DeiT with MRLA-light.

    Args:
        embed_dim: width of a token.
        num_heads: heads of the self-attention.
        options: `img_size` (side of the image in pixels, or (height, width) of a square),
            `drop_path` (stochastic depth of the last block's attention and MLP; grows from 0),
            `num_classes` and `in_chans`.

    Raises:
        ValueError: if the image is not a square of whole patches.
    """
    return _deit(LightBlock, embed_dim=embed_dim, num_heads=num_heads, **options)


def base_deit(
    embed_dim: int, num_heads: int, *, drop_path: float = 0.1, **options: Any
) -> VisionTransformer:
    """Returns a DeiT with MRLA-base.

    Args:
        embed_dim: width of a token.
        num_heads: heads of the self-attention.
        drop_path: stochastic depth of every block's attention and MLP. The published code has
            0.1 in all blocks whatever is asked for, hence the default and the missing schedule.
        options: `img_size`, `num_classes` and `in_chans` as for `light_deit`.

    Raises:
        ValueError: if the image is not a square of whole patches.
    """
    block = partial(BaseBlock, constant_drop_path=drop_path)
    network = _deit(block, embed_dim=embed_dim, num_heads=num_heads, **options)
    network.blocks = ChainsOfFour(*network.blocks)
    return network


def _deit(
    block: Any, *, img_size: int | tuple[int, int] = 224, drop_path: float = 0.0, **options: Any
) -> VisionTransformer:
    """Returns timm's trunk with blocks of another kind."""
    network = VisionTransformer(
        img_size=square_side(img_size, PATCH),
        patch_size=PATCH,
        drop_path_rate=drop_path,
        block_fn=block,
        **options,
    )
    trunc_normal_(network.cls_token, std=0.02)
    return network


for size, (width, heads) in SIZES.items():
    register(f"deit_mrlab_{size}_patch16_224", base_deit, embed_dim=width, num_heads=heads)
    register(f"deit_mrlal_{size}_patch16_224", light_deit, embed_dim=width, num_heads=heads)
