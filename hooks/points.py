"""A hook point is a place in a network where a tensor can be read or replaced.

Reading and editing are one mechanism: the hook that sees a tensor may answer with another.
``hooked`` is the only function of the project that registers hooks.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from hooks.dims import labels_of
from hooks.errors import UnexpectedShape
from hooks.nesting import exchanged, image_size, in_order, tensors_in


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


class Passed(dict[str, Tensor]):
    """The tensors of one call by point name; to ask for one that never passed is refused."""

    def __init__(self, layer: str) -> None:
        """Args: the layer that the call runs for."""
        super().__init__()
        self.layer = layer

    def __missing__(self, name: str) -> Tensor:
        raise UnexpectedShape(
            f"The {name} of layer '{self.layer}' should pass through a module of its own, as in "
            "the published code, but a function computed it, so there is nothing to read. Call "
            "the module, or leave this mechanism out: capture(model, batch, mechanisms=[...])."
        )


@dataclass(frozen=True)
class Moment:
    """Where an edit is asked for its answer: the point, the layer, and the labels of each dim."""

    point: HookPoint
    layer: str
    labels: Mapping[str, Sequence[str | int]]


Answer = Callable[[Moment, Tensor], Tensor | None]
"""What an edit does with a tensor; ``None`` leaves it as it is (torch's own rule for hooks)."""


@contextmanager
def hooked(
    model: nn.Module,
    sites: Sequence[Site],
    finished: Callable[[Call], None] | None = None,
    answer: Answer | None = None,
    ran: Mapping[str, tuple[str, str]] | None = None,
) -> Iterator[None]:
    """Watch (and edit) the sites inside the block; no hook is left afterwards, whatever happens.

    Only this thread's passes are seen: another one may run the same model meanwhile.

    Args:
        model: whose call is a pass; there may be many in one block (Captum runs dozens).
        sites: attention modules of one mechanism, in any order.
        finished: receives each call as its module returns. The tensors are the network's own and
            later layers may overwrite them in place: copy what is kept.
        answer: asked at every point that has dims.
        ran: the line of each layer whose work is done when a pass begins, by name (``Prefixes``).
    """
    run = _Pass(finished, answer, dict(ran or {}))
    handles = [model.register_forward_pre_hook(run.begin, with_kwargs=True)]
    try:
        for site in sites:
            handles += _Listener(site, run).attach()
        yield
    finally:
        for handle in handles:
            handle.remove()


@dataclass(eq=False)
class _Pass:
    """The present pass of one thread, and what is done with what is seen in it.

    Attributes:
        finished: receives each call.
        answer: asked for edits.
        done: the line of each layer that ran before a pass begins, by name.
        ran: the same of each that ran.
        given: names of all layers that were called; each is given once in a pass.
        image_size: height and width of the input, if it is a batch of images.
    """

    finished: Callable[[Call], None] | None
    answer: Answer | None
    done: dict[str, tuple[str, str]]
    ran: dict[str, tuple[str, str]] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    image_size: tuple[int, int] | None = None
    thread: int = field(default_factory=threading.get_ident)

    @property
    def here(self) -> bool:
        return threading.get_ident() == self.thread

    def begin(self, _model: nn.Module, args: tuple, kwargs: dict) -> None:
        """The model is called: forget the pass before."""
        if self.here:
            self.image_size = image_size((args, kwargs))
            self.ran, self.given = dict(self.done), set()

    def named(self, name: str) -> str:
        """The name, or for a module that ran before in this pass ``name#2``, ``name#3``..."""
        numbered = (f"{name}#{number}" for number in count(2))
        free = name if name not in self.given else next(n for n in numbered if n not in self.given)
        self.given.add(free)
        return free

    def before(self, line: tuple[str, str], size: int) -> list[str]:
        """Layers that ran, of a line or, where these are fewer than ``size``, of all its kind."""
        own = [layer for layer, other in self.ran.items() if other == line]
        kin = [layer for layer, other in self.ran.items() if other[1] == line[1]]
        return own if len(own) >= size else kin


class _Listener:
    """Collects the tensors of one site, call after call."""

    def __init__(self, site: Site, run: _Pass) -> None:
        self.site, self.run = site, run
        self.tensors: dict[str, Tensor] = {}
        self.edited: set[str] = set()
        self.host: str | None = None
        self.layer: str | None = None

    def attach(self) -> list[RemovableHandle]:
        """Register everything: the module's own hooks first and last, as they bound the call."""
        handles = [self.site.module.register_forward_pre_hook(self._begin)]
        handles += [self._listen(points) for points in _by_place(self.site.points)]
        for name, block in self.site.hosts.items():
            handles.append(block.register_forward_pre_hook(self._note_host(name)))
        if self.site.hosts and (inner := _first_with_parameters(self.site.module)):
            handles.append(inner.register_forward_pre_hook(self._require_call))
        handles.append(self.site.module.register_forward_hook(self._end))
        return handles

    def _listen(self, points: Sequence[HookPoint]) -> RemovableHandle:
        """One hook for all tensors that pass at a place."""
        module, end = points[0].module, points[0].end
        if end == "output":
            return module.register_forward_hook(
                lambda _module, _args, output: self._see(points, output)
            )
        return module.register_forward_pre_hook(
            lambda module, args, kwargs: self._see(points, (args, in_order(module, kwargs))),
            with_kwargs=True,
        )

    def _begin(self, _module: nn.Module, _args: tuple) -> None:
        if self.run.here:
            hosted = self.site.hosts or len(self.site.layers) > 1
            name = self.host or (self.site.path if hosted else self.site.layers[0])
            self.layer = self.run.named(name)
            self.tensors, self.edited = Passed(self.layer), set()

    def _see(self, points: Sequence[HookPoint], passing: Any) -> Any:
        """Note the points' tensors; return what passes on instead, or None for no change."""
        # A module such as a softmax may be shared: it is ours only while our own module runs.
        if self.layer is None or not self.run.here:
            return None
        before, found = passing, list(tensors_in(passing))
        for point in points:
            tensor = self.tensors[point.name] = _pick(point, found)
            if (changed := self._ask(self.layer, point, tensor)) is not None:
                self.tensors[point.name] = changed
                self.edited.add(point.name)
                passing = exchanged(passing, tensor, changed)
                found = list(tensors_in(passing))
        return None if passing is before else passing

    def _ask(self, layer: str, point: HookPoint, tensor: Tensor) -> Tensor | None:
        if self.run.answer is None or not point.dims:
            return None
        sizes = dict(zip(point.dims, tensor.shape, strict=True))
        layers = [*self.run.before(self.site.line, sizes.get("retrieved_layer", 1) - 1), layer]
        labels = {dim: labels_of(dim, size, layers) for dim, size in sizes.items() if dim != "_"}
        return self.run.answer(Moment(point, layer, labels), tensor)

    def _require_call(self, _module: nn.Module, _args: tuple) -> None:
        """A call around the hooks of a shared module leaves no gap that could be seen later."""
        if self.layer is None and self.run.here:
            raise UnexpectedShape(
                f"'{self.site.path}', which blocks share, ran without being called: its host calls "
                "`.forward` directly or a compiled copy, and such a call is seen by no hook. Let "
                "the host call the module itself."
            )

    def _note_host(self, name: str) -> Callable[..., None]:
        def begun(_module: nn.Module, _args: tuple) -> None:
            if self.run.here:
                self.host = name

        return begun

    def _end(self, _module: nn.Module, _args: tuple, _output: Any) -> None:
        if self.layer is None or not self.run.here:
            return
        edited, size = frozenset(self.edited), self.run.image_size
        call = Call(self.site, self.layer, self.tensors, edited, size)
        self.run.ran[self.layer] = self.site.line
        self.tensors, self.edited, self.layer = {}, set(), None
        if self.run.finished is not None:
            self.run.finished(call)


def _first_with_parameters(module: nn.Module) -> nn.Module | None:
    """The first module inside that has parameters of its own, so none that others may use too."""
    inside = (inner for inner in module.modules() if inner is not module)
    return next((m for m in inside if next(m.parameters(recurse=False), None) is not None), None)


def _by_place(points: Sequence[HookPoint]) -> Iterator[list[HookPoint]]:
    """Points of the same end of the same module together: a hook takes as long as what it does."""
    places: dict[tuple[nn.Module, str], list[HookPoint]] = defaultdict(list)
    for point in points:
        places[point.module, point.end].append(point)
    yield from places.values()


def _pick(point: HookPoint, found: Sequence[Tensor]) -> Tensor:
    if point.index >= len(found):
        raise UnexpectedShape(
            f"The {point.end} of {type(point.module).__name__} should hold tensor number "
            f"{point.index + 1} ('{point.name}') but holds {len(found)}. The module has the child "
            "names of a known attention but not its interface."
        )
    return found[point.index]
