"""Loading turns a name, and perhaps a file of weights, into a network ready to be looked at."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import timm
import torch
from torch import nn

import inspector.models  # noqa: F401 - makes our names known to timm
from inspector.asking import completed, require_sensible
from inspector.built import card_of, classifier_of
from inspector.cards import LISTED, Card
from inspector.checkpoints import Checkpoint, digest, read_checkpoint
from inspector.devices import pick_device
from inspector.fits import Fit, load_into, percent
from inspector.labels import named
from inspector.sizes import planned_size
from inspector.sources import PREFIXES
from inspector.traits import traits
from inspector.zoo import LoadedModel, Request, Weights

_ONE_AT_A_TIME = threading.RLock()
"""Held while state of the whole process is changed: its random numbers, torch's unpickling list."""

_GROWTH = 8
"""Bytes that each byte of a file may tell of: half precision and a random rest are fine."""

_BEGINNINGS: Mapping[str, Mapping[str, Any]] = {
    name: {"zero_init_last": False} for name in ("seresnet50", "ecaresnet50t")
}
"""Options of random weights: timm begins each branch at zero, and every gate of it at one half."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A network as asked for, built and not yet given the weights of its file.

    Attributes:
        request: what was asked for.
        module: the network on the CPU; its weights are random, or those that timm has for it.
        file: the weights that were read, if a checkpoint was asked for.
        told: options that were taken from the file.
        card: what is known of the network as it was built.
    """

    request: Request
    module: nn.Module = field(repr=False)
    file: Checkpoint | None
    told: Mapping[str, Any]
    card: Card

    @property
    def options(self) -> dict[str, Any]:
        """What it was built with: as the file tells, and as asked for."""
        return {**self.told, **self.request.options}

    @property
    def heads(self) -> tuple[str, ...]:
        """Paths of the network's last layers."""
        settings = getattr(self.module, "pretrained_cfg", {})
        found = settings.get("classifier") or ()
        return (found,) if isinstance(found, str) else tuple(found)


def load(request: Request) -> LoadedModel:
    """Returns a network; see `inspector.load_model`, of which this is the whole."""
    return finished(drafted(request))


def drafted(request: Request) -> Draft:
    """Returns the network that is asked for, its file read beside it.

    Raises:
        ValueError: name, device, options, classes or file make no sense by themselves.
        FileNotFoundError: there is no such checkpoint.
    """
    pick_device(request.device)
    require_sensible(request)
    request = completed(request)
    with _ONE_AT_A_TIME:
        file = _file(request)
        told = {} if file is None else _told(request, file)
        options = {**told, **request.options}
        if file is not None:
            _require_in_proportion(request, file, options)
        module = _build(request, options)
    card = card_of(request.name, module, options)
    if request.classes is not None:
        card = named(card, request.classes)
    return Draft(request, module, file, told, card)


def finished(draft: Draft) -> LoadedModel:
    """Returns the network with its weights, on its device.

    Raises:
        ValueError: the file does not fit the network.
    """
    weights, device = _weights(draft), pick_device(draft.request.device)
    module = draft.module.to(device).eval()
    return LoadedModel(draft.request.name, draft.card, module, device, weights, draft.options)


def rebuilt(model: LoadedModel, seed: int) -> nn.Module | None:
    """Returns the network built again with random weights, on the CPU.

    None if it was not built here by a name of this machine: wrapped, or from a hub.
    """
    if model.options is None or model.name.startswith(PREFIXES):
        return None
    options = {**model.options, "pretrained": False}
    return _build(Request(name=model.name, seed=seed), options)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draws inside the block depend on the seed alone; the caller's go on as if it were not."""
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[]):
        # torch.manual_seed would also seed the GPUs, which belong to the caller
        torch.default_generator.manual_seed(seed)
        yield


def _file(request: Request) -> Checkpoint | None:
    if request.checkpoint is None or isinstance(request.checkpoint, Checkpoint):
        return request.checkpoint
    return read_checkpoint(request.checkpoint, request.entry)


def _require_in_proportion(request: Request, file: Checkpoint, options: Mapping[str, Any]) -> None:
    """A few bytes of a file may tell of a million classes, for which there would be no memory."""
    planned, plain = (planned_size(request.name, given) for given in (options, request.options))
    stored = sum(value.untyped_storage().nbytes() for value in file.state.values())
    if planned and plain and planned > plain + _GROWTH * stored:
        raise ValueError(
            f"{file.name} holds {stored} bytes of weights and tells of a network with {planned}: "
            "it is broken, or belongs to another network. Give the options that it was trained "
            "with, such as num_classes, yourself."
        )


def _told(request: Request, file: Checkpoint) -> dict[str, Any]:
    """Returns the options that a file gives away and that were not asked to be otherwise."""
    # a tensor of no numbers tells nothing, however long it says it is
    state = {name: value for name, value in file.state.items() if value.dim() and value.numel()}
    found = traits(request.name, state, classifier_of(request.name))
    return {key: value for key, value in found.items() if key not in request.options}


def _build(request: Request, options: Mapping[str, Any]) -> nn.Module:
    """Returns the network on the CPU; random weights depend on the seed alone."""
    name = request.name
    if options.get("pretrained") and name in LISTED and not LISTED[name].has_weights:
        raise ValueError(
            f"No trained weights come with {name}. Give a file of them as checkpoint, or leave "
            "pretrained out for random weights."
        )
    with seeded(request.seed):
        try:
            return timm.create_model(name, **{**_BEGINNINGS.get(name, {}), **options})
        except TypeError as error:
            given = ", ".join(options)
            raise ValueError(
                f"{name} cannot be built with the options {given}: {error}."
            ) from error
        except Exception as error:  # a hub and a network have many ways to fail
            if not (options.get("pretrained") or name.startswith(PREFIXES)):
                raise
            raise ValueError(_not_had(name, error)) from error


def _not_had(name: str, error: Exception) -> str:
    reason = " ".join(str(error).split())
    return (
        f"The weights or settings of {name} could not be had ({type(error).__name__}: "
        f"{reason[:300]}). Download the file where there is a connection, and give it as the "
        "checkpoint of a network by name."
    )


def _weights(draft: Draft) -> Weights:
    """Returns where the weights come from, after loading those of a checkpoint."""
    module, seed = draft.module, draft.request.seed
    if draft.file is not None:
        fit = load_into(module, draft.file, heads=draft.heads, strict=draft.request.strict)
        return _from_file(draft, draft.file, fit)
    if draft.request.options.get("pretrained"):
        return _from_timm(draft)
    return Weights(f"random weights (seed {seed})", digest(module), False, seed=seed)


def _from_file(draft: Draft, file: Checkpoint, fit: Fit) -> Weights:
    told = ", ".join(f"{key}={value}" for key, value in draft.told.items())
    read = f"read {told} from {file.name}" if told else ""
    return Weights(
        label=_label(fit.share, file.name, draft.request.seed) if fit.gaps else file.name,
        sha256=file.sha256,
        trained=not fit.gaps,
        share=fit.share,
        gaps=fit.gaps,
        entry=file.entry,
        missing=fit.missing + tuple(fit.reshaped),
        unexpected=fit.unexpected,
        notes=tuple(filter(None, (file.choice, *file.notes, read, *fit.notes))),
        seed=draft.request.seed if fit.share < 1 else None,
    )


def _from_timm(draft: Draft) -> Weights:
    """Returns the origin of weights that timm loaded: all but a head of another class count."""
    settings = getattr(draft.module, "pretrained_cfg", {})
    parts = (settings.get("architecture"), settings.get("tag"))
    label = f"pretrained weights {'.'.join(part for part in parts if part)}".rstrip()
    sha256 = digest(draft.module)
    share = 1.0 - _share_of_heads(draft)
    if draft.card.num_classes == settings.get("num_classes") or share == 1:
        return Weights(label, sha256, True, 1.0)
    gaps = f"not learnt: the head ({', '.join(draft.heads)})"
    seed = draft.request.seed
    return Weights(_label(share, label, seed), sha256, False, share, gaps, seed=seed)


def _share_of_heads(draft: Draft) -> float:
    sizes = {name: value.numel() for name, value in draft.module.named_parameters()}
    heads = sum(size for name, size in sizes.items() if name.rpartition(".")[0] in draft.heads)
    return heads / sum(sizes.values())


def _label(share: float, origin: str, seed: int) -> str:
    rest = f", the rest random (seed {seed})" if share < 1 else ""
    return f"{percent(share)} of parameters from {origin}{rest}"
