"""The zoo is every network that can be opened: those with a card, and all of timm.

Importing it is instant; torch and timm load with the first network.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.cards import CARDS, Card
from inspector.labels import Classes, class_names

if TYPE_CHECKING:
    import threading

    import torch
    from torch import nn

    from inspector.checkpoints import Checkpoint

__all__ = [
    "CARDS",
    "Card",
    "LoadedModel",
    "PartlyRandom",
    "Request",
    "Weights",
    "class_names",
    "load_model",
]


@dataclass(frozen=True)
class Weights:
    """Where the weights of a network come from.

    Attributes:
        label: for a reader, "random weights (seed 0)" or "mine.pth.tar".
        sha256: first hexadecimal digits; of the file, or of names and values without a file.
        trained: True only if these are the weights of this very network, all of them trained.
        share: of the parameters, those that were trained, from 0 to 1.
        gaps: in words what was not learnt, or was left over, although weights were loaded.
        entry: of a checkpoint that holds more than weights, the entry that was loaded.
        missing: names that a checkpoint lacked.
        unexpected: names that a checkpoint had too many.
        notes: what was chosen and changed while loading, in sentences without a full stop.
        seed: of what is random in them; None where nothing is, or no seed is known.
    """

    label: str
    sha256: str
    trained: bool
    share: float = 0.0
    gaps: str = ""
    entry: str | None = None
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network ready to be looked at, in evaluation mode.

    Attributes:
        name: the name it was loaded by.
        card: what is known of it, with the class count and input size it really has.
        module: the network.
        device: where it is.
        weights: where its weights come from.
        options: of `timm.create_model`, with which it was built; None if it was not built here.
    """

    name: str
    card: Card
    module: "nn.Module" = field(repr=False)
    device: "torch.device"
    weights: Weights
    options: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def weights_label(self) -> str:
        """Returns the origin of the weights for a reader."""
        return self.weights.label

    @property
    def weights_sha256(self) -> str:
        """Returns the first hexadecimal digits of what identifies the weights."""
        return self.weights.sha256

    @property
    def trained(self) -> bool:
        """Returns True only if every weight is a trained one."""
        return self.weights.trained

    @property
    def lock(self) -> "threading.RLock":
        """Returns the lock to hold while hooking or changing the module; one per module."""
        from hooks.states import model_lock  # noqa: PLC0415 - it imports torch

        return model_lock(self.module)


class PartlyRandom(UserWarning):
    """A file held a part of the weights, the rest is random, and nobody had asked for that."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for when a network is to be opened; see `load_model` for the fields."""

    name: str
    checkpoint: "str | Path | Checkpoint | None" = None
    entry: str | None = None
    strict: bool = True
    classes: Classes | None = None
    device: str = "auto"
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


def load_model(  # noqa: PLR0913 - each is an option that users set by name
    name: str,
    *,
    checkpoint: "str | Path | Checkpoint | None" = None,
    entry: str | None = None,
    strict: bool = True,
    classes: Classes | None = None,
    device: str = "auto",
    seed: int = 0,
    **options: Any,
) -> LoadedModel:
    """Returns a network by name, with random weights unless told otherwise.

    The small networks that ship with trained weights (`inspector models`) have those, unless
    `pretrained=False` or other options are given.

    Args:
        name: a name in `CARDS` or of timm, `hf-hub:` and `local-dir:` names included.
        checkpoint: weights: a file, a folder with one, or `hf-hub:OWNER/NAME`; or a file that was
            read already (`inspector.checkpoints.read_checkpoint`). Its class count,
            and what else it tells (depth, image size, gates), is taken over unless an option says
            otherwise. Without layer attention, or without the head, what lacks stays random.
        entry: which set of weights to take from a file that holds several, such as "model_ema".
        strict: False to load whatever fits, with any gap.
        classes: names of the classes: a text file with one on each line, "cifar-10" or another
            known set, or the names themselves.
        device: "auto", or PyTorch's name such as "cpu" or "cuda:1".
        seed: of random weights; the caller's random numbers are not disturbed.
        options: of `timm.create_model`, such as `num_classes`, `img_size` or `pretrained=True`.

    Raises:
        ValueError: if name, device, options, checkpoint or classes do not fit; with the way out.
        FileNotFoundError: if there is no such checkpoint.

    Warns:
        PartlyRandom: a part of the weights stays random and `strict` did not allow it.
    """
    from inspector.loading import load  # noqa: PLC0415 - torch and timm take seconds to import

    given = Request(
        name=name,
        checkpoint=checkpoint,
        entry=entry,
        strict=strict,
        classes=classes,
        device=device,
        seed=seed,
        options=options,
    )
    loaded = load(given)
    if strict and loaded.weights.gaps:
        said = f"{loaded.weights.label}; {loaded.weights.gaps}."
        warnings.warn(PartlyRandom(said), stacklevel=2)
    return loaded
