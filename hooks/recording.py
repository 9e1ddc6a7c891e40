"""A recording is one forward pass and what was seen in it: every attention as labelled arrays.

The pass runs in evaluation mode without gradients, under the model's lock. Afterwards the model is
as it was: no hook, every module's mode its own, weights and later outputs bit-identical.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import torch
import xarray as xr
from torch import Tensor, nn

from hooks import dia, external_attention, gates, mrla, self_attention
from hooks.edits import Answers, Edit
from hooks.errors import MechanismNotFound, UnexpectedShape, UnknownLabel
from hooks.frames import attach
from hooks.labelled import Kept, leaves
from hooks.listening import hooked
from hooks.mechanism import Mechanism, Reduce, untouched
from hooks.modules import Modules
from hooks.observer import Observer
from hooks.points import Site
from hooks.refusals import nothing_found, refusals
from hooks.states import evaluating, model_lock

MECHANISMS: tuple[Mechanism, ...] = (
    mrla.MECHANISM,
    dia.MECHANISM,
    external_attention.MECHANISM,
    gates.MECHANISM,
    self_attention.MECHANISM,
)

Detail = Literal["summary", "full"]


@dataclass(frozen=True)
class Recording:
    """A forward pass with what was seen in it.

    Attributes:
        output: what the model returned. Where edits or ``detail="full"`` keep a fused kernel off,
            it differs from that of a plain pass, by rounding.
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

    ``tree["mrla"]["stages.2.5"]["weight"]`` has dims (sample, head, retrieved_layer), on the CPU,
    half precision widened. A layer that runs again in the pass is kept again, as ``stages.2.5#2``.
    The attributes of a layer's node name its ``chain`` and ``depth`` (place in execution order,
    from 0); ``verified_error`` is the largest difference between what was recomputed from the
    captured arrays and what the network computed (absolute; as a share of the largest real value
    where that exceeds 1), for each layer and, at the root, over all of them. ``not_run`` at the
    root names modules that were found and bypassed, ``refused`` those that would not be read
    truthfully, by class and with the reason.

    Args:
        model: any ``torch.nn.Module``; left as it was.
        batch: its input, on its device, the first axis being the sample.
        mechanisms: keys of ``MECHANISMS`` or mechanisms of your own; all of them if not given.
        layers: names of host blocks to keep; all of them if not given.
        detail: ``"full"`` adds the quantities that are costly or rarely needed.

    Raises:
        MechanismNotFound: the model has none of the mechanisms, or none of them ran.
        UnexpectedShape: a tensor does not have the form its mechanism's definition gives it.
        UnknownLabel: a mechanism or layer is named that does not exist.
        ValueError: the batch is empty, or another argument makes no sense.
    """
    return record(model, batch, mechanisms=mechanisms, layers=layers, detail=detail).tree


def record(  # noqa: PLR0913 - each is an option that users set by name
    model: nn.Module,
    batch: Tensor,
    *,
    mechanisms: Sequence[str | Mechanism] | None = None,
    layers: Sequence[str] | None = None,
    detail: Detail = "summary",
    edits: Sequence[Edit] = (),
    reduce: Reduce = untouched,
) -> Recording:
    """``capture`` that also returns the model's output, and may edit or reduce what it reads.

    Args:
        model: as for ``capture``.
        batch: as for ``capture``.
        mechanisms: as for ``capture``.
        layers: as for ``capture``.
        detail: as for ``capture``.
        edits: changes to make on the way, from ``hooks.edits``.
        reduce: ``reduce(name, quantity)`` makes what is kept in place of a quantity, by name, on
            its device; one that spans a chain (``Mechanism.spans``) keeps its name. What the
            capture is verified by is not touched.

    Raises:
        UnknownLabel: as for ``capture``, and where an edit names what the model does not have.
    """
    _require_request(batch, layers, detail)
    chosen = _chosen(mechanisms)
    with model_lock(model), torch.no_grad():
        modules = Modules(model)
        observers = [
            Observer(mechanism, sites, layers, detail == "full", reduce)
            for mechanism, sites in _found(modules, chosen)
        ]
        with evaluating(modules.values()):
            output = _run(model, batch, observers, edits)
    _require_runs(observers)
    _require_layers(layers, observers)
    tree = _tree(observers, len(batch))
    tree.attrs["refused"] = refusals(modules, chosen)
    return Recording(output, tree)


def sites_of(model: nn.Module, wanted: Sequence[str | Mechanism]) -> dict[Mechanism, list[Site]]:
    """The attention modules of each of some mechanisms that the model has.

    Raises:
        MechanismNotFound: it has none of them.
        UnknownLabel: there is no such mechanism.
    """
    return dict(_found(Modules(model), _chosen(wanted)))


def _chosen(wanted: Sequence[str | Mechanism] | None) -> tuple[Mechanism, ...]:
    return MECHANISMS if wanted is None else tuple(map(_mechanism, wanted))


def _found(modules: Modules, chosen: Sequence[Mechanism]) -> list[tuple[Mechanism, list[Site]]]:
    found = [(mechanism, _distinctly_named(mechanism.find(modules))) for mechanism in chosen]
    if not any(sites for _, sites in found):
        raise MechanismNotFound(nothing_found(modules, chosen))
    return [(mechanism, sites) for mechanism, sites in found if sites]


def _distinctly_named(sites: list[Site]) -> list[Site]:
    """Sites whose layers have names of their own: where two share a host, both take their path."""
    hosts = [site.layers for site in sites]
    return [
        replace(site, layers=(site.path or "model",))
        if not site.hosts and hosts.count(site.layers) > 1
        else site
        for site in sites
    ]


def _mechanism(wanted: str | Mechanism) -> Mechanism:
    if isinstance(wanted, Mechanism):
        return wanted
    known = {mechanism.key: mechanism for mechanism in MECHANISMS}
    if wanted not in known:
        raise UnknownLabel(f"No mechanism is called '{wanted}'; there are: {', '.join(known)}.")
    return known[wanted]


def _run(
    model: nn.Module, batch: Tensor, observers: Sequence[Observer], edits: Sequence[Edit]
) -> Any:
    answers = Answers(edits, {observer.mechanism.key: observer.sites for observer in observers})
    with ExitStack() as hooks:
        for observer in observers:
            answer = answers.to(observer.mechanism)
            if observer.full or answer:
                hooks.enter_context(observer.mechanism.prepare(observer.sites))
            hooks.enter_context(hooked(model, observer.sites, observer.finished, answer))
        output = model(batch)
    answers.confirm()
    for observer in observers:
        observer.over()
    return output


def _tree(observers: Sequence[Observer], samples: int) -> xr.DataTree:
    kept = [layer for observer in observers for layer in observer.layers()]
    for layer in kept:
        _require_samples(layer, samples)
    layers = leaves(kept)
    tree = xr.DataTree()
    keys = dict.fromkeys(layer.attrs["mechanism"] for layer in layers)
    tree.children = {key: xr.DataTree() for key in keys}
    for key, node in tree.children.items():
        mine = [layer for layer in layers if layer.attrs["mechanism"] == key]
        attach({layer.attrs["layer"]: layer for layer in mine}, node)
    tree.attrs = _summary(layers, observers)
    return tree


def _summary(layers: Sequence[xr.DataTree], observers: Sequence[Observer]) -> dict[str, Any]:
    missed = [site.path for observer in observers for site in observer.missed()]
    return {
        "verified_error": max(layer.attrs["verified_error"] for layer in layers),
        "verified": min(layer.attrs["verified"] for layer in layers),
        "not_run": ", ".join(missed),
        "mode": "evaluation",
        "torch": str(torch.__version__),
    }


def _require_runs(observers: Sequence[Observer]) -> None:
    if any(observer.ran for observer in observers):
        return
    sites = [site.path for observer in observers for site in observer.sites]
    titles = ", ".join(observer.mechanism.title for observer in observers)
    raise MechanismNotFound(
        f"{len(sites)} modules of {titles} were found ({', '.join(sites[:4])}) but none was called "
        "in the forward pass. A host that calls `.forward` directly, or a compiled copy, bypasses "
        "hooks: pass the plain module."
    )


def _require_samples(layer: Kept, samples: int) -> None:
    """Layouts that fold windows or patches into the first axis would lie without a word."""
    for got in layer.sizes("sample"):
        if got != samples:
            raise UnexpectedShape(
                f"Layer '{layer.about['layer']}' has {got} entries along 'sample' for a batch of "
                f"{samples}: the model folds windows or patches into that axis, which this capture "
                "does not unfold."
            )


def _require_layers(wanted: Sequence[str] | None, observers: Sequence[Observer]) -> None:
    known = [layer for observer in observers for layer in observer.ran]
    for name in wanted or ():
        if name not in known:
            raise UnknownLabel(f"No layer is called '{name}'; there ran: {', '.join(known)}.")


def _require_request(batch: Tensor, layers: Sequence[str] | None, detail: str) -> None:
    """What can be refused before the pass."""
    if detail not in get_args(Detail):
        raise ValueError(f"detail is one of {', '.join(get_args(Detail))}; got '{detail}'.")
    if isinstance(layers, str) or (layers is not None and not layers):
        raise ValueError(f"layers takes a list of at least one name; got {layers!r}.")
    if not len(batch):
        raise ValueError("The batch holds no sample; pass at least one image.")
