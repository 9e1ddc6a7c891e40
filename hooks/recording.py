"""A recording is one forward pass and what was seen in it: every attention as labelled arrays.

The pass runs in evaluation mode without gradients, under the model's lock. Afterwards the model is
as it was: no hook, every module's mode its own, weights and later outputs bit-identical.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
import xarray as xr
from torch import Tensor, nn

from hooks import dia, external_attention, mrla
from hooks.edits import Answers, Edit
from hooks.errors import MechanismNotFound, UnexpectedShape, UnknownLabel
from hooks.labelled import dataset
from hooks.mechanism import Mechanism, Past, children
from hooks.points import Call, Site, hooked
from hooks.states import evaluating, model_lock

MECHANISMS: tuple[Mechanism, ...] = (mrla.MECHANISM, dia.MECHANISM, external_attention.MECHANISM)

Detail = Literal["summary", "full"]


@dataclass(frozen=True)
class Recording:
    """A forward pass with what was seen in it.

    Attributes:
        output: what the model returned.
        tree: the labelled arrays, as ``capture`` returns them.
    """

    output: Any
    tree: xr.DataTree


def capture(
    model: nn.Module,
    batch: Tensor,
    *,
    mechanisms: Sequence[str | Mechanism] | None = None,
    layers: Sequence[str] | None = None,
    detail: Detail = "summary",
) -> xr.DataTree:
    """The attention of one forward pass: a node per mechanism, below it a node per layer.

    ``tree["mrla"]["stages.2.5"]["weight"]`` has dims (sample, head, retrieved_layer), float32 on
    the CPU. The attributes of a layer's node name its ``chain`` and ``depth`` (place in execution
    order, from 0); ``verified_error`` is the largest absolute difference between what was
    recomputed from the captured arrays and what the network computed, for each layer and, at the
    root, over all of them.

    Args:
        model: any ``torch.nn.Module``; left as it was.
        batch: its input, on its device, the first axis being the sample.
        mechanisms: keys of ``MECHANISMS`` or mechanisms of your own; all of them if not given.
        layers: names of host blocks to keep; all of them if not given.
        detail: ``"full"`` adds the quantities that are costly or rarely needed.

    Raises:
        MechanismNotFound: the model has none of the mechanisms, or has one that did not run.
        UnexpectedShape: a tensor does not have the form its mechanism's definition gives it.
        UnknownLabel: a mechanism or layer is named that does not exist.
    """
    return record(model, batch, mechanisms=mechanisms, layers=layers, detail=detail).tree


def record(
    model: nn.Module,
    batch: Tensor,
    *,
    mechanisms: Sequence[str | Mechanism] | None = None,
    layers: Sequence[str] | None = None,
    detail: Detail = "summary",
    edits: Sequence[Edit] = (),
) -> Recording:
    """``capture`` that also returns the model's output, and may edit what it reads.

    Args:
        model: as for ``capture``.
        batch: as for ``capture``.
        mechanisms: as for ``capture``.
        layers: as for ``capture``.
        detail: as for ``capture``.
        edits: changes to make on the way, from ``hooks.edits``.

    Raises:
        UnknownLabel: as for ``capture``, and where an edit names what the model does not have.
    """
    with model_lock(model), evaluating(model), torch.no_grad():
        observers = [
            _Observer(mechanism, sites, layers, detail == "full")
            for mechanism, sites in _found(model, mechanisms)
        ]
        output = _run(model, batch, observers, edits)
    return Recording(output, _tree(observers, layers, len(batch)))


@dataclass
class _Observer:
    """One mechanism during one pass: reads its calls as they end, in execution order."""

    mechanism: Mechanism
    sites: list[Site]
    keep: Sequence[str] | None
    full: bool
    past: list[Past] = field(default_factory=list)
    chains: list[list[xr.Dataset]] = field(default_factory=list)
    ran: int = 0

    def finished(self, call: Call) -> None:
        reading = self.mechanism.read(call, self.past, self.full)
        if reading.begins_chain or not self.chains:
            self.past.clear()
            self.chains.append([])
        self.past.append(Past(call.layer, call.site.chain, reading.remember))
        if self.keep is None or call.layer in self.keep:
            names = [entry.layer for entry in self.past]
            data = dataset(self.mechanism, call, reading, names, self.ran)
            self.chains[-1].append(data)
        self.ran += 1

    def layers(self) -> Iterator[tuple[str, xr.Dataset]]:
        """Name and dataset of each layer; where two modules share a name, their paths."""
        kept = [data for chain in _distinct(self.chains) for data in chain]
        names = [data.attrs["layer"] for data in kept]
        for name, data in zip(names, kept, strict=True):
            yield (data.attrs["module"] if names.count(name) > 1 else name), data


def _distinct(chains: list[list[xr.Dataset]]) -> list[list[xr.Dataset]]:
    """Chains under names of their own: one container may hold several (DeiT restarts every 4)."""
    filled = [chain for chain in chains if chain]
    names = [chain[0].attrs["chain"] for chain in filled]
    return [
        [data.assign_attrs(chain=_span(chain)) for data in chain]
        if names.count(name) > 1
        else chain
        for name, chain in zip(names, filled, strict=True)
    ]


def _span(chain: list[xr.Dataset]) -> str:
    first, last = chain[0].attrs["layer"], chain[-1].attrs["layer"]
    return first if first == last else f"{first}-{last.rpartition('.')[2]}"


def _found(
    model: nn.Module, wanted: Sequence[str | Mechanism] | None
) -> list[tuple[Mechanism, list[Site]]]:
    chosen = MECHANISMS if wanted is None else tuple(map(_mechanism, wanted))
    found = [(mechanism, mechanism.find(model)) for mechanism in chosen]
    if not any(sites for _, sites in found):
        raise MechanismNotFound(_nothing_found(model, chosen))
    return [(mechanism, sites) for mechanism, sites in found if sites]


def _mechanism(wanted: str | Mechanism) -> Mechanism:
    if isinstance(wanted, Mechanism):
        return wanted
    known = {mechanism.key: mechanism for mechanism in MECHANISMS}
    if wanted not in known:
        raise UnknownLabel(f"No mechanism is called '{wanted}'; there are: {', '.join(known)}.")
    return known[wanted]


def _nothing_found(model: nn.Module, chosen: Sequence[Mechanism]) -> str:
    looked = "; ".join(f"{mechanism.title}: {mechanism.looks_for}" for mechanism in chosen)
    classes: dict[str, list[str]] = {}
    for module in model.modules():
        if names := sorted(children(module)):
            classes.setdefault(type(module).__name__, names)
    held = ", ".join(f"{name} ({', '.join(names[:6])})" for name, names in classes.items())
    return (
        f"{type(model).__name__} holds no layer attention that is known here. Looked for modules "
        f"with these children: {looked}. Found: {held or 'no nested modules'}. A model with other "
        "names needs a mechanism of its own (see CONTRIBUTING.md): pass it as `mechanisms=[...]`."
    )


def _run(
    model: nn.Module, batch: Tensor, observers: Sequence[_Observer], edits: Sequence[Edit]
) -> Any:
    answers = Answers(edits, {observer.mechanism.key: observer.sites for observer in observers})
    with ExitStack() as hooks:
        for observer in observers:
            answer = answers.to(observer.mechanism)
            hooks.enter_context(hooked(observer.sites, observer.finished, answer))
        output = model(batch)
    answers.confirm()
    return output


def _tree(
    observers: Sequence[_Observer], wanted: Sequence[str] | None, samples: int
) -> xr.DataTree:
    nodes = {}
    for observer in observers:
        if not observer.ran:
            raise MechanismNotFound(_never_ran(observer))
        for name, data in observer.layers():
            _require_samples(name, data, samples)
            nodes[f"/{observer.mechanism.key}/{name}"] = data
    _require_layers(wanted, observers)
    tree = xr.DataTree.from_dict(nodes)
    tree.attrs = _summary(list(nodes.values()))
    return tree


def _summary(layers: Sequence[xr.Dataset]) -> dict[str, Any]:
    return {
        "verified_error": max(data.attrs["verified_error"] for data in layers),
        "verified": min(data.attrs["verified"] for data in layers),
        "mode": "evaluation",
        "torch": str(torch.__version__),
    }


def _never_ran(observer: _Observer) -> str:
    paths = ", ".join(site.path for site in observer.sites[:4])
    return (
        f"{len(observer.sites)} modules of {observer.mechanism.title} were found ({paths}, ...) "
        "but none was called in the forward pass. A host that calls `.forward` directly, or a "
        "compiled copy, bypasses hooks: pass the plain module."
    )


def _require_samples(layer: str, data: xr.Dataset, samples: int) -> None:
    """Layouts that fold windows or patches into the first axis would lie without a word."""
    got = data.sizes.get("sample", samples)
    if got != samples:
        raise UnexpectedShape(
            f"Layer '{layer}' has {got} entries along 'sample' for a batch of {samples}: the model "
            "folds windows or patches into that axis, which this capture does not unfold."
        )


def _require_layers(wanted: Sequence[str] | None, observers: Sequence[_Observer]) -> None:
    known = [layer for observer in observers for site in observer.sites for layer in site.layers]
    for name in wanted or ():
        if name not in known:
            raise UnknownLabel(f"No layer is called '{name}'; there are: {', '.join(known)}.")
