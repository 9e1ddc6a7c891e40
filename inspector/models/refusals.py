"""A refusal says why a network cannot be a host of layer attention, and what to do instead."""

from collections.abc import Iterable

from timm.models import VisionTransformer
from torch import nn

from inspector.models.dia import SharedLstm
from inspector.models.external_attention import (
    MultiHeadExternalAttention,
    SpatialExternalAttention,
    TokenExternalAttention,
)
from inspector.models.mrla import BaseLayer, LightLayer

CARRIED: dict[type[nn.Module], str] = {
    BaseLayer: "MRLA-base",
    LightLayer: "MRLA-light",
    SharedLstm: "DIA",
    MultiHeadExternalAttention: "external attention",
    SpatialExternalAttention: "external attention",
    TokenExternalAttention: "external attention",
}

REASONS = {
    ("DIA", "VisionTransformer"): "DIA gates a branch by its channels, pooled over the image, and "
    "where that would go in a transformer was not published in detail.",
    ("external attention", "EfficientNet"): "External attention ends in a ReLU, which would cut "
    "off the negative values that an EfficientNet's maps have.",
    ("", "Feature"): "A features_only wrapper takes the blocks out of their network: create the "
    "network without features_only and read its features with forward_intermediates.",
    ("", "Swin"): "Its blocks see windows of tokens, not the image as one grid.",
    ("", "MaxxVit"): "Its blocks see windows of tokens, not the image as one grid.",
    ("", "Parallel"): "A wrapper for several devices holds the network: pass model.module.",
    ("", "OptimizedModule"): "A compiled network keeps its first forward: pass the one that was "
    "compiled, and compile the result.",
}
"""By mechanism, any if empty, and a part of the class's name."""
UNKNOWN = "No place for the attention in its blocks was published."


def require_host(model: nn.Module, mechanism: str, hosts: tuple[type[nn.Module], ...]) -> None:
    """Raises a ValueError unless the model is of these classes and as timm built it."""
    if (carried := _carried(model)) is not None:
        raise ValueError(
            f"{mechanism} expected a network as timm builds it, got one that already has "
            f"{carried}. Start from the network before that was added."
        )
    if not isinstance(model, hosts):
        raise ValueError(
            f"{mechanism} expected {_either(hosts)} of timm's, got {_name(model)}. "
            f"{_reason(model, mechanism)} Choose another network (timm.list_models('resnet*')), or "
            "build the layers of inspector.models into your own: capture finds them by their names."
        )


def require_blocks(
    chosen: Iterable[nn.Module], among: Iterable[nn.Module], *, expected: str
) -> None:
    """Raises a ValueError if no block was chosen.

    Args:
        chosen: blocks that can carry the attention.
        among: all blocks.
        expected: what can be chosen, in words.
    """
    if not list(chosen):
        got = ", ".join(sorted({type(block).__name__ for block in among}))
        raise ValueError(
            f"Expected {expected}; got {got or 'none'}. Choose a network that is built of them."
        )


def require_square_grid(network: VisionTransformer) -> None:
    """Raises a ValueError unless the tokens are always a class token and a square of patches."""
    height, width = network.patch_embed.grid_size
    prefix, flexible = network.num_prefix_tokens, network.dynamic_img_size
    whole = isinstance(network.patch_drop, nn.Identity)
    if (height, prefix, flexible, whole) != (width, 1, False, True):
        raise ValueError(
            "MRLA sees the patches as a square map behind one class token; got a grid of "
            f"{height} x {width} behind {prefix} tokens, dynamic_img_size={flexible} and "
            f"{'no ' if whole else ''}patch dropout. Choose a vision transformer without "
            "registers or distillation token, and create it with a square img_size, "
            "dynamic_img_size=False and patch_drop_rate=0."
        )


def _carried(model: nn.Module) -> str | None:
    """Returns the first attention of ours that a model has."""
    found = (CARRIED[cls] for cls in CARRIED for part in model.modules() if isinstance(part, cls))
    return next(found, None)


def _reason(model: nn.Module, mechanism: str) -> str:
    name = type(model).__name__
    fitting = (
        reason for (of, part), reason in REASONS.items() if of in ("", mechanism) and part in name
    )
    return next(fitting, UNKNOWN)


def _either(classes: tuple[type[nn.Module], ...]) -> str:
    *others, last = (cls.__name__ for cls in classes)
    return f"{', '.join(others)} or {last}"


def _name(model: nn.Module) -> str:
    """Returns the full name of a class: networks of other libraries are called ResNet as well."""
    return f"{type(model).__module__}.{type(model).__qualname__}"
