"""A size is the memory that a network's weights will take, told before any of it is taken."""

from collections.abc import Mapping
from typing import Any

import timm
import torch
from torch import nn

import inspector.models  # noqa: F401 - makes our names known to timm

_GIB = 2**30


class TooLarge(ValueError):
    """A network takes more memory than may be given to one."""


def size_of(module: nn.Module) -> int:
    """Returns the bytes of a network's weights and counters."""
    held = [*module.parameters(), *module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in held)


def planned_size(name: str, options: Mapping[str, Any] | None = None) -> int | None:
    """Returns the bytes that a network of timm's would have, without building it.

    None if that cannot be told: there is no such network, or it does not fit its options.
    """
    try:
        with torch.device("meta"):  # tensors that know their shape and hold nothing
            return size_of(timm.create_model(name, **(options or {})))
    except Exception:  # its loading will say what is wrong
        return None


def require_smaller(name: str, most: int, options: Mapping[str, Any] | None = None) -> int:
    """Returns the bytes that a network will have, 0 if unknown.

    Raises:
        TooLarge: they are more than ``most``.
    """
    size = planned_size(name, options) or 0
    if size > most:
        raise TooLarge(
            f"Expected a network of at most {most / _GIB:.3g} GiB, got {name} with "
            f"{size / _GIB:.3g} GiB of weights. Choose a smaller one, or open it from the shell, "
            "where nothing limits it."
        )
    return size
