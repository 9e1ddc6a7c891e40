"""A token is a place of the image, or one that stands before the places: class tokens, registers.

Whoever captures tokens says where they lie as attributes of their dim, if that is certain:
``grid_height`` and ``grid_width`` in tokens, row after row, ``class_tokens`` before them, and
between the two, where a network has some, ``register_tokens``.
"""

from functools import lru_cache
from typing import Any

from torch import nn

from hooks.modules import Modules

Size = tuple[int, int]
MOST_CLASS_TOKENS = 2
"""A class and a distillation token: more than two stand in no network that does not say so."""


def placed(height: int, width: int, class_tokens: int, register_tokens: int = 0) -> dict[str, int]:
    """The attributes of a grid of tokens and of what stands before it."""
    grid = {"grid_height": height, "grid_width": width, "class_tokens": class_tokens}
    return grid | ({"register_tokens": register_tokens} if register_tokens else {})


def fitted(tokens: int, image: Size | None) -> dict[str, int]:
    """Where tokens lie, judged by their number; nothing if that leaves a doubt.

    The grid must be the image divided by one stride, with at most two class tokens before it, and
    no other grid may fit as well.

    Args:
        tokens: how many there are.
        image: height and width of the model's input, if that is a batch of images.
    """
    if image is None:
        return {}
    fitting = {
        (height, width, extra)
        for height, width in _divided(*image)
        for extra in range(MOST_CLASS_TOKENS + 1)
        if height * width == tokens - extra
    }
    return placed(*fitting.pop()) if len(fitting) == 1 else {}


def declaring(path: str, modules: Modules) -> nn.Module | None:
    """The nearest network around a module that says which tokens it has, as timm's do.

    Args:
        path: of the module.
        modules: of the model that holds it, by path.
    """
    parts = path.split(".")[:-1]
    around = [".".join(parts[:depth]) for depth in range(len(parts), -1, -1)]
    found = (modules[outer] for outer in around)
    return next((module for module in found if _declares(module)), None)


def declared(network: nn.Module, tokens: int, image: Size | None) -> dict[str, int]:
    """Where tokens lie, by what their network says of itself; nothing if they are not that many.

    Args:
        network: from `declaring`.
        tokens: how many there are.
        image: as for `fitted`; a network for images of any size divides it anew in each pass.
    """
    embed: Any = network.get_submodule("patch_embed")
    before, registers = _number(network, "num_prefix_tokens"), _number(network, "num_reg_tokens")
    height, width = _of_any_size(embed, image) if _is_dynamic(network) else embed.grid_size
    if height * width != tokens - before:
        return {}
    return placed(height, width, before - registers, registers)


def _declares(module: nn.Module) -> bool:
    embed = getattr(module, "patch_embed", None)
    return hasattr(module, "num_prefix_tokens") and hasattr(embed, "grid_size")


def _number(network: nn.Module, name: str) -> int:
    return int(getattr(network, name, 0))


def _is_dynamic(network: nn.Module) -> bool:
    return bool(getattr(network, "dynamic_img_size", False))


def _of_any_size(embed: Any, image: Size | None) -> Size:
    return embed.dynamic_feat_size(image) if image is not None else (0, 0)


@lru_cache  # every layer of every pass asks the same
def _divided(height: int, width: int) -> frozenset[Size]:
    """Grids of an image by whole strides, the last cell cut off or completed."""
    strides = range(1, max(height, width) + 1)
    return frozenset(
        grid
        for stride in strides
        for grid in (
            (height // stride, width // stride),
            (-(-height // stride), -(-width // stride)),
        )
    )
