"""EAMLP: a tokens-to-token transformer with external attention in the place of self-attention.

Guo et al., arXiv:2105.02358, after the trunk of Yuan et al., "Tokens-to-Token ViT", ICCV 2021,
arXiv:2101.11986.
"""

from dataclasses import dataclass
from typing import Any

import torch
from timm.layers import DropPath, Mlp, trunc_normal_
from torch import Tensor, nn

from inspector.models.external_attention import MultiHeadExternalAttention, TokenExternalAttention
from inspector.models.grids import require_side, square_side
from inspector.models.initialisation import init_linear
from inspector.models.registry import register

STEM_DIM = 64
PATCH = 16

STEM_STYLES: dict[str, dict[str, Any]] = {
    "performer": {"first": 0, "dropout": 0.1},
    "transformer": {"first": 1},
}
"""Options of the stem's attention; the two styles differ in parameter names and dropout only."""


@dataclass(frozen=True)
class Size:
    """The size of a network: width of a token, blocks, a quarter of the heads, MLP ratio."""

    dim: int
    depth: int
    num_heads: int
    mlp_ratio: int


class TokenBlock(nn.Module):
    """A block of the stem: external attention to a new width, then an MLP.

    Args:
        in_dim: width of a token that comes in.
        dim: width of a token that goes out.
        attention: options of `TokenExternalAttention`.
    """

    def __init__(self, in_dim: int, dim: int, **attention: Any) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(in_dim)
        self.attn = TokenExternalAttention(in_dim, dim, **attention)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, n, dim] of tokens [b, n, in_dim]."""
        x = self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class TokensToToken(nn.Module):
    """The stem: overlapping windows become tokens three times, from an image to 16-pixel patches.

    Args:
        in_chans: channels of the image.
        dim: width of a token that goes out.
        attention: options of `TokenExternalAttention`.
    """

    def __init__(self, in_chans: int, dim: int, **attention: Any) -> None:
        super().__init__()
        self.soft_split0 = nn.Unfold(7, stride=4, padding=2)
        self.soft_split1 = nn.Unfold(3, stride=2, padding=1)
        self.soft_split2 = nn.Unfold(3, stride=2, padding=1)
        self.attention1 = TokenBlock(in_chans * 7 * 7, STEM_DIM, **attention)
        self.attention2 = TokenBlock(STEM_DIM * 3 * 3, STEM_DIM, **attention)
        self.project = nn.Linear(STEM_DIM * 3 * 3, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, (h / 16) * (w / 16), dim] of images [b, c, h, w]."""
        height, width = x.shape[-2] // 4, x.shape[-1] // 4
        tokens = self.attention1(self.soft_split0(x).transpose(1, 2))
        x = tokens.transpose(1, 2).unflatten(2, (height, width))
        tokens = self.attention2(self.soft_split1(x).transpose(1, 2))
        x = tokens.transpose(1, 2).unflatten(2, (height // 2, width // 2))
        return self.project(self.soft_split2(x).transpose(1, 2))


class Block(nn.Module):
    """A transformer block with multi-head external attention.

    Args:
        dim: width of a token.
        num_heads: a quarter of the heads.
        mlp_ratio: width of the MLP as a multiple of `dim`.
        drop_path: share of images whose branches are dropped in training.
    """

    def __init__(self, dim: int, num_heads: int, mlp_ratio: int, drop_path: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = MultiHeadExternalAttention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, dim * mlp_ratio)
        self.drop_path = DropPath(drop_path) if drop_path else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, n, dim] of tokens [b, n, dim]."""
        x = x + self.drop_path(self.attn(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class Eamlp(nn.Module):
    """An EAMLP network.

    Args:
        size: width, depth, heads and MLP ratio.
        stem_style: "performer" or "transformer".
        img_size: side of the image in pixels, or (height, width) of a square.
        drop_path: stochastic depth of the last block; grows from 0.
        num_classes: number of logits.
        in_chans: channels of the image.

    Raises:
        ValueError: if the image is not a square of whole 16-pixel patches.
    """

    def __init__(
        self,
        size: Size,
        *,
        stem_style: str = "performer",
        img_size: int | tuple[int, int] = 224,
        drop_path: float = 0.0,
        num_classes: int = 1000,
        in_chans: int = 3,
    ) -> None:
        super().__init__()
        self.img_size = square_side(img_size, PATCH)
        self.num_classes = num_classes
        self.num_features = size.dim
        self.tokens_to_token = TokensToToken(in_chans, size.dim, **STEM_STYLES[stem_style])
        self.cls_token = nn.Parameter(torch.zeros(1, 1, size.dim))
        table = sinusoid_table((self.img_size // PATCH) ** 2 + 1, size.dim)
        self.pos_embed = nn.Parameter(table, requires_grad=False)
        self.blocks = nn.Sequential(
            *(
                Block(size.dim, size.num_heads, size.mlp_ratio, rate)
                for rate in torch.linspace(0, drop_path, size.depth, device="cpu").tolist()
            )
        )
        self.norm = nn.LayerNorm(size.dim)
        self.head = nn.Linear(size.dim, num_classes)
        trunc_normal_(self.cls_token, std=0.02)
        init_linear(self)
        for block in (self.tokens_to_token.attention1, self.tokens_to_token.attention2):
            block.attn.start_equal()

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns normalised tokens [b, 1 + patches, dim] of images [b, c, h, w]."""
        require_side(x, self.img_size)
        tokens = self.tokens_to_token(x)
        tokens = torch.cat((self.cls_token.expand(len(x), -1, -1), tokens), dim=1)
        return self.norm(self.blocks(tokens + self.pos_embed))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of tokens, or the class token if `pre_logits`."""
        x = x[:, 0]
        return x if pre_logits else self.head(x)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [b, classes] of images [b, c, img_size, img_size]."""
        return self.forward_head(self.forward_features(x))


def sinusoid_table(positions: int, dim: int) -> Tensor:
    """Returns the fixed position embedding [1, positions, dim], float32 in [-1, 1].

    Even channels hold the sine and odd ones the cosine of position / 10000^(2 * (j // 2) / dim).
    """
    exponent = 2 * (torch.arange(dim, dtype=torch.float64) // 2) / dim
    angle = torch.arange(positions, dtype=torch.float64)[:, None] / 10_000**exponent
    table = torch.where(torch.arange(dim) % 2 == 0, angle.sin(), angle.cos())
    return table.float()[None]


register("eamlp_7", Eamlp, size=Size(256, 7, 4, 2))
register("eamlp_10", Eamlp, size=Size(256, 10, 4, 2))
register("eamlp_12", Eamlp, size=Size(256, 12, 4, 2))
for prefix, stem_style in (("eamlp", "performer"), ("eamlp_t", "transformer")):
    register(f"{prefix}_14", Eamlp, size=Size(384, 14, 6, 3), stem_style=stem_style)
    register(f"{prefix}_19", Eamlp, size=Size(448, 19, 7, 3), stem_style=stem_style)
    register(f"{prefix}_24", Eamlp, size=Size(512, 24, 8, 3), stem_style=stem_style)
