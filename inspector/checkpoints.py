"""A checkpoint is a file of trained weights, read without running anything it contains.

The layouts of the published training scripts are known: where they keep the weights, the prefixes
that wrappers leave on the names, and the names that were later changed.
"""

import argparse
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

DIGEST_LENGTH = 16
"""Hexadecimal digits of a SHA-256 that are kept to tell weights apart."""

# The smoothed weights come first where a script saved both and evaluated those.
_ENTRIES = ("state_dict_ema", "state_dict", "model", "model_ema", "net")
_WRAPPER = "module."
# Published under the old name alone: the EfficientNets and CeiTs with MRLA.
_OLD, _NEW = ".mrla.mla.", ".mrla.mrla."
# Old files lack the batch counter; profilers leave their own counters. Neither is a weight.
_NOT_NEEDED = ("num_batches_tracked",)
_LEFT_OVER = ("total_ops", "total_params")
_SHOWN = 5


@dataclass(frozen=True)
class Checkpoint:
    """Weights as read from a file.

    Attributes:
        name: file name without folders.
        sha256: first hexadecimal digits of the file's SHA-256.
        entry: the entry of the file that held the weights; None if they lay bare.
        state: weights by published name, on the CPU.
    """

    name: str
    sha256: str
    entry: str | None
    state: dict[str, Tensor] = field(repr=False)


@dataclass(frozen=True)
class Fit:
    """How the names and shapes of some weights compare with those of a network.

    Attributes:
        missing: names the network has and the weights have not.
        unexpected: names the weights have and the network has not.
        reshaped: names in both whose shapes differ, with the two shapes.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[str, ...]

    @property
    def faults(self) -> dict[str, list[str]]:
        """Returns the names that forbid loading by kind of fault, without kinds of none."""
        found = {
            "missing": [name for name in self.missing if not name.endswith(_NOT_NEEDED)],
            "unexpected": [name for name in self.unexpected if not name.endswith(_LEFT_OVER)],
            "of another shape": list(self.reshaped),
        }
        return {kind: names for kind, names in found.items() if names}


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Returns the weights of a file of `torch.save` or safetensors.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a checkpoint, holds other objects than tensors and numbers, or
            values that are not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint file {str(path)!r}.")
    entry, found = _weights_in(_content(path), path.name)
    state = {_published(name): value for name, value in found.items()}
    _require_finite(state, path.name)
    return Checkpoint(path.name, _file_digest(path), entry, state)


def compare(state: Mapping[str, Tensor], network: nn.Module) -> Fit:
    """Returns what of some weights fits a network and what does not."""
    own = network.state_dict()
    state = _named_as_in(own, state)
    return Fit(
        missing=tuple(name for name in own if name not in state),
        unexpected=tuple(name for name in state if name not in own),
        reshaped=tuple(
            f"{name} ({_shape(state[name])} in the file, {_shape(own[name])} in the network)"
            for name in own
            if name in state and state[name].shape != own[name].shape
        ),
    )


def load_into(network: nn.Module, checkpoint: Checkpoint) -> Fit:
    """Loads every weight of a network from a checkpoint and returns how they compared.

    Raises:
        ValueError: if a weight is missing, left over or of another shape; nothing is loaded then.
    """
    fit = compare(checkpoint.state, network)
    if fit.faults:
        raise ValueError(_misfit(checkpoint.name, fit.faults))
    network.load_state_dict(_named_as_in(network.state_dict(), checkpoint.state), strict=False)
    return fit


def digest(network: nn.Module) -> str:
    """Returns the first hexadecimal digits of the SHA-256 of a network's names and values."""
    total = hashlib.sha256()
    for name, value in network.state_dict().items():
        total.update(f"{name} {value.dtype} {_shape(value)}".encode())
        total.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return total.hexdigest()[:DIGEST_LENGTH]


def _content(path: Path) -> Any:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        # The scripts of DeiT and timm save their command line as a Namespace beside the weights.
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a broken file may fail in any way
        raise ValueError(
            f"{path.name} could not be read as a checkpoint ({type(error).__name__}). Expected "
            "tensors by name, from torch.save(model.state_dict(), file) or safetensors; a file "
            "that holds whole Python objects is refused."
        ) from error


def _weights_in(content: Any, name: str) -> tuple[str | None, Mapping[str, Tensor]]:
    """Returns the entry that holds the weights, and the weights."""
    if _is_state(content):
        return None, content
    entries = content if isinstance(content, Mapping) else {}
    for entry in _ENTRIES:
        if _is_state(entries.get(entry)):
            return entry, entries[entry]
    raise ValueError(
        f"{name} holds no weights: expected tensors by name, or such under "
        f"{', '.join(_ENTRIES)}; found {', '.join(map(str, entries)) or type(content).__name__}."
    )


def _is_state(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and len(content) > 0
        and all(isinstance(value, Tensor) for value in content.values())
    )


def _published(name: str) -> str:
    return name.removeprefix(_WRAPPER).replace(_OLD, _NEW)


def _named_as_in(own: Iterable[str], state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Returns the weights with the old name of MRLA's layers where the network has that one."""
    if not any(_OLD in name for name in own):
        return state
    return {name.replace(_NEW, _OLD): value for name, value in state.items()}


def _require_finite(state: Mapping[str, Tensor], file: str) -> None:
    for name, value in state.items():
        if not torch.isfinite(value).all():
            raise ValueError(
                f"{file} holds NaN or infinite values, first in {name}: the training that wrote "
                "it diverged. Take an earlier checkpoint."
            )


def _misfit(file: str, faults: Mapping[str, list[str]]) -> str:
    parts = [
        f"{len(names)} {kind}: {', '.join(names[:_SHOWN])}{', ...' if len(names) > _SHOWN else ''}"
        for kind, names in faults.items()
    ]
    return (
        f"{file} does not fit this network; {'; '.join(parts)}. Choose the network it was trained "
        "as, with its options (num_classes, img_size, depth)."
    )


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_LENGTH]


def _shape(value: Tensor) -> str:
    return "x".join(map(str, value.shape)) or "scalar"
