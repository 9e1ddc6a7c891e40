"""Multi-head recurrent layer attention (MRLA): each layer retrieves from the layers before it.

A layer asks with a query of its pooled features; keys come from pooled features, values are
depthwise convolutions. *Base* weighs the cached values of its whole chain by a softmax; *light*
gates its own value and adds the shortcut times a learned decay per channel.

Fang et al., "Cross-Layer Retrospective Retrieving via Layer Attention", ICLR 2023,
arXiv:2302.03985 (equations 6 and 8). Parameter and module names are those of the published code.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

Values = tuple[Tensor, ...]
"""The values of the layers of a chain so far, each [b, c, h, w]."""


def kernel_size(channels: int) -> int:
    """Returns the odd length of the query and key kernels for a channel count.

    >>> [kernel_size(c) for c in (64, 256, 1024, 2048)]
    [3, 5, 5, 7]
    """
    size = int((math.log2(channels) + 1) / 2)
    return size if size % 2 else size + 1


class _Pool(nn.AdaptiveAvgPool2d):
    """The mean over a map, of which the gradient lies in memory as the map does.

    torch's own lays it out anew, and a network with channels last then trains a quarter slower.
    """

    def __init__(self) -> None:
        super().__init__(1)

    def forward(self, x: Tensor) -> Tensor:
        """Returns the means [b, c, 1, 1] of a map [b, c, h, w]."""
        if x.is_contiguous() or not x.is_contiguous(memory_format=torch.channels_last):
            return super().forward(x)
        return x.permute(0, 2, 3, 1).mean((1, 2))[:, :, None, None]


def _per_channel(shares: Tensor, channels: int) -> Tensor:
    """Returns what heads have, [b, heads, n], as factors of their channels, [n, b, c, 1, 1].

    A factor per channel leaves a map of four axes as it lies in memory; splitting it by heads
    into five would lay channels last out anew.
    """
    each = shares.permute(2, 0, 1).repeat_interleave(channels // shares.shape[1], dim=2)
    return each[..., None, None]


class _Projections(nn.Module):
    """The query, key and value of one layer, shared by both variants."""

    def __init__(self, channels: int, heads: int, kernel: int | None = None) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"{channels} channels cannot be shared evenly by {heads} heads.")
        kernel = kernel or kernel_size(channels)
        self.heads = heads
        self.scale = (channels // heads) ** -0.5
        self.avg_pool = _Pool()
        self.Wq = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.Wk = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.Wv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)

    def query_and_key(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns q and k, each [b, c], of features [b, c, h, w]."""
        pooled = self.avg_pool(x).flatten(1).unsqueeze(1)
        return self.Wq(pooled).squeeze(1), self.Wk(pooled).squeeze(1)


class BaseLayer(_Projections):
    """MRLA-base: a softmax over all layers of the chain so far (equation 6).

    `softmax` puts out the retrieval weights [b, heads, 1, t]; t counts this layer too.

    Args:
        channels: c of the features.
        heads: number of contiguous channel groups with a weight of their own.
        kernel: length of the query and key kernels; from `channels` when None.
    """

    def __init__(self, channels: int, heads: int, kernel: int | None = None) -> None:
        super().__init__(channels, heads, kernel)
        self.softmax = nn.Softmax(dim=-1)

    def forward(
        self, x: Tensor, keys: Tensor | None = None, values: Values = ()
    ) -> tuple[Tensor, Tensor, Values]:
        """Returns the retrieved features and the two caches with this layer appended.

        Args:
            x: features [b, c, h, w].
            keys: [b, t-1, c] of the earlier layers; None at the head of a chain.
            values: of the earlier layers.

        Returns:
            Features [b, c, h, w], keys [b, t, c], t values.
        """
        query, key = self.query_and_key(x)
        keys = key[:, None] if keys is None else torch.cat((keys, key[:, None]), dim=1)
        values = (*values, self.Wv(x))
        query = query.unflatten(1, (self.heads, 1, -1))  # [b, heads, 1, d]
        split = keys.unflatten(2, (self.heads, -1)).permute(0, 2, 3, 1)  # [b, heads, d, t]
        weight = self.softmax(query @ split * self.scale)
        return self._retrieve(weight, values), keys, values

    def _retrieve(self, weight: Tensor, values: Values) -> Tensor:
        """Returns the sum over layers of weight [b, heads, 1, t] times value, [b, c, h, w]."""
        # As published, all values are copied into one tensor at every layer. A running sum copies
        # none. In half precision, adding layer by layer would round layer by layer, so it is added
        # up in single; so are the products, but in training, where that takes several times longer.
        kind = values[0].dtype
        single = torch.promote_types(kind, torch.float32)
        weight = weight.squeeze(2).to(kind if self.training else single)
        shares = _per_channel(weight, values[0].shape[1]).unbind(0)
        total = (values[0] * shares[0]).to(single)
        for share, value in zip(shares[1:], values[1:], strict=True):
            total += value * share
        return total.to(kind)


class LightLayer(_Projections):
    """MRLA-light: a gate per head on the layer's own value (equation 8, without the decay).

    `sigmoid` puts out the gate [b, heads, 1, 1, 1].

    Args:
        channels: c of the features.
        heads: number of contiguous channel groups with a gate of their own.
        kernel: length of the query and key kernels; from `channels` when None.
        act_v: activation of the value; none in CNNs, GELU in DeiT.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        kernel: int | None = None,
        act_v: nn.Module | None = None,
    ) -> None:
        super().__init__(channels, heads, kernel)
        self.sigmoid = nn.Sigmoid()
        self.act_v = act_v or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Returns the gated value [b, c, h, w] of features [b, c, h, w]."""
        query, key = self.query_and_key(x)
        score = (query * key).unflatten(1, (self.heads, -1)).sum(-1) * self.scale
        gate = self.sigmoid(score[:, :, None, None, None])
        # A sum is single in mixed precision, and what it gates would be from then on.
        return _per_channel(gate.to(x.dtype).flatten(2), x.shape[1])[0] * self.value(x)

    def value(self, x: Tensor) -> Tensor:
        """Returns the value [b, c, h, w] of features [b, c, h, w]."""
        return self.act_v(self.Wv(x))


class NormedLightLayer(LightLayer):
    """MRLA-light with a batch norm on the value, before its activation; as in CeiT."""

    def __init__(self, channels: int, heads: int, **options: Any) -> None:
        super().__init__(channels, heads, **options)
        self.bn_v = nn.BatchNorm2d(channels)

    def value(self, x: Tensor) -> Tensor:
        """Returns the value [b, c, h, w] of features [b, c, h, w]."""
        return self.act_v(self.bn_v(self.Wv(x)))


class BaseBranch(nn.Module):
    """The attention of a block with MRLA-base: a `BaseLayer` under its published name `mrla`."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.mrla = BaseLayer(channels, heads)

    def forward(
        self, x: Tensor, keys: Tensor | None = None, values: Values = ()
    ) -> tuple[Tensor, Tensor, Values]:
        """Returns what `BaseLayer` returns."""
        return self.mrla(x, keys, values)


class LightBranch(nn.Module):
    """The attention of a block with MRLA-light: gated value plus decay times shortcut.

    Args:
        channels: c of the features.
        heads: number of contiguous channel groups with a gate of their own.
        name: of the `LightLayer` inside; it was published under two names.
    """

    def __init__(self, channels: int, heads: int, *, name: str = "mrla") -> None:
        super().__init__()
        self.layer_name = name
        self.add_module(name, LightLayer(channels, heads))
        self.lambda_t = nn.Parameter(torch.randn(channels, 1, 1))

    def forward(self, x: Tensor, shortcut: Tensor) -> Tensor:
        """Returns the attention [b, c, h, w] of features and shortcut, both [b, c, h, w].

        The paper's recurrence carries the previous attention here; the published code carries
        the block's shortcut, and trained weights expect that.
        """
        decay = self.lambda_t.to(x.dtype)  # else mixed precision would go on in single
        return torch.addcmul(getattr(self, self.layer_name)(x), decay, shortcut)


class Chain(nn.Sequential):
    """Blocks that hand their keys and values on; the first starts without any.

    Attributes:
        length: number of blocks after which the caches start anew; None for never.
    """

    length: int | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Returns the output of the last block."""
        keys, values = None, ()
        for place, block in enumerate(self):
            if self.length and place % self.length == 0:
                keys, values = None, ()
            x, keys, values = block(x, keys, values)
        return x
