"""A hook point is a place in a network where a tensor can be read or replaced.

Reading and editing are one mechanism: the hook that sees a tensor may answer with another.
``hooked`` is the only function of the project that registers hooks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from hooks.dims import labels_of
from hooks.errors import UnexpectedShape


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
    """

    name: str
    module: nn.Module
    end: Literal["input", "output"] = "output"
    index: int = 0
    dims: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Site:
    """One attention module of a model, with its hook points and the layers that call it.

    Attributes:
        path: module path of the attention module.
        module: the attention module; its return ends a call.
        points: the tensors to read.
        layers: names of the host blocks, in order; several when blocks share the module.
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


@dataclass(frozen=True)
class Call:
    """One run of a site's module.

    Attributes:
        site: whose run it was.
        layer: the host block it ran for.
        tensors: what passed, by point name; where an edit answered, the edited tensor.
        edited: names of the points where an edit answered.
    """

    site: Site
    layer: str
    tensors: Mapping[str, Tensor]
    edited: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Moment:
    """Where an edit is asked for its answer: the point, the layer, and the labels of each dim."""

    point: HookPoint
    layer: str
    labels: Mapping[str, tuple[str | int, ...]]


Answer = Callable[[Moment, Tensor], Tensor | None]
"""What an edit does with a tensor; ``None`` leaves it as it is (torch's own rule for hooks)."""


@contextmanager
def hooked(
    sites: Sequence[Site],
    finished: Callable[[Call], None] | None = None,
    answer: Answer | None = None,
) -> Iterator[None]:
    """Watch (and edit) the sites inside the block; no hook is left afterwards, whatever happens.

    Args:
        sites: attention modules of one mechanism, in any order.
        finished: receives each call as its module returns. The tensors are the network's own and
            later layers may overwrite them in place: copy what is kept.
        answer: asked at every point that has dims.
    """
    ran: list[str] = []
    handles: list[RemovableHandle] = []
    try:
        for site in sites:
            handles += _Listener(site, ran, finished, answer).attach()
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Listener:
    """Collects the tensors of one site, call after call."""

    def __init__(
        self,
        site: Site,
        ran: list[str],
        finished: Callable[[Call], None] | None,
        answer: Answer | None,
    ) -> None:
        self.site, self.ran, self.finished, self.answer = site, ran, finished, answer
        self.tensors: dict[str, Tensor] = {}
        self.edited: set[str] = set()
        self.host: str | None = None
        self.calls = 0

    @property
    def layer(self) -> str:
        # Modulo, because one `with` block may hold many passes (Captum runs dozens).
        return self.host or self.site.layers[self.calls % len(self.site.layers)]

    def attach(self) -> list[RemovableHandle]:
        """Register everything; the module's own hook comes last, so that it ends the call."""
        handles = [self._listen(point) for point in self.site.points]
        for name, block in self.site.hosts.items():
            handles.append(block.register_forward_pre_hook(self._note_host(name)))
        handles.append(self.site.module.register_forward_hook(self._end))
        return handles

    def _listen(self, point: HookPoint) -> RemovableHandle:
        if point.end == "output":
            return point.module.register_forward_hook(
                lambda _module, _args, output: self._see(point, output)
            )
        return point.module.register_forward_pre_hook(
            lambda _module, args, kwargs: self._see(point, (args, kwargs)), with_kwargs=True
        )

    def _see(self, point: HookPoint, passing: Any) -> Any:
        """Note the point's tensor; return what passes on in its place, or None for no change."""
        tensor = _pick(point, passing)
        changed = self._ask(point, tensor)
        self.tensors[point.name] = tensor if changed is None else changed
        if changed is None:
            return None
        self.edited.add(point.name)
        return _replaced(passing, tensor, changed)

    def _ask(self, point: HookPoint, tensor: Tensor) -> Tensor | None:
        if self.answer is None or not point.dims:
            return None
        layers = [*self.ran, self.layer]
        sizes = zip(point.dims, tensor.shape, strict=True)
        labels = {dim: labels_of(dim, size, layers) for dim, size in sizes if dim != "_"}
        return self.answer(Moment(point, self.layer, labels), tensor)

    def _note_host(self, name: str) -> Callable[..., None]:
        def begun(_module: nn.Module, _args: tuple) -> None:
            self.host = name

        return begun

    def _end(self, _module: nn.Module, _args: tuple, _output: Any) -> None:
        call = Call(self.site, self.layer, self.tensors, frozenset(self.edited))
        self.tensors, self.edited, self.calls = {}, set(), self.calls + 1
        self.ran.append(call.layer)
        if self.finished is not None:
            self.finished(call)


def _tensors(passing: Any) -> Iterator[Tensor]:
    """Tensors inside nested tuples, lists and dicts, in order."""
    if isinstance(passing, Tensor):
        yield passing
    elif isinstance(passing, Mapping):
        for item in passing.values():
            yield from _tensors(item)
    elif isinstance(passing, (tuple, list)):
        for item in passing:
            yield from _tensors(item)


def _pick(point: HookPoint, passing: Any) -> Tensor:
    found = list(_tensors(passing))
    if point.index >= len(found):
        raise UnexpectedShape(
            f"The {point.end} of {type(point.module).__name__} should hold tensor number "
            f"{point.index + 1} ('{point.name}') but holds {len(found)}. The module has the child "
            "names of a known attention but not its interface."
        )
    return found[point.index]


def _replaced(passing: Any, old: Tensor, new: Tensor) -> Any:
    """The same nesting with one tensor exchanged."""
    if passing is old:
        return new
    if isinstance(passing, Mapping):
        return {key: _replaced(item, old, new) for key, item in passing.items()}
    if isinstance(passing, (tuple, list)):
        return type(passing)(_replaced(item, old, new) for item in passing)
    return passing
