"""A graph is the operations that take an image to a score, as torch records them to go back.

It is recorded on torch's meta device, where tensors have shapes and no values: any network takes a
tenth of a second and no memory, and what it would keep to go back is known beforehand.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR
from torch import Tensor, nn

from hooks.listening import hooked
from hooks.points import Call, HookPoint, Site
from hooks.states import evaluating
from inspector.zoo import LoadedModel

Node = Any
"""One operation, of torch's own type."""


@dataclass(frozen=True, eq=False)
class Graph:
    """The operations between an image and the logits.

    Attributes:
        nodes: all of them.
        uses: how often each result of an operation is read, by operation and result.
        activations: path of the module that did an operation, where Captum knows its kind.
        memory: bytes that one image keeps until the way back.
    """

    nodes: Sequence[Node]
    uses: Mapping[tuple[Node, int], int]
    activations: Mapping[Node, str]
    memory: int

    @property
    def runs(self) -> Mapping[str, int]:
        """How often each of those modules ran."""
        return Counter(self.activations.values())


_KNOWN: "WeakKeyDictionary[nn.Module, dict[tuple[int, ...], Graph | None]]" = WeakKeyDictionary()


def graph_of(model: LoadedModel, size: tuple[int, ...]) -> Graph | None:
    """The graph of a network for an image (rgb, y, x); None where it cannot run without values."""
    known = _KNOWN.setdefault(model.module, {})
    if size not in known:
        with model.lock, torch.inference_mode(mode=False), evaluating(model.module.modules()):
            known[size] = _recorded(model.module, size)
    return known[size]


def name_of(node: Node) -> str:
    """An operation's name for readers.

    >>> name_of(torch.ones(1, requires_grad=True).sigmoid().grad_fn)
    'Sigmoid'
    """
    return type(node).__name__.partition("Backward")[0]


def parents(node: Node) -> list[Node | None]:
    """What an operation goes back to, by the place of its operands; None for a constant."""
    return [parent for parent, _ in node.next_functions]


def _recorded(module: nn.Module, size: Sequence[int]) -> Graph | None:
    state = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    image = torch.empty(1, *size, device="meta").requires_grad_()
    kept: list[Tensor] = []
    seen: dict[Node, str] = {}

    def finished(call: Call) -> None:
        seen[call.tensors["output"].grad_fn] = call.site.path

    weights = {name: tensor.detach().to("meta") for name, tensor in state.items()}
    try:
        with torch.enable_grad(), hooked(module, _sites(module), finished), _keeping(kept):
            logits = torch.func.functional_call(module, weights, (image,))
    except (RuntimeError, NotImplementedError, TypeError):  # it looks at values
        return None
    return _read(logits.grad_fn, seen, _bytes(kept, weights.values()))


def _sites(module: nn.Module) -> list[Site]:
    """Every activation that Captum has a rule for."""
    return [
        Site(path, part, (HookPoint("output", part),), (path,), "")
        for path, part in module.named_modules()
        if type(part) in SUPPORTED_NON_LINEAR
    ]


def _keeping(kept: list[Tensor]) -> Any:
    """Notes every tensor that is kept for the way back."""

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        return tensor

    return torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)


def _bytes(kept: Sequence[Tensor], weights: Iterable[Tensor]) -> int:
    """Their size, each counted once, without the weights, which are there anyway."""
    there = {id(weight) for weight in weights}
    whole = (tensor if tensor._base is None else tensor._base for tensor in kept)
    own = {id(tensor): tensor for tensor in whole if id(tensor) not in there}
    return sum(tensor.numel() * tensor.element_size() for tensor in own.values())


def _read(end: Node, seen: Mapping[Node, str], memory: int) -> Graph:
    nodes = list(_below(end))
    uses = Counter(edge for node in nodes for edge in node.next_functions)
    activations = {node: seen[node] for node in nodes if node in seen}
    return Graph(nodes, uses, activations, memory)


def _below(end: Node) -> Iterator[Node]:
    waiting, met = [end], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in met:
            continue
        met.add(node)
        yield node
        waiting += parents(node)
