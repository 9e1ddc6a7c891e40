"""A hook point is a place in a network where a tensor can be read or replaced.

Reading and editing are one mechanism: the hook that sees a tensor (``hooks.listening``) may answer
with another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class HookPoint:
    """One tensor of a module: what it is called, where it passes, and what its axes mean.

    Attributes:
        name: the quantity, such as ``"weight"``; for raw evidence a role such as ``"value"``.
        module: the module at whose input or output the tensor passes.
        end: ``"input"`` or ``"output"``.
        index: which tensor, counted through nested tuples, when several pass.
        dims: one name of ``hooks.dims.TITLES`` per axis, ``"_"`` for an axis of length one without
            meaning. Only a point with dims may be edited.
        named_only: whether only an edit that names the point is meant for it.
    """

    name: str
    module: nn.Module
    end: Literal["input", "output"] = "output"
    index: int = 0
    dims: tuple[str, ...] = ()
    named_only: bool = False


@dataclass(frozen=True, eq=False)
class Site:
    """One attention module of a model, with its hook points and the layers that call it.

    Attributes:
        path: module path of the attention module.
        module: the attention module; its return ends a call.
        points: the tensors to read.
        layers: names of the host blocks that may call it; several when blocks share the module.
        chain: the stage or chain that the layers belong to.
        hosts: for a shared module, host block by layer name: the block that began last is the one
            a call belongs to, so blocks that skip the module do not shift the names.
        context: modules and parameters outside the module that its mechanism reads.
    """

    path: str
    module: nn.Module
    points: tuple[HookPoint, ...]
    layers: tuple[str, ...]
    chain: str
    hosts: Mapping[str, nn.Module] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> tuple[str, str]:
        """What separates histories: the chain, and which quantity is read in it."""
        return self.chain, self.points[0].name


@dataclass(frozen=True)
class Call:
    """One run of a site's module.

    Attributes:
        site: whose run it was.
        layer: the host block it ran for.
        tensors: what passed, by point name; where an edit answered, the edited tensor.
        edited: names of the points where an edit answered.
        image_size: height and width of the model's input, if that is a batch of images.
    """

    site: Site
    layer: str
    tensors: Mapping[str, Tensor]
    edited: frozenset[str] = frozenset()
    image_size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Moment:
    """Where an edit is asked for its answer: the point, the layer, and the labels of each dim."""

    point: HookPoint
    layer: str
    labels: Mapping[str, Sequence[str | int]]


Answer = Callable[[Moment, Tensor], Tensor | None]
"""What an edit does with a tensor; ``None`` leaves it as it is (torch's own rule for hooks)."""
