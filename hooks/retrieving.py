"""Retrieving is what a layer of MRLA makes of what it retrieves: the formulas that prove a reading.

They are those of `hooks.mrla`, of any number of calls side by side: axes are counted from the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from hooks.mechanism import Check

HALF = 1e-4
"""Between the precision of half and single numbers."""


@dataclass(frozen=True)
class BaseProof:
    """Makes the checks of base layers of which the same places are looked at.

    Attributes:
        told: how many places.
    """

    told: str

    def __call__(
        self, query: Tensor, weight: Tensor, output: Tensor, **retrieved: Tensor
    ) -> tuple[Check, Check]:
        """The weights, and what they retrieve.

        Args:
            query: (..., sample, channel).
            weight: (..., sample, head, retrieved_layer).
            output: (..., sample, channel, y, x).
            retrieved: ``key_s`` and ``value_s``, like query and output, of each retrieved layer.
        """
        keys, values = (
            [retrieved[f"{name}_{place}"] for place in range(weight.shape[-1])]
            for name in ("key", "value")
        )
        scores = _scores(query.unsqueeze(-3), torch.stack(keys, dim=-3), weight.shape[-2])
        expected = scores.movedim(-3, -1).softmax(dim=-1)
        return (
            Check("softmax of q.k / sqrt(d)", expected, weight, "weight", _rounding(scores)),
            Check(f"sum of weight x value{self.told}", _retrieved(values, weight), output),
        )


@dataclass(frozen=True)
class LightProof:
    """Makes the checks of light layers of which the same places are looked at.

    Attributes:
        told: how many places.
    """

    told: str

    def __call__(  # noqa: PLR0913 - what the two formulas are made of
        self,
        *,
        gate: Tensor,
        decay: Tensor,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        shortcut: Tensor,
        output: Tensor,
    ) -> tuple[Check, Check]:
        """The gate, and the output.

        Args:
            gate: (..., sample, head).
            decay: (..., channel).
            query: (..., sample, channel).
            key: like the query.
            value: (..., sample, channel, y, x).
            shortcut: like the value.
            output: like the value.
        """
        expected = _scores(query, key, gate.shape[-1]).sigmoid()
        out = spread(gate, value) * value + decay[..., None, :, None, None] * shortcut
        return (
            Check("sigmoid of q.k / sqrt(d)", expected, gate, "gate"),
            Check(f"gate x value + decay x shortcut{self.told}", out, output),
        )


def spread(per_head: Tensor, value: Tensor) -> Tensor:
    """Heads are contiguous channel groups: (..., head) to (..., channel, 1, 1)."""
    width = value.shape[-3] // per_head.shape[-1]
    return per_head.repeat_interleave(width, dim=-1)[..., None, None]


def _scores(query: Tensor, key: Tensor, heads: int) -> Tensor:
    """``q . k / sqrt(d)``, (..., sample, head), of projections (..., sample, channel)."""
    products = (query * key).unflatten(-1, (heads, -1))
    return products.sum(dim=-1) / sqrt(products.shape[-1])


def _rounding(scores: Tensor) -> Tensor | None:
    """How far weights may be off for the rounding of their scores: at 1,000, 1e-4 in float32.

    Scores are as exact as they are large, and a weight moves by no more than the difference of two.
    Half precision has no such allowance: there it would soon be as large as any weight.
    """
    eps = torch.finfo(scores.dtype).eps
    return eps * scores.abs().amax(dim=(-3, -2, -1)) if eps < HALF else None


def _retrieved(values: Sequence[Tensor], weight: Tensor) -> Tensor:
    """``o_t = sum_s a_t[s] V_s``, (..., sample, channel, y, x)."""
    per_channel = spread(weight.movedim(-1, 0), values[0])
    return (torch.stack(list(values)) * per_channel).sum(dim=0)
