"""External attention: tokens attend to slots of a learned memory that all images share.

Scores of tokens against the key memory are normalised twice, a softmax over tokens for each slot
and then a division by the sum over slots; the value memory turns the result into features.
Guo et al., "Beyond Self-attention: External Attention using Two Linear Layers for Visual Tasks",
arXiv:2105.02358. Parameter and module names are those of the published code, where the two
memories of some layouts start equal; here they are independent parameters from then on, as they
were in every published training run.
"""

import torch
from torch import Tensor, nn

from inspector.models.initialisation import init_convolutions

SLOTS = 64
TOKEN_SLOTS = 128
WIDENING = 4


def double_normalised(score: Tensor, *, token_dim: int, slot_dim: int) -> Tensor:
    """Returns affinities, of the shape of `score`; they sum to 1 (or less) over slots.

    A token that every slot finds unlikely keeps a sum below 1, because of the 1e-9.
    """
    share = score.softmax(dim=token_dim)
    return share / (1e-9 + share.sum(dim=slot_dim, keepdim=True))


class SpatialExternalAttention(nn.Module):
    """External attention over the pixels of a map, with one head: EANet's segmentation head.

    `linear_0` puts out the score [b, slots, n], `linear_1` takes the affinity of that shape.

    Args:
        channels: c of the map.
        slots: number of memory slots.
    """

    def __init__(self, channels: int, slots: int = SLOTS) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1)
        self.linear_0 = nn.Conv1d(channels, slots, 1, bias=False)
        self.linear_1 = nn.Conv1d(slots, channels, 1, bias=False)
        self.conv2 = nn.Sequential(
            nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels)
        )
        self.relu = nn.ReLU()
        init_convolutions(self)
        nn.init.kaiming_normal_(self.linear_1.weight, mode="fan_out")
        _start_equal(self.linear_0.weight, self.linear_1.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Returns a map [b, c, h, w] of a map [b, c, h, w]."""
        query = self.conv1(x)
        score = self.linear_0(query.flatten(2))
        affinity = double_normalised(score, token_dim=-1, slot_dim=1)
        attended = self.linear_1(affinity).reshape(query.shape)
        return self.relu(self.conv2(attended) + x)


class TokenExternalAttention(nn.Module):
    """External attention of the tokens-to-token stem, with one head.

    Its two memories are named `linear_<first>` (puts out the score [b, n, slots]) and
    `linear_<first + 1>` (takes the affinity of that shape).

    Args:
        in_dim: width of a token that comes in.
        dim: width of a token that goes out.
        slots: number of memory slots.
        first: 0 for the names of the performer style, 1 for those of the transformer style.
        dropout: on affinities and on the result, in training.
    """

    def __init__(
        self,
        in_dim: int,
        dim: int,
        *,
        slots: int = TOKEN_SLOTS,
        first: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.q_linear = nn.Linear(in_dim, dim)
        self.memory_names = (f"linear_{first}", f"linear_{first + 1}")
        self.add_module(self.memory_names[0], nn.Linear(dim, slots, bias=False))
        self.add_module(self.memory_names[1], nn.Linear(slots, dim))
        self.proj = nn.Linear(dim, dim)
        self.attn_drop = nn.Dropout(dropout)
        self.proj_drop = nn.Dropout(dropout)
        self.start_equal()

    def start_equal(self) -> None:
        """Sets the value memory to the key memory."""
        key, value = self._memories()
        _start_equal(value.weight, key.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, n, dim] of tokens [b, n, in_dim]; the query is added to them."""
        key, value = self._memories()
        query = self.q_linear(x)
        affinity = double_normalised(key(query), token_dim=-2, slot_dim=-1)
        return query + self.proj_drop(self.proj(value(self.attn_drop(affinity))))

    def _memories(self) -> tuple[nn.Linear, nn.Linear]:
        key, value = (getattr(self, name) for name in self.memory_names)
        return key, value


class MultiHeadExternalAttention(nn.Module):
    """External attention of a transformer block; heads share one pair of memories.

    Tokens are widened four times, so there are four times the heads that are asked for.
    `linear_0` puts out the score [b, heads, n, slots], `linear_1` takes the affinity.

    Args:
        dim: width of a token.
        num_heads: a quarter of the heads.
        slots: number of memory slots.
    """

    def __init__(self, dim: int, num_heads: int, slots: int = SLOTS) -> None:
        super().__init__()
        self.num_heads = num_heads * WIDENING
        head_dim = dim // num_heads
        self.trans_dims = nn.Linear(dim, dim * WIDENING)
        self.linear_0 = nn.Linear(head_dim, slots)
        self.linear_1 = nn.Linear(slots, head_dim)
        self.proj = nn.Linear(dim * WIDENING, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Returns tokens [b, n, dim] of tokens [b, n, dim]."""
        query = self.trans_dims(x).unflatten(2, (self.num_heads, -1)).transpose(1, 2)
        affinity = double_normalised(self.linear_0(query), token_dim=-2, slot_dim=-1)
        return self.proj(self.linear_1(affinity).transpose(1, 2).flatten(2))


def _start_equal(target: Tensor, source: Tensor) -> None:
    """Copies the transpose of one memory's weight into the other's."""
    with torch.no_grad():
        target.copy_(source.transpose(0, 1))
