"""The CeiTs with MRLA-light: convolutional transformers whose blocks retrieve from each other.

A convolutional stem makes the tokens, a depthwise convolution stands in every MLP, and the logits
come from an attention over the class tokens of all blocks. Yuan et al., "Incorporating Convolution
Designs into Visual Transformers", ICCV 2021, arXiv:2103.11816 (trunk); Fang et al., ICLR 2023,
arXiv:2302.03985 (MRLA). Parameter and module names are those of the published code.
"""

from functools import partial

import torch
from timm.layers import Attention, DropPath, Mlp, trunc_normal_
from torch import Tensor, nn

from inspector.models.convolutions import ConvNorm
from inspector.models.grids import (
    as_map,
    as_tokens,
    behind_class_token,
    require_side,
    square_side,
)
from inspector.models.initialisation import init_linear
from inspector.models.mrla_tokens import NormedLightBranch
from inspector.models.registry import register

DEPTH = 12
HEAD_DIM, RETRIEVAL_HEAD_DIM = 64, 32
MLP_RATIO = 4
STEM = 64
PATCH = 16
"""Side in pixels of what becomes a token: four times less in the stem, then 4x4 of its map."""

LayerNorm = partial(nn.LayerNorm, eps=1e-6)


class ImageToTokens(nn.Module):
    """The stem: a convolution and a pool, and then patches of their map.

    Args:
        in_chans: channels of the image.
        dim: width of a token.
    """

    def __init__(self, in_chans: int, dim: int) -> None:
        super().__init__()
        self.backbone = ConvNorm(in_chans, STEM, 7, stride=2)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.proj = nn.Conv2d(STEM, dim, PATCH // 4, stride=PATCH // 4)

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, (h / 16) * (w / 16), dim] of images [b, c, h, w]."""
        return as_tokens(self.proj(self.maxpool(self.backbone(x))))


class LocallyEnhancedMlp(nn.Module):
    """LeFF: an MLP of 1x1 convolutions with a depthwise 3x3 between; the class token passes by.

    Args:
        dim: width of a token.
        hidden: width inside.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(dim, hidden, 1)
        self.conv2 = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.conv3 = nn.Conv2d(hidden, dim, 1)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.bn3 = nn.BatchNorm2d(dim)
        self.act = nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, 1 + s*s, dim] of tokens [b, 1 + s*s, dim]."""
        grid = self.act(self.bn1(self.conv1(as_map(x[:, 1:]))))
        grid = self.act(self.bn2(self.conv2(grid)))
        return behind_class_token(x, as_tokens(self.bn3(self.conv3(grid))))


class Block(nn.Module):
    """A block with MRLA-light; takes and returns tokens [b, n, dim].

    Args:
        dim: width of a token.
        drop_path: share of images whose branches are dropped in training.
    """

    def __init__(self, dim: int, drop_path: float) -> None:
        super().__init__()
        self.norm2 = LayerNorm(dim)
        self.norm1 = LayerNorm(dim)
        self.attn = Attention(dim, dim // HEAD_DIM, qkv_bias=True)
        self.leff = LocallyEnhancedMlp(dim, dim * MLP_RATIO)
        self.mrla = NormedLightBranch(dim, dim // RETRIEVAL_HEAD_DIM)
        self.norm_mrla = LayerNorm(dim)
        self.drop_path = DropPath(drop_path) if drop_path else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, n, dim].

        As published the first norm is no branch's: its result replaces what the skips carry, and
        is also what MRLA decays.
        """
        x = carried = self.norm1(x)
        x = x + self.drop_path(self.attn(x))
        x = x + self.drop_path(self.leff(self.norm2(x)))
        return x + self.drop_path(self.mrla(self.norm_mrla(x), carried))


class LayerwiseClassAttention(nn.Module):
    """LCA: the last block's class token attends to those of all blocks.

    Args:
        dim: width of a token.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm2 = LayerNorm(dim)
        self.norm1 = LayerNorm(dim)
        self.attn = Attention(dim, dim // HEAD_DIM, qkv_bias=True)
        self.feedforward = Mlp(dim, dim * MLP_RATIO)

    def forward(self, x: Tensor) -> Tensor:
        """Returns a token [b, dim] of class tokens [b, blocks, dim]."""
        # only the last query is read: the others cost little, as there are twelve
        x = x[:, -1] + self.attn(self.norm1(x))[:, -1]
        return x + self.feedforward(self.norm2(x))


class LightCeit(nn.Module):
    """A CeiT with MRLA-light.

    Args:
        dim: width of a token.
        img_size: side of the image in pixels, or (height, width) of a square.
        drop_path: stochastic depth of the last block; grows from 0.
        num_classes: number of logits.
        in_chans: channels of the image.

    Raises:
        ValueError: if the image is not a square of whole 16-pixel patches.
    """

    def __init__(
        self,
        dim: int,
        *,
        img_size: int | tuple[int, int] = 224,
        drop_path: float = 0.0,
        num_classes: int = 1000,
        in_chans: int = 3,
    ) -> None:
        super().__init__()
        self.img_size = square_side(img_size, PATCH)
        self.num_classes = num_classes
        self.num_features = dim
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (self.img_size // PATCH) ** 2, dim))
        self.pos_layer_embed = nn.Parameter(torch.zeros(1, DEPTH, dim))
        self.i2t = ImageToTokens(in_chans, dim)
        rates = torch.linspace(0, drop_path, DEPTH, device="cpu").tolist()
        self.blocks = nn.ModuleList(Block(dim, rate) for rate in rates)
        self.lca = LayerwiseClassAttention(dim)
        self.norm = LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)
        for embedding in (self.cls_token, self.pos_embed, self.pos_layer_embed):
            trunc_normal_(embedding, std=0.02)
        init_linear(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns what the class tokens come to, [b, dim], of images [b, c, h, w]."""
        require_side(x, self.img_size)
        tokens = self.i2t(x)
        tokens = torch.cat((self.cls_token.expand(len(x), -1, -1), tokens), dim=1)
        tokens = tokens + self.pos_embed
        class_tokens = []
        for block in self.blocks:
            tokens = block(tokens)
            class_tokens.append(tokens[:, 0])
        return self.norm(self.lca(torch.stack(class_tokens, dim=1) + self.pos_layer_embed))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of features, or the features if `pre_logits`."""
        return x if pre_logits else self.head(x)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [b, classes] of images [b, c, img_size, img_size]."""
        return self.forward_head(self.forward_features(x))


register("ceit_mrlal_tiny", LightCeit, dim=192)
register("ceit_mrlal_small", LightCeit, dim=384)
