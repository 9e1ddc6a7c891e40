"""A listener collects what passes at the hook points of one attention module, call after call.

``hooked`` is the only function of the project that registers hooks.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from hooks.dims import labels_of
from hooks.errors import UnexpectedShape
from hooks.nesting import exchanged, image_size, in_order, tensors_in
from hooks.points import Answer, Call, HookPoint, Moment, Site


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
            handles.extend(_Listener(site, run).attach())
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
        if name in self.given:
            numbered = (f"{name}#{number}" for number in count(2))
            name = next(free for free in numbered if free not in self.given)
        self.given.add(name)
        return name

    def before(self, line: tuple[str, str], size: int) -> list[str]:
        """Layers that ran, of a line or, where these are fewer than ``size``, of all its kind."""
        own = [layer for layer, other in self.ran.items() if other == line]
        kin = [layer for layer, other in self.ran.items() if other[1] == line[1]]
        return own if len(own) >= size else kin


class _Listener:
    """Collects the tensors of one site, call after call."""

    def __init__(self, site: Site, run: _Pass) -> None:
        self.site, self.run = site, run
        # Which layer calls a shared module is told by the block that has begun.
        self.name = site.path if site.hosts or len(site.layers) > 1 else site.layers[0]
        self.guard = _guard(site)
        self.tensors: dict[str, Tensor] = {}
        self.edited: set[str] = set()
        self.layer: str | None = None

    def attach(self) -> Iterator[RemovableHandle]:
        """Register everything, one hook for each end of a module: each delays a small one.

        The module's own come first and last, as they bound the call.
        """
        own, places = self.site.module, _by_place(self.site.points)
        entering, leaving = places.pop((own, "input"), []), places.pop((own, "output"), [])
        yield own.register_forward_pre_hook(partial(self._begin, entering), with_kwargs=True)
        if self.guard is not None:
            places.setdefault((self.guard, "input"), [])
        for (module, end), points in places.items():
            if end == "input":
                enter = partial(self._enter, points)
                yield module.register_forward_pre_hook(enter, with_kwargs=True)
            else:
                yield module.register_forward_hook(partial(self._leave, points))
        for name, block in self.site.hosts.items():
            yield block.register_forward_pre_hook(partial(self._note_host, name))
        yield own.register_forward_hook(partial(self._end, leaving))

    def _begin(
        self, points: Sequence[HookPoint], module: nn.Module, args: tuple, kwargs: dict
    ) -> Any:
        if not self.run.here:
            return None
        self.layer = self.run.named(self.name)
        self.tensors, self.edited = Passed(self.layer), set()
        return self._enter(points, module, args, kwargs) if points else None

    def _enter(
        self, points: Sequence[HookPoint], module: nn.Module, args: tuple, kwargs: dict
    ) -> Any:
        if module is self.guard:
            self._require_call()
        return self._see(points, (args, in_order(module, kwargs)))

    def _leave(
        self, points: Sequence[HookPoint], _module: nn.Module, _args: tuple, output: Any
    ) -> Any:
        return self._see(points, output)

    def _end(
        self, points: Sequence[HookPoint], _module: nn.Module, _args: tuple, output: Any
    ) -> Any:
        if self.layer is None or not self.run.here:
            return None
        passing = self._see(points, output)
        edited, size = frozenset(self.edited), self.run.image_size
        call = Call(self.site, self.layer, self.tensors, edited, size)
        self.run.ran[self.layer] = self.site.line
        self.tensors, self.edited, self.layer = {}, set(), None
        if self.run.finished is not None:
            self.run.finished(call)
        return passing

    def _see(self, points: Sequence[HookPoint], passing: Any) -> Any:
        """Note the points' tensors; return what passes on instead, or None for no change."""
        # A module such as a softmax may be shared: it is ours only while our own module runs.
        if self.layer is None or not self.run.here:
            return None
        found = tensors_in(passing)
        for point in points:
            self.tensors[point.name] = _pick(point, found)
        return None if self.run.answer is None else self._exchange(points, passing)

    def _exchange(self, points: Sequence[HookPoint], passing: Any) -> Any:
        """What passes on instead of what was seen, where an edit answers; else None."""
        before = passing
        for point in points:
            tensor = self.tensors[point.name] = _pick(point, tensors_in(passing))
            if (changed := self._ask(point, tensor)) is not None:
                self.tensors[point.name] = changed
                self.edited.add(point.name)
                passing = exchanged(passing, tensor, changed)
        return None if passing is before else passing

    def _ask(self, point: HookPoint, tensor: Tensor) -> Tensor | None:
        if self.run.answer is None or self.layer is None or not point.dims:
            return None
        sizes = dict(zip(point.dims, tensor.shape, strict=True))
        layers = [*self.run.before(self.site.line, sizes.get("retrieved_layer", 1) - 1), self.layer]
        labels = {dim: labels_of(dim, size, layers) for dim, size in sizes.items() if dim != "_"}
        return self.run.answer(Moment(point, self.layer, labels), tensor)

    def _require_call(self) -> None:
        """A call around the hooks of a shared module leaves no gap that could be seen later."""
        if self.layer is None and self.run.here:
            raise UnexpectedShape(
                f"'{self.site.path}', which blocks share, ran without being called: its host calls "
                "`.forward` directly or a compiled copy, and such a call is seen by no hook. Let "
                "the host call the module itself."
            )

    def _note_host(self, name: str, _module: nn.Module, _args: tuple) -> None:
        if self.run.here:
            self.name = name


def _guard(site: Site) -> nn.Module | None:
    """The part of a shared module whose run tells of a call; one that is listened to, if it can be.

    It has parameters, so it is none that others may use too.
    """
    if not site.hosts:
        return None
    inside = [inner for inner in site.module.modules() if inner is not site.module]
    entered = {point.module for point in site.points if point.end == "input"}
    listened = (inner for inner in inside if inner in entered and _has_parameters(inner))
    own = (inner for inner in inside if _has_parameters(inner, of_parts=False))
    return next(listened, None) or next(own, None)


def _has_parameters(module: nn.Module, *, of_parts: bool = True) -> bool:
    return next(module.parameters(recurse=of_parts), None) is not None


def _by_place(points: Sequence[HookPoint]) -> dict[tuple[nn.Module, str], list[HookPoint]]:
    """Points by module and end."""
    places: dict[tuple[nn.Module, str], list[HookPoint]] = defaultdict(list)
    for point in points:
        places[point.module, point.end].append(point)
    return places


def _pick(point: HookPoint, found: Sequence[Tensor]) -> Tensor:
    if point.index >= len(found):
        raise UnexpectedShape(
            f"The {point.end} of {type(point.module).__name__} should hold tensor number "
            f"{point.index + 1} ('{point.name}') but holds {len(found)}. The module has the child "
            "names of a known attention but not its interface."
        )
    return found[point.index]
