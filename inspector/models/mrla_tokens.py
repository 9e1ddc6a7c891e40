"""A token branch is MRLA inside a vision transformer: it sees the patch tokens as a map.

The class token takes no part, yet is not skipped: as published, what the attention was given for
it (its layer norm) stands in its place. Fang et al., ICLR 2023, arXiv:2302.03985. Parameter and
module names are those of the published code.
"""

import torch
from torch import Tensor, nn

from inspector.models.grids import as_map, as_tokens, behind_class_token
from inspector.models.mrla import BaseLayer, LightLayer, NormedLightLayer, Values

LAYER_NORM_EPS = 1e-6


class TokenBaseBranch(nn.Module):
    """MRLA-base on the patch tokens of a vision transformer with a class token.

    Args:
        channels: width of a token.
        heads: number of contiguous channel groups with a weight of their own.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.normx = nn.LayerNorm(channels, eps=LAYER_NORM_EPS)
        self.mrla = BaseLayer(channels, heads)

    def forward(
        self, x: Tensor, keys: Tensor | None = None, values: Values = ()
    ) -> tuple[Tensor, Tensor, Values]:
        """Returns the attention of tokens [b, 1 + s*s, c], and the caches of `BaseLayer`."""
        x = self.normx(x)
        retrieved, keys, values = self.mrla(as_map(x[:, 1:]), keys, values)
        return behind_class_token(x, as_tokens(retrieved)), keys, values


class TokenLightBranch(nn.Module):
    """MRLA-light on the patch tokens of a vision transformer with a class token.

    Args:
        channels: width of a token.
        heads: number of contiguous channel groups with a gate of their own.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.mrla = LightLayer(channels, heads, act_v=nn.GELU())
        self.lambda_t = nn.Parameter(torch.randn(channels))
        self.normx = nn.LayerNorm(channels, eps=LAYER_NORM_EPS)
        self.normo = nn.LayerNorm(channels, eps=LAYER_NORM_EPS)

    def forward(self, x: Tensor, previous: Tensor) -> Tensor:
        """Returns the attention of a token sequence, [b, 1 + s*s, c].

        Args:
            x: tokens [b, 1 + s*s, c], class token first, patches row by row.
            previous: the input of the block, of the same shape.
        """
        x = self.normx(x)
        gated = self.mrla(as_map(x[:, 1:]))
        return _with_decayed(x, gated, self.lambda_t, self.normo(previous))


class NormedLightBranch(nn.Module):
    """MRLA-light on the patch tokens of CeiT: nothing is normalised here but the value.

    Args:
        channels: width of a token.
        heads: number of contiguous channel groups with a gate of their own.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.mla = NormedLightLayer(channels, heads, act_v=nn.GELU())
        self.lambda_t = nn.Parameter(torch.randn(channels))

    def forward(self, x: Tensor, previous: Tensor) -> Tensor:
        """Returns the attention of a token sequence, [b, 1 + s*s, c].

        Args:
            x: normalised tokens [b, 1 + s*s, c], class token first; it passes unchanged.
            previous: what is decayed, of the same shape.
        """
        return _with_decayed(x, self.mla(as_map(x[:, 1:])), self.lambda_t, previous)


def _with_decayed(x: Tensor, gated: Tensor, decay: Tensor, previous: Tensor) -> Tensor:
    """Returns the class token of x, then the gated map plus decay times the previous patches."""
    tokens = as_tokens(gated).contiguous()  # a copy costs less than two passes over its transpose
    return behind_class_token(x, torch.addcmul(tokens, decay, previous[:, 1:]))
