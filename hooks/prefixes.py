"""A prefix is what a network computes before one of its layers: the same for every edit there.

Passes that differ from a layer on need its prefix once. What modules returned before the layer
began is kept from a pass over one image; in a later pass these modules return that, repeated for
each sample of the batch, instead of computing it. All code between modules still runs, so the
network's own ``forward`` decides what follows. What this rests on (a module's work is what it
returns, nothing is left on the side) cannot be seen from outside: compare an unedited sample with
the full pass before trusting the edited ones beside it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from hooks.listening import hooked
from hooks.mechanism import Mechanism
from hooks.nesting import Copies, is_plain, tensors_in, transformed
from hooks.points import Call, Site
from hooks.states import evaluating, model_lock

Line = tuple[str, str]

Substitute = Callable[[Callable[..., Any], tuple, dict], Any]
"""Stands in for a module's ``forward``, which it is given with the arguments."""


@dataclass(eq=False)
class Run:
    """One run of a module.

    Attributes:
        module: whose run it was.
        around: the run of another module that it is part of.
        returned: a copy of what it returned.
        shapes: of the tensors therein.
        axes: the sample axis of each of them, None where samples share it.
        repeats: whether it can be handed out for another number of samples.
    """

    module: nn.Module
    around: "Run | None"
    returned: Any = None
    shapes: tuple[torch.Size, ...] = ()
    axes: tuple[int | None, ...] = ()
    repeats: bool = False


@dataclass(frozen=True, eq=False)
class Start:
    """Where a layer begins: the outermost runs that are over, and the attentions that ran."""

    over: tuple[Run, ...]
    ran: Mapping[str, Line]


@dataclass(frozen=True, eq=False)
class Prefixes:
    """The prefixes of some layers of a model, for one image.

    Attributes:
        starts: where each layer begins, by its name; without those that cannot be begun with.
        logits: of the image.
        noise: how far they are from those of the same image in a batch of two: rounding.
    """

    starts: Mapping[str, Start]
    logits: Tensor
    noise: float

    @contextmanager
    def before(self, layer: str, samples: int) -> Iterator[None]:
        """This thread's one pass inside the block begins, as to its work, at the layer.

        Args:
            layer: one of ``starts``.
            samples: how often the batch holds the image.
        """
        waiting: dict[nn.Module, list[Run]] = {}
        for run in self.starts[layer].over:
            waiting.setdefault(run.module, []).append(run)
        # A cache is returned by one block after the other, and is repeated once for all of them.
        repeated: WeakValueDictionary[int, Tensor] = WeakValueDictionary()
        with ExitStack() as exchanges:
            for module, runs in waiting.items():
                substitute = _handing_out(iter(runs), samples, repeated)
                exchanges.enter_context(_exchanged(module, substitute))
            yield


def record_prefixes(
    model: nn.Module,
    image: Tensor,
    sites: Mapping[Mechanism, Sequence[Site]],
    layers: Sequence[str],
) -> Prefixes:
    """The prefixes of layers, from a pass over an image and a pass over it twice.

    The second pass tells which axis of a tensor is that of the samples. A layer has no prefix where
    a tensor has not exactly one, or where it is no module of the model.

    Args:
        model: left as it was.
        image: a batch of one.
        sites: the attention modules that edits will concern.
        layers: names of layers.
    """
    modules = dict(model.named_modules())
    hosts = _hosts([site for own in sites.values() for site in own], layers, modules)
    around = _around(set(hosts.values()), modules)
    one, two = _Log(hosts, around, Copies()), _Log(hosts, around, None)
    with model_lock(model), evaluating(model.modules()), torch.no_grad(), ExitStack() as stack:
        for mechanism, own in sites.items():
            stack.enter_context(mechanism.prepare(own))
        with ExitStack() as hooks, one.listening():
            for own in sites.values():
                hooks.enter_context(hooked(model, own, one.finished))
            logits = model(image)
        with two.listening():
            twice = model(torch.cat([image, image]))
    _tell_axes(one.over, two.over)
    return Prefixes(one.starts(), logits, float((twice - logits).abs().max()))


class _Log:
    """What some modules returned in one pass, and what was over when each layer began."""

    def __init__(
        self, hosts: Mapping[str, nn.Module], modules: Sequence[nn.Module], keep: Copies | None
    ) -> None:
        """Args: host by layer; modules to watch; what copies, or None if shapes are enough."""
        self.hosts, self.modules, self.keep = hosts, modules, keep
        self.open: list[Run] = []
        self.over: list[Run] = []
        self.ran: dict[str, Line] = {}
        self.begun: dict[nn.Module, Start] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        with ExitStack() as exchanges:
            for module in self.modules:
                exchanges.enter_context(_exchanged(module, self._logging(module)))
            yield

    def finished(self, call: Call) -> None:
        self.ran[call.layer] = call.site.line

    def starts(self) -> dict[str, Start]:
        """Where each layer begins, if something is over there and can be handed out."""
        begun = {layer: self.begun.get(host) for layer, host in self.hosts.items()}
        return {
            layer: start
            for layer, start in begun.items()
            if start and start.over and all(run.repeats for run in start.over)
        }

    def _logging(self, module: nn.Module) -> Substitute:
        def called(forward: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
            if module not in self.begun:
                self.begun[module] = Start(self._outermost(), dict(self.ran))
            run = Run(module, self.open[-1] if self.open else None)
            self.open.append(run)
            try:
                returned = forward(*args, **kwargs)
            finally:
                self.open.pop()
            self._keep(run, returned)
            return returned

        return called

    def _keep(self, run: Run, returned: Any) -> None:
        run.shapes = tuple(tensor.shape for tensor in tensors_in(returned))
        run.repeats = is_plain(returned)
        if self.keep is not None:
            run.returned = transformed(returned, self.keep)
        self.over.append(run)

    def _outermost(self) -> tuple[Run, ...]:
        """Runs that are over and not part of another one that is."""
        return tuple(run for run in self.over if run.around is None or run.around in self.open)


def _tell_axes(one: Sequence[Run], two: Sequence[Run]) -> None:
    """Writes the sample axes into the runs of a pass over one image, from those over two."""
    alike = [run.module for run in one] == [run.module for run in two]
    for run, twin in zip(one, two, strict=False):
        if not alike or len(run.shapes) != len(twin.shapes):
            run.repeats = False
            continue
        differing = [_differing(*shapes) for shapes in zip(run.shapes, twin.shapes, strict=True)]
        run.axes = tuple(axes[0] if axes else None for axes in differing)
        run.repeats = run.repeats and all(len(axes) < 2 for axes in differing)
        run.repeats = run.repeats and all(
            axis is None or shape[axis] == 1
            for axis, shape in zip(run.axes, run.shapes, strict=True)
        )


def _differing(one: torch.Size, two: torch.Size) -> list[int]:
    return [axis for axis, sizes in enumerate(zip(one, two, strict=False)) if len(set(sizes)) > 1]


def _handing_out(
    runs: Iterator[Run], samples: int, repeated: WeakValueDictionary[int, Tensor]
) -> Substitute:
    """What a module returned, run after run; after the last one it computes again."""

    def called(forward: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        run = next(runs, None)
        if run is None:
            return forward(*args, **kwargs)
        axes = iter(run.axes)

        def repeat(tensor: Tensor) -> Tensor:
            axis, found = next(axes), repeated.get(id(tensor))
            if found is None:
                # A copy in any case, since the network may write into what it is given.
                found = tensor.clone() if axis is None else torch.cat([tensor] * samples, axis)
                repeated[id(tensor)] = found
            return found

        return transformed(run.returned, repeat)

    return called


@contextmanager
def _exchanged(module: nn.Module, substitute: Substitute) -> Iterator[None]:
    """The module computes something else inside the block, in this thread."""
    forward, thread = module.forward, threading.get_ident()
    own = module.__dict__.get("forward")

    @wraps(forward)
    def called(*args: Any, **kwargs: Any) -> Any:
        here = threading.get_ident() == thread
        return substitute(forward, args, kwargs) if here else forward(*args, **kwargs)

    module.forward = called
    try:
        yield
    finally:
        del module.forward
        if own is not None:
            module.forward = own


def _hosts(
    sites: Sequence[Site], layers: Sequence[str], modules: Mapping[str, nn.Module]
) -> dict[str, nn.Module]:
    """The module that a layer begins with, by the layer's name; none for the model itself."""
    paths = {layer: site.path for site in sites for layer in site.layers}
    paths = {layer: layer if layer in modules else path for layer, path in paths.items()}
    return {layer: modules[paths[layer]] for layer in layers if paths.get(layer)}


def _around(hosts: set[nn.Module], modules: Mapping[str, nn.Module]) -> list[nn.Module]:
    """The hosts, what they lie in, and what lies beside any of these; not the model itself."""
    paths = [path for path, module in modules.items() if module in hosts]
    parents = {path[:end] for path in paths for end in _ends(path)}
    return [
        module
        for path, module in modules.items()
        if path
        and path.rpartition(".")[0] in parents
        # A scripted module cannot be exchanged; it computes each time.
        and not isinstance(module, torch.jit.ScriptModule)
    ]


def _ends(path: str) -> list[int]:
    """Where the paths end of all that contains a path, the model's empty one included."""
    return [0, *(place for place, letter in enumerate(path) if letter == ".")]
