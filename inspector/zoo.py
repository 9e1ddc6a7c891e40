"""The zoo is every network that can be opened: those with a card, and all of timm.

Importing it is instant; torch and timm load with the first network.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.cards import CARDS, Card
from inspector.labels import class_names

if TYPE_CHECKING:
    import threading

    import torch
    from torch import nn

__all__ = ["CARDS", "Card", "LoadedModel", "Weights", "class_names", "load_model"]


@dataclass(frozen=True)
class Weights:
    """Where the weights of a network come from.

    Attributes:
        label: for a reader, "random weights (seed 0)" or "mine.pth.tar".
        sha256: first hexadecimal digits; of the file, or of names and values without a file.
        trained: False for random weights.
        entry: of a checkpoint that holds more than weights, the entry that was loaded.
        missing: names that a checkpoint lacked without harm.
        unexpected: names that a checkpoint had too many without harm.
    """

    label: str
    sha256: str
    trained: bool
    entry: str | None = None
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network ready to be looked at, in evaluation mode.

    Attributes:
        name: the name it was loaded by.
        card: what is known of it, with the class count and input size it really has.
        module: the network.
        device: where it is.
        weights: where its weights come from.
    """

    name: str
    card: Card
    module: "nn.Module" = field(repr=False)
    device: "torch.device"
    weights: Weights

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
        """Returns False for random weights."""
        return self.weights.trained

    @property
    def lock(self) -> "threading.RLock":
        """Returns the lock to hold while hooking or changing the module; one per module."""
        from hooks.states import model_lock  # noqa: PLC0415 - it imports torch

        return model_lock(self.module)


def load_model(
    name: str,
    *,
    checkpoint: str | Path | None = None,
    device: str = "auto",
    seed: int = 0,
    **options: Any,
) -> LoadedModel:
    """Returns a network by name, with random weights unless told otherwise.

    Args:
        name: a name in `CARDS` or of timm, `hf-hub:` names included.
        checkpoint: file of weights; its class count is taken over.
        device: "auto", or PyTorch's name such as "cpu" or "cuda:1".
        seed: of random weights; the caller's random numbers are not disturbed.
        options: of `timm.create_model`, such as `num_classes`, `img_size` or `pretrained=True`.

    Raises:
        ValueError: if name, device, options or checkpoint do not fit; with the way out.
        FileNotFoundError: if there is no such checkpoint.
    """
    from inspector.loading import load  # noqa: PLC0415 - torch and timm take seconds to import

    return load(name, checkpoint, device, seed, options)
