"""A checkpoint is a file of trained weights, read without running anything it contains.

The layouts of the published training scripts are known: where they keep the weights, the prefixes
that wrappers leave on the names, and the names that were later changed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inspector.archives import content
from inspector.naming import changes, unwrapped
from inspector.sources import file_of, title_of

DIGEST_LENGTH = 16
"""Hexadecimal digits of a SHA-256 that are kept to tell weights apart."""

# The smoothed weights come first where a script saved both and evaluated those.
_ENTRIES = ("state_dict_ema", "state_dict", "model", "model_ema", "net")


_FREE = 2**24
"""Bytes that a tensor may have although the file is smaller, as masks do that repeat one number."""


@dataclass(frozen=True)
class Checkpoint:
    """Weights as read from a file.

    Attributes:
        name: file name without folders, or the repository of a hub.
        sha256: first hexadecimal digits of the file's SHA-256.
        entry: the entry of the file that held the weights; None if they lay bare.
        others: further entries that hold weights and were not taken.
        state: weights by published name, on the CPU.
        notes: what was changed of its names, in sentences without a full stop.
    """

    name: str
    sha256: str
    entry: str | None
    others: tuple[str, ...]
    state: dict[str, Tensor] = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def choice(self) -> str:
        """Returns which entry was taken and what else could be, in words; empty without entries."""
        if self.entry is None:
            return ""
        more = f" (choose {' or '.join(self.others)} as entry to have others)"
        return f"took the entry {self.entry} of {self.name}{more if self.others else ''}"


def read_checkpoint(source: str | Path, entry: str | None = None, *, name: str = "") -> Checkpoint:
    """Returns the weights of a file of `torch.save` or safetensors.

    Args:
        source: a file, a folder that holds one, or `hf-hub:OWNER/NAME`.
        entry: which of several sets of weights in the file to take, such as "model_ema".
        name: what readers are told that the file is called, if not by its own name.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a checkpoint, holds other objects than tensors and numbers, or
            tensors that are sparse, quantized, larger than the file or not finite, or has no such
            entry.
    """
    path, name = file_of(source), name or title_of(source)
    taken, sets = _weights_in(content(path, name), entry, name)
    found = sets[taken or ""]
    state = {unwrapped(key): value for key, value in found.items()}
    _require_distinct(found, state, name)
    _require_plain(state, name, path.stat().st_size)
    _require_finite(state, name)
    others = tuple(key for key in sets if key != (taken or ""))
    return Checkpoint(name, _file_digest(path), taken, others, state, changes(found))


def digest(network: nn.Module) -> str:
    """Returns the first hexadecimal digits of the SHA-256 of a network's names and values."""
    total = hashlib.sha256()
    for name, value in network.state_dict().items():
        total.update(f"{name} {value.dtype} {shape_of(value)}".encode())
        total.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return total.hexdigest()[:DIGEST_LENGTH]


def shape_of(value: Tensor) -> str:
    """Returns the sizes of a tensor for a reader, "64x3x7x7"."""
    return "x".join(map(str, value.shape)) or "scalar"


def _weights_in(found: Any, wanted: str | None, name: str) -> tuple[str | None, dict[str, Any]]:
    """Returns the entry to take, None if the weights lie bare, and all sets of weights by entry."""
    if _is_state(found):
        if wanted is not None:
            raise ValueError(
                f"Expected the entry {wanted!r} in {name}, which holds bare weights and no "
                "entries. Leave the entry out."
            )
        return None, {"": found}
    entries = found if isinstance(found, Mapping) else {}
    sets = {str(key): value for key, value in entries.items() if _is_state(value)}
    if wanted is not None and wanted not in sets:
        raise ValueError(
            f"Expected the entry {wanted!r} in {name}, which holds weights under "
            f"{', '.join(sets) or 'no entry'}. Choose one of those, or leave the entry out."
        )
    known = next((entry for entry in _ENTRIES if entry in sets), None)
    if wanted is None and known is None:
        raise ValueError(_nothing(name, found, entries, sets))
    return wanted or known, sets


def _nothing(name: str, found: Any, entries: Mapping, sets: Mapping) -> str:
    way_out = f" Choose the entry {' or '.join(sets)} yourself." if sets else ""
    return (
        f"{name} holds no weights: expected tensors by name, or such under "
        f"{', '.join(_ENTRIES)}; found {', '.join(map(str, entries)) or type(found).__name__}."
        f"{way_out}"
    )


def _is_state(found: Any) -> bool:
    return (
        isinstance(found, Mapping)
        and len(found) > 0
        and all(isinstance(value, Tensor) for value in found.values())
    )


def _require_distinct(found: Mapping[str, Tensor], state: Mapping[str, Tensor], file: str) -> None:
    if len(state) < len(found):
        raise ValueError(
            f"{file} holds {len(found) - len(state)} weights twice, with and without the prefix of "
            "a wrapper. Save one network's state_dict() alone."
        )


def _require_plain(state: Mapping[str, Tensor], file: str, size: int) -> None:
    """What is no array of numbers cannot be compared; what repeats one number may fill memory."""
    for name, value in state.items():
        if value.layout is not torch.strided or value.is_meta or value.is_quantized:
            raise ValueError(
                f"{file} holds {name} sparse, quantized or without values, and expected are plain "
                "arrays. Save the state_dict() of the network as it was trained."
            )
        # a tensor without any number may claim to be as long as it likes
        claimed = max(value.numel(), *value.shape, 0) * value.element_size()
        if claimed > max(size, _FREE):
            raise ValueError(
                f"{file} has {size} bytes and claims {claimed} for {name} alone: it is broken, or "
                "repeats one number. Save that tensor by value (.contiguous())."
            )


def _require_finite(state: Mapping[str, Tensor], file: str) -> None:
    for name, value in state.items():
        if not _is_finite(value):
            raise ValueError(
                f"{file} holds NaN or infinite values, first in {name}: the training that wrote "
                "it diverged. Take an earlier checkpoint."
            )


def _is_finite(value: Tensor) -> bool:
    # the short floats of some machines cannot be asked themselves
    short = value.is_floating_point() and value.element_size() == 1
    return bool(torch.isfinite(value.float() if short else value).all())


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_LENGTH]
