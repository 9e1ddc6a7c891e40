"""The card of a network as it was built: what its name tells, and what its options changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from timm.data import infer_imagenet_subset, resolve_data_config
from timm.models import get_pretrained_cfg
from torch import nn

from inspector.cards import CARDS, COMPARISONS, Card
from inspector.sources import PREFIXES


def card_of(name: str, module: nn.Module, options: Mapping[str, Any]) -> Card:
    """Returns the card of a network as it was built."""
    known = CARDS.get(name) or _card_of_timm(name, module)
    if shown := COMPARISONS.get(name):
        known = replace(known, title=shown.title, family=shown.family, source=shown.source)
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
        source=settings.get("paper_name") or settings.get("origin_url") or "",
        input_size=data["input_size"],
        mean=data["mean"],
        std=data["std"],
        interpolation=data["interpolation"],
        crop_pct=data["crop_pct"],
        num_classes=settings.get("num_classes", 1000),
        label_set=infer_imagenet_subset(settings),
        classifier=classifier_of(name) or Card.classifier,
        fixed_input_size=bool(settings.get("fixed_input_size")),
        has_weights=bool(settings.get("hf_hub_id") or settings.get("url")),
    )


def _input_size(card: Card, options: Mapping[str, Any]) -> tuple[int, int, int]:
    channels, height, width = card.input_size
    size = options.get("img_size") or (height, width)
    height, width = (size, size) if isinstance(size, int) else size
    return options.get("in_chans", channels), height, width


def classifier_of(name: str) -> str | None:
    """Returns the path of a network's last layer, the first if it has several."""
    settings = None if name.startswith(PREFIXES) else get_pretrained_cfg(name)
    found = getattr(settings, "classifier", None)
    return found[0] if isinstance(found, tuple | list) else found
