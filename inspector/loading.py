"""Loading turns a name, and perhaps a file of weights, into a network ready to be looked at."""

import difflib
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data import infer_imagenet_subset, resolve_data_config
from timm.models import get_pretrained_cfg
from torch import nn

import inspector.models  # noqa: F401 - makes our names known to timm
from inspector.cards import CARDS, Card
from inspector.checkpoints import Checkpoint, digest, load_into, read_checkpoint
from inspector.devices import pick_device
from inspector.zoo import LoadedModel, Weights

_SOURCES = ("hf-hub:", "hf_hub:", "local-dir:")
_ONE_AT_A_TIME = threading.Lock()
"""Held while state of the whole process is changed: its random numbers, torch's unpickling list."""


def load(
    name: str,
    checkpoint: str | Path | None,
    device: str,
    seed: int,
    options: Mapping[str, Any],
) -> LoadedModel:
    """Returns a network; see `inspector.load_model`, of which this is the whole."""
    target = pick_device(device)
    _require_known(name)
    with _ONE_AT_A_TIME:
        file = None if checkpoint is None else read_checkpoint(checkpoint)
        if file is not None:
            options = _class_count(name, file) | dict(options)
        module = _build(name, seed, options)
    weights = _weights(module, file, seed, options)
    card = _card(name, module, options)
    return LoadedModel(name, card, module.to(target).eval(), target, weights)


def _require_known(name: str) -> None:
    if name.startswith(_SOURCES):
        return
    if timm.is_model(name):
        _require_tag(name)
        return
    close = difflib.get_close_matches(name, timm.list_models(), n=3)
    hint = f"Did you mean {' or '.join(close)}? " if close else ""
    raise ValueError(
        f"There is no model named {name!r}. {hint}`inspector models` lists those with layer "
        "attention; every name of timm and hf-hub:OWNER/NAME can be opened too."
    )


def _require_tag(name: str) -> None:
    try:
        get_pretrained_cfg(name)
    except RuntimeError as error:
        raise ValueError(f"{error} Leave out what follows the dot, or choose another.") from error


def _class_count(name: str, file: Checkpoint) -> dict[str, int]:
    """Returns the option `num_classes` as the last layer of a checkpoint has it, if it tells."""
    settings = None if name.startswith(_SOURCES) else get_pretrained_cfg(name)
    classifier = getattr(settings, "classifier", None)
    first = classifier[0] if isinstance(classifier, tuple | list) else classifier
    weight = file.state.get(f"{first}.weight")
    return {} if weight is None else {"num_classes": weight.shape[0]}


def _build(name: str, seed: int, options: Mapping[str, Any]) -> nn.Module:
    """Returns the network on the CPU; random weights depend on the seed alone."""
    if options.get("pretrained") and name in CARDS and not CARDS[name].has_weights:
        raise ValueError(
            f"No trained weights come with {name}. Give a file of them as checkpoint, or leave "
            "pretrained out for random weights."
        )
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed would also seed the GPUs, which belong to the caller
        torch.default_generator.manual_seed(seed)
        try:
            return timm.create_model(name, **options)
        except TypeError as error:
            given = ", ".join(options)
            raise ValueError(
                f"{name} cannot be built with the options {given}: {error}."
            ) from error


def _weights(
    module: nn.Module, file: Checkpoint | None, seed: int, options: Mapping[str, Any]
) -> Weights:
    """Returns where the weights come from, after loading those of a checkpoint."""
    if file is not None:
        fit = load_into(module, file)
        return Weights(file.name, file.sha256, True, file.entry, fit.missing, fit.unexpected)
    if options.get("pretrained"):
        return Weights(_pretrained_label(module), digest(module), True)
    return Weights(f"random weights (seed {seed})", digest(module), False)


def _pretrained_label(module: nn.Module) -> str:
    settings = getattr(module, "pretrained_cfg", {})
    parts = (settings.get("architecture"), settings.get("tag"))
    return f"pretrained weights {'.'.join(part for part in parts if part)}"


def _card(name: str, module: nn.Module, options: Mapping[str, Any]) -> Card:
    """Returns the card of a network as it was built."""
    known = CARDS.get(name) or _card_of_timm(name, module)
    classes = int(getattr(module, "num_classes", known.num_classes))
    return replace(
        known,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        num_classes=classes,
        label_set=known.label_set if classes == known.num_classes else None,
        input_size=_input_size(known, options),
    )


def _card_of_timm(name: str, module: nn.Module) -> Card:
    data = resolve_data_config(model=module)
    settings = getattr(module, "pretrained_cfg", {})
    return Card(
        name=name,
        title=name.partition(":")[2] or name,
        family="timm",
        parameters=0,
        source=settings.get("paper_name") or settings.get("origin_url") or "timm",
        input_size=data["input_size"],
        mean=data["mean"],
        std=data["std"],
        interpolation=data["interpolation"],
        crop_pct=data["crop_pct"],
        num_classes=settings.get("num_classes", 1000),
        label_set=infer_imagenet_subset(settings),
        has_weights=bool(settings.get("hf_hub_id") or settings.get("url")),
    )


def _input_size(card: Card, options: Mapping[str, Any]) -> tuple[int, int, int]:
    channels, height, width = card.input_size
    size = options.get("img_size") or (height, width)
    height, width = (size, size) if isinstance(size, int) else size
    return options.get("in_chans", channels), height, width
