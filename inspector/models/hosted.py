"""A hosted block is a block of timm's that carries a layer attention it was not built with.

It stays the object it was, with its parameters, hooks and methods under timm's names: the attention
joins as new children (`mrla`, `bn_mrla`), and the block's class becomes a subclass whose forward
uses them. A wrapper around the block would rename its parameters, a replaced `forward` attribute
would survive neither copying nor pickling. Torch changes classes in this way too (parametrizations,
fully sharded data parallel).
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from torch import Tensor, nn

from inspector.models.anatomy import ANATOMIES, Anatomy
from inspector.models.dia import SharedLstm, State
from inspector.models.external_attention import MultiHeadExternalAttention

ALONE = (
    "This block reads what the blocks before it left, and expected to be called by the stage that "
    "hands this on; got a call of the block alone, as gradient checkpointing, attention masks and "
    "the forward_intermediates of a vision transformer make it. Call the network without them "
    "(model.set_grad_checkpointing(False)), or add MRLA of kind='light', which they can run."
)


class Hosted(nn.Module):
    """What all hosted blocks share; combined with a class of timm's by `hosted`."""

    anatomy: ClassVar[Anatomy]
    mrla: nn.Module

    def branch_and_skip(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns what the block adds up, both [b, c, h, w]."""
        branch = self._through(self.anatomy.branch, x)
        return branch, self._through((self.anatomy.skip,), x)

    def joined(self, branch: Tensor, skip: Tensor) -> Tensor:
        """Returns the block output [b, c, h, w] that timm's own class would return."""
        return self._through((self.anatomy.after,), branch + skip)

    def settled(self, retrieved: Tensor) -> Tensor:
        """Returns the retrieval as it is added to the block output: normed, sometimes dropped."""
        return self._through(("bn_mrla", "drop_path"), retrieved)

    def _through(self, names: tuple[str, ...], x: Tensor) -> Tensor:
        for name in names:
            child = getattr(self, name) if name else None
            x = x if child is None else child(x)
        return x


class LightHost(Hosted):
    """A residual block that adds what MRLA-light retrieves; `mrla` takes features and skip."""

    def forward(self, x: Tensor) -> Tensor:
        """Returns the block output [b, c, h, w]."""
        branch, skip = self.branch_and_skip(x)
        features = self.joined(branch, skip)
        return features + self.settled(self.mrla(features, skip))


class BaseHost(Hosted):
    """A residual block that adds what MRLA-base retrieves; it is called by a `Chain`."""

    def forward(self, x: Tensor, *caches: Any, **masks: Any) -> tuple[Any, ...]:
        """Returns the block output, of the shape of `x`, and the caches of the chain so far.

        Args:
            x: what comes into the block.
            caches: keys and values as `BaseLayer` returns them; empty ones begin a chain.
            masks: of timm's transformer blocks, which come with no caches.

        Raises:
            ValueError: if there are none, not even empty ones.
        """
        if not caches:
            raise ValueError(ALONE)
        features = super().forward(x)
        retrieved, *left = self.mrla(features, *caches)
        return features + self.settled(retrieved), *left


class TokenBaseHost(BaseHost):
    """A transformer block that adds what MRLA-base retrieves."""

    def settled(self, retrieved: Tensor) -> Tensor:
        """Returns the retrieval as it is: published are neither norm nor stochastic depth."""
        return retrieved


class GatedHost(Hosted):
    """A residual block whose branch is gated by an LSTM; it is called by a `SharedStage`."""

    def forward(
        self, x: Tensor, lstm: SharedLstm | None = None, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Returns the block output [b, c, h, w], and the state that the LSTM is left in.

        Raises:
            ValueError: if no LSTM is given.
        """
        if lstm is None:
            raise ValueError(ALONE)
        branch, skip = self.branch_and_skip(x)
        branch, state = lstm.gate(branch, state)
        return self.joined(branch, skip), state


class SharedStage(nn.Sequential):
    """Blocks of which the gated ones share an LSTM; it is a child, but none of the sequence.

    Attributes:
        lstm: the last child.
    """

    lstm: SharedLstm

    def __iter__(self) -> Iterator[nn.Module]:
        return (child for child in self.children() if child is not self.lstm)

    def __len__(self) -> int:
        return len(self._modules) - 1

    def forward(self, x: Tensor) -> Tensor:
        """Returns the output of the last block."""
        state = None
        for block in self:
            if isinstance(block, GatedHost):
                x, state = block(x, self.lstm, state)
            else:
                x = block(x)
        return x


class UnmaskedExternalAttention(MultiHeadExternalAttention):
    """External attention that timm's transformer blocks can call as they call self-attention."""

    def forward(
        self, x: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        """Returns tokens [b, n, dim] of tokens [b, n, dim].

        Raises:
            ValueError: if a mask is asked for, which says what tokens may see of each other.
        """
        if attn_mask is not None or is_causal:
            raise ValueError(
                "External attention takes no attn_mask and no is_causal, since its tokens look at "
                "memory slots and not at each other; got one. Call the network without."
            )
        return super().forward(x)


_CLASSES: dict[tuple[type, type], type] = {}


def hosted(kind: type, host: type) -> type:
    """Returns the class of timm's blocks of class `host` that carry an attention of a kind."""
    if (kind, host) not in _CLASSES:
        members = {
            "__doc__": kind.__doc__,
            "__reduce__": _reduced,
            "anatomy": ANATOMIES.get(host),
        }
        _CLASSES[kind, host] = type(f"{kind.__name__}{host.__name__}", (kind, host), members)
    return _CLASSES[kind, host]


def _reduced(block: Hosted) -> tuple[Any, ...]:
    """Returns what copies and pickles a block: its class has no name in any module."""
    return _unfilled, type(block).__bases__, block.__dict__


def _unfilled(kind: type, host: type) -> Hosted:
    cls: Any = hosted(kind, host)
    return cls.__new__(cls)
