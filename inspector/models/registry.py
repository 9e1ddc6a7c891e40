"""The registry makes a network known to timm under its card's name and data settings."""

from collections.abc import Callable
from typing import Any

from timm.models import build_model_with_cfg, register_model
from torch import nn

from inspector.cards import LISTED, Card

default_cfgs: dict[str, dict[str, Any]] = {}
"""Data settings by network name, where timm's registry looks for them."""


def register(name: str, network: Callable[..., nn.Module], **fixed: Any) -> None:
    """Lets `timm.create_model(name, **options)` build `network(**fixed, **options)`.

    Args:
        name: the name of a card in `LISTED`.
        network: constructor; takes at least `num_classes` and `in_chans`.
        fixed: constructor arguments this name stands for, unless the caller gives them.
    """

    def build(pretrained: bool = False, **options: Any) -> nn.Module:
        return build_model_with_cfg(network, name, pretrained, **(fixed | options))

    build.__name__ = name
    build.__doc__ = f"Returns {LISTED[name].title} ({LISTED[name].source})."
    default_cfgs[name] = _settings(LISTED[name])
    # timm adds the name to this module's __all__; this keeps that list true
    globals()[name] = register_model(build)


def _settings(card: Card) -> dict[str, Any]:
    """Returns the fields of a card that timm's pretrained configuration knows."""
    return {
        "input_size": card.input_size,
        "mean": card.mean,
        "std": card.std,
        "interpolation": card.interpolation,
        "crop_pct": card.crop_pct,
        "num_classes": card.num_classes,
        "classifier": card.classifier,
        "fixed_input_size": card.fixed_input_size,
        "paper_name": card.source,
    }
