"""A mechanism says where its attention tensors live in a model and what their axes mean.

One file of ``hooks/`` declares one mechanism: ``find`` recognises its modules by the names of their
children, ``read`` turns the tensors of one call into labelled quantities and into the evidence that
they are true. Capture, labels, statistics, figures and edits follow from that declaration.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import accumulate

from torch import Tensor, nn

from hooks.modules import Modules
from hooks.points import Call, Site

ATTENTION_NAMES = ("attn", "attention", "mrla", "lstm")
"""What published code calls an attention inside its block; no block is called so."""


@dataclass(frozen=True)
class Quantity:
    """A tensor whose axes have names.

    Attributes:
        values: the tensor, on its device, one axis per dim.
        dims: names of ``hooks.dims.TITLES``.
        title: what it is, in the field's words; it becomes ``long_name``.
        unit: its unit or range, such as ``"share of 1"``.
        holds: a tensor that is true if the quantity exists, where only the pass can tell; it is
            asked after the pass, and a quantity that does not hold is left out.
        settled: whether the network is done with the tensor and all of it is kept, so that it need
            not be copied.
    """

    values: Tensor
    dims: tuple[str, ...]
    title: str
    unit: str
    holds: Tensor | None = None
    settled: bool = False


Reduce = Callable[[str, Quantity], Mapping[str, Quantity]]
"""What is kept in place of a quantity, by name, made where it is: less has to leave the device."""


def untouched(name: str, quantity: Quantity) -> Mapping[str, Quantity]:
    """The quantity itself, in place of it."""
    return {name: quantity}


@dataclass(frozen=True)
class Check:
    """Evidence for a reading.

    Attributes:
        what: the formula, in words.
        recomputed: its result from captured quantities.
        real: the network's own tensor.
        point: the hook point that ``real`` comes from; when an edit answered there, the formula is
            meant to fail and the check is left out.
        slack: by how much the two may differ if that is more than rounding of ``real`` allows, as
            larger numbers were rounded on the way; one number, for checks that are made later one
            for each call.
    """

    what: str
    recomputed: Tensor
    real: Tensor
    point: str = "output"
    slack: Tensor | None = None


@dataclass(frozen=True)
class Later:
    """Checks that are made after the pass, of all calls alike at once.

    For many small layers: there it takes longer to start the operations of a proof than to do them.

    Attributes:
        checks: makes them of the tensors, by name; each with an axis of calls in front, so that it
            counts axes from the last. Calls are alike if this is the same object for them.
        tensors: what they are made of. Copies, as the network runs on before they are looked at.
    """

    checks: Callable[..., tuple[Check, ...]]
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True)
class Past:
    """What an earlier layer left for those after it: its name, its module's path, tensors."""

    layer: str
    path: str
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True)
class Reading:
    """What one call says: quantities by name, their evidence, and what later layers need.

    Attributes:
        quantities: arrays to store, by name.
        checks: at least one, now or later; the largest difference is the layer's verified error.
        remember: tensors that readings of later layers use.
        begins_chain: whether nothing earlier belongs to this chain; forgets the past.
        needs_all: whether a later layer reads what all earlier ones remember, or the last one only.
        notes: attributes of a dim's coordinate, such as the grid of its tokens.
        variant: the form of the mechanism, such as ``"base"``.
    """

    quantities: Mapping[str, Quantity]
    checks: tuple[Check, ...] | Later
    remember: Mapping[str, Tensor] = field(default_factory=dict)
    begins_chain: bool = False
    needs_all: bool = False
    notes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    variant: str = ""


def _nothing_to_prepare(_sites: Sequence[Site]) -> AbstractContextManager[None]:
    return nullcontext()


def _nothing_refused(_modules: Modules) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Mechanism:
    """A kind of attention, declared.

    Attributes:
        key: short name, such as ``"mrla"``; the node of the captured tree.
        title: name for readers.
        looks_for: the child names that ``find`` recognises, for the error when there are none.
        find: all sites of a model, given its modules by path.
        read: ``read(call, past, full)``: the reading of a call, given what the layers before it in
            its chain left; ``full`` asks for quantities that are costly or rarely needed.
        reads: how many earlier layers of its chain a call has read, as far as its tensors tell.
        copied: a call with copies of all that ``read`` looks at, where that is little. It is then
            read after the pass: between the layers of a network that fills the processor's caches,
            the same lines take nearly twice as long.
        sums_to_one: dim over which the editable quantity sums to one by definition, if any.
        spans: quantities that are false if a layer of the chain was missed.
        prepare: what must hold around a pass in which sites are edited or read in full, such as a
            fused kernel that stays off; undone at its end.
        refuse: modules that are this kind of attention and cannot be read truthfully: the reason by
            module path.
    """

    key: str
    title: str
    looks_for: str
    find: Callable[[Modules], list[Site]]
    read: Callable[[Call, Sequence[Past], bool], Reading]
    reads: Callable[[Call], int] = lambda _: 0
    copied: Callable[[Call], Call] | None = None
    sums_to_one: str | None = None
    spans: tuple[str, ...] = ()
    prepare: Callable[[Sequence[Site]], AbstractContextManager[None]] = _nothing_to_prepare
    refuse: Callable[[Modules], Mapping[str, str]] = _nothing_refused

    def sites(self, model: nn.Module) -> list[Site]:
        """All sites of a model."""
        return self.find(Modules(model))


def has_parameters(module: nn.Module) -> bool:
    """Whether a module or one of its parts has parameters."""
    # To ask torch for the first of them takes as long as to look for it in twenty parts.
    own = (part._parameters.values() for part in module.modules())
    return any(parameter is not None for parameters in own for parameter in parameters)


def has(module: nn.Module, names: Iterable[str]) -> bool:
    """Whether a module has direct children of all these names."""
    # torch's named_children() would take half the time of a small network's capture.
    children, wanted = module._modules, frozenset(names)
    return children.keys() >= wanted and None not in map(children.get, wanted)


def host_of(path: str) -> str:
    """Path of the block that hosts an attention module: up to the last numbered part.

    >>> host_of("stages.2.5.mrla.mrla"), host_of("tokens_to_token.attention1.attn"), host_of("linu")
    ('stages.2.5', 'tokens_to_token.attention1', 'linu')
    """
    parts = path.split(".")
    numbers = [place for place, part in enumerate(parts) if part.isdigit()]
    if numbers:
        return ".".join(parts[: numbers[-1] + 1])
    while len(parts) > 1 and parts[-1] in ATTENTION_NAMES:
        parts.pop()
    return ".".join(parts) or "model"


def block_of(path: str) -> str:
    """Path of the block that has an attention, whatever the block calls it.

    >>> block_of("stages.2.5.mrla"), block_of("s1.b2.se"), block_of("retrieval.0"), block_of("se")
    ('stages.2.5', 's1.b2', 'retrieval.0', 'se')
    """
    host, (block, _, name) = host_of(path), path.rpartition(".")
    return block if host == path and block and not name.isdigit() else host


def parent_of(path: str) -> str:
    """Path of what contains a module; ``"model"`` for the outermost.

    >>> parent_of("stages.2.5"), parent_of("linu")
    ('stages.2', 'model')
    """
    return path.rpartition(".")[0] or "model"


def blocks_holding(shared: nn.Module, modules: Modules) -> dict[str, nn.Module]:
    """Blocks that each hold one shared module: where its paths part; none if it has one holder.

    Args:
        shared: the module.
        modules: all modules of the model by path.
    """
    every, paths = modules.every, modules.paths[shared]
    passed = Counter(prefix for path in paths for prefix in _prefixes(path))
    blocks: dict[nn.Module, str] = {}
    for path in paths:
        name = next(prefix for prefix in _prefixes(path) if passed[prefix] == 1)
        # A stage that registers the module beside its blocks is no block.
        if every[name] is not shared:
            blocks.setdefault(every[name], name)
    return {name: block for block, name in blocks.items()} if len(blocks) > 1 else {}


def _prefixes(path: str) -> Iterator[str]:
    """The paths of what a module stands in, from the outermost, and its own."""
    return accumulate(path.split("."), "{}.{}".format)


def blocks_beside(path: str, modules: Modules) -> dict[str, nn.Module]:
    """Blocks that may call a shared module: its siblings with parameters, lists taken apart.

    Where it has none, what wraps it counts as the module, if a list of blocks lies beside that.

    Args:
        path: of the shared module.
        modules: all modules of the model by path.
    """
    beside = _siblings(path, modules)
    blocks = _listed(beside, nn.ModuleList) or _listed(beside, nn.Sequential) or beside
    if blocks or not path:
        return blocks
    wrapper = path.rpartition(".")[0]
    return _listed(_siblings(wrapper, modules), nn.ModuleList)


def _siblings(path: str, modules: Modules) -> dict[str, nn.Module]:
    """Modules with parameters beside the one at a path, by path."""
    if not path:
        return {}
    parent = path.rpartition(".")[0]
    paths = ((f"{parent}.{name}" if parent else name, c) for name, c in _blocks_in(modules[parent]))
    return {name: child for name, child in paths if child is not modules[path]}


def _blocks_in(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Name and module of its children that have parameters."""
    for name, child in module.named_children():
        if has_parameters(child):
            yield name, child


def _listed(among: Mapping[str, nn.Module], kind: type[nn.Module]) -> dict[str, nn.Module]:
    """Entries with parameters of all lists of a kind, by path.

    A Sequential beside a ModuleList is one function of its own, such as a down-sampling.
    """
    return {
        f"{path}.{name}": block
        for path, blocks in among.items()
        if isinstance(blocks, kind)
        for name, block in _blocks_in(blocks)
    }
