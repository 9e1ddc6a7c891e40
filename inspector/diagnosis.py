"""A diagnosis is what can be said of a network and a file before anyone trusts a figure of them.

Whether the file fits, what of the network is trained, which layers were recognised as what, whether
a capture of one picture proves itself, what no file can tell, and what to do next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr
from torch import nn

from hooks import MechanismNotFound, mrla, record
from inspector.advice import advice
from inspector.cards import Card
from inspector.checkpoints import Checkpoint
from inspector.devices import memory_guard
from inspector.fits import compare
from inspector.gallery import GALLERY
from inspector.images import prepare
from inspector.likeness import Likeness, likenesses
from inspector.loading import Draft, drafted, finished
from inspector.unknowns import Unknown, unknowns
from inspector.zoo import LoadedModel, Request, Weights

_PASSING = ("sample", "retrieved_layer")
"""Dims whose size is that of the picture's batch, or of the place in a chain."""


@dataclass(frozen=True)
class File:
    """A file of weights, and how it fits the network.

    Attributes:
        name: without folders.
        sha256: its first hexadecimal digits.
        entry: what was taken of it, None if the weights lay bare.
        others: further entries with weights.
        tensors: number of them that were read.
        told: options of the network that it gave away.
        notes: what was chosen and changed, in sentences without a full stop.
        fitting: number of tensors that the network takes.
        missing: names that it lacks, counters that are no weights left out.
        unexpected: names that the network has no place for.
        reshaped: names whose shapes differ, with the two shapes.
        share: of the network's parameters, those that fit, from 0 to 1.
    """

    name: str
    sha256: str
    entry: str | None
    others: tuple[str, ...]
    tensors: int
    told: Mapping[str, Any]
    notes: tuple[str, ...]
    fitting: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: Mapping[str, str]
    share: float


@dataclass(frozen=True)
class Layer:
    """A layer that was recognised, as one picture showed it.

    Attributes:
        name: path of its host block.
        mechanism: key of the mechanism.
        variant: form of the mechanism; empty where it has one alone.
        chain: the stage or chain it belongs to.
        sizes: of what was captured, by dim: heads, channels, slots, tokens.
        verified_error: largest difference between recomputed and real tensors.
        verified: whether that is small enough.
    """

    name: str
    mechanism: str
    variant: str
    chain: str
    sizes: Mapping[str, int]
    verified_error: float
    verified: bool


@dataclass(frozen=True)
class Check:
    """A capture of one picture.

    Attributes:
        image: its name.
        verified_error: largest difference over all layers.
        verified: whether every layer's is small enough.
        not_run: modules that were found and bypassed.
        refused: classes of further attention that was not captured, each with the reason.
    """

    image: str
    verified_error: float
    verified: bool
    not_run: str
    refused: str


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        card: what is known of the network as it was built.
        file: the file, if there is one.
        weights: where the weights come from; None if the file does not fit.
        layers: what was recognised, in execution order.
        check: the capture, if there was one.
        unknowns: what no file tells, and how to state it.
        likenesses: what a file that does not fit resembles.
        failure: why the network cannot be looked at, empty if it can.
        next: what to do, a sentence each.
    """

    card: Card
    file: File | None
    weights: Weights | None
    layers: tuple[Layer, ...]
    check: Check | None
    unknowns: tuple[Unknown, ...]
    likenesses: tuple[Likeness, ...]
    failure: str
    next: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether the network can be opened and its capture is proven."""
        return not self.failure


def diagnose(request: Request) -> Diagnosis:
    """Returns what can be said of a network and its file.

    Args:
        request: as for opening it.

    Raises:
        ValueError: there is no such network, or the file is no file of weights.
        FileNotFoundError: there is no such checkpoint.
        OutOfMemory: the device has no room for the picture.
    """
    draft = drafted(request)
    file = None if draft.file is None else _file(draft, draft.file)
    try:
        model = finished(draft)
    except ValueError as error:
        found = _unfit(draft, file, str(error))
    else:
        found = _examined(draft, file, model)
    return replace(found, next=advice(found, request))


def _unfit(draft: Draft, file: File | None, failure: str) -> Diagnosis:
    like = likenesses(draft.file.state) if draft.file else []
    return Diagnosis(draft.card, file, None, (), None, _unknowns(draft), tuple(like), failure)


def _examined(draft: Draft, file: File | None, model: LoadedModel) -> Diagnosis:
    found = Diagnosis(draft.card, file, model.weights, (), None, _unknowns(draft), (), "")
    try:
        image, tree = _captured(model)
    except MechanismNotFound as error:
        return replace(found, unknowns=(), failure=str(error))
    check = _check(image, tree)
    failure = "" if check.verified else _unproven(check)
    return replace(found, layers=_layers(model.module, tree), check=check, failure=failure)


def _file(draft: Draft, read: Checkpoint) -> File:
    fit = compare(read.state, draft.module, draft.heads)
    return File(
        name=read.name,
        sha256=read.sha256,
        entry=read.entry,
        others=read.others,
        tensors=len(read.state),
        told=draft.told,
        notes=(*read.notes, *fit.notes),
        fitting=len(fit.fitting),
        missing=tuple(fit.faults.get("missing", ())),
        unexpected=tuple(fit.faults.get("unexpected", ())),
        reshaped=fit.reshaped,
        share=fit.share,
    )


def _unknowns(draft: Draft) -> tuple[Unknown, ...]:
    stated = set(draft.request.options)
    if draft.request.classes is not None:
        stated.add("classes")
    return unknowns(draft.request.name, stated)


def _captured(model: LoadedModel) -> tuple[str, xr.DataTree]:
    """Returns the name of a picture of the gallery, and what the network showed of it."""
    picture = GALLERY[0].load()
    batch = prepare(picture, model.card).tensor.to(model.device)
    with memory_guard():
        return picture.name, record(model.module, batch).tree


def _check(image: str, tree: xr.DataTree) -> Check:
    about = tree.attrs
    return Check(
        image=image,
        verified_error=float(about["verified_error"]),
        verified=bool(about["verified"]),
        not_run=str(about["not_run"]),
        refused=str(about["refused"]),
    )


def _unproven(check: Check) -> str:
    return (
        f"The capture of {check.image} is off by {check.verified_error:.1e}: what was recomputed "
        "from it is not what the network computed."
    )


def _layers(module: nn.Module, tree: xr.DataTree) -> tuple[Layer, ...]:
    channels = _channels(module)
    nodes = [
        (key, name, node) for key in tree.children for name, node in tree[key].children.items()
    ]
    return tuple(
        Layer(
            name=name,
            mechanism=key,
            variant=node.attrs["variant"],
            chain=node.attrs["chain"],
            sizes={**channels.get(name, {}), **_sizes(node)},
            verified_error=float(node.attrs["verified_error"]),
            verified=bool(node.attrs["verified"]),
        )
        for key, name, node in nodes
    )


def _sizes(node: xr.DataTree) -> dict[str, int]:
    return {str(dim): size for dim, size in node.sizes.items() if dim not in _PASSING}


def _channels(module: nn.Module) -> dict[str, dict[str, int]]:
    """Returns the channels of MRLA's layers by name; the base form's arrays do not have them."""
    return {
        site.layers[0]: {"channel": part.get_parameter("Wv.weight").shape[0]}
        for site in mrla.MECHANISM.sites(module)
        for part in site.module.modules()
        if hasattr(part, "Wv")
    }
