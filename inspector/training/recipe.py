"""A recipe is all that a trained network depends on: data, seed, optimiser, schedule, augmentation.

The recipes of a family are the same but for the network, so that what differs between two of them
is their attention.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        network: its name, which is the recipe's too.
        options: of the network in training, such as stochastic depth.
        epochs: passes over the training images.
        batch_size: images of an update.
        optimiser: timm's name of it.
        rate: its highest learning rate.
        weight_decay: its own, without biases and norms.
        warmup: epochs in which the rate grows from nothing; it then falls as a cosine to nothing.
        smoothing: of the labels, a share of 1.
        margin: pixels by which a crop may reach beyond an image; half of them are mirrored.
        crop: side of the crops, of all but the last epochs: the smaller, the faster.
        whole: number of last epochs, whose crops are as large as the images.
        erasing: share of images that lose a rectangle.
        mixup: alpha of mixup, 0 for none.
        average: decay of the running average of weights, which is what is kept.
        seed: of everything that is drawn.
        kept: epochs after which the weights are kept beside the last, to be compared.
    """

    network: str
    options: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 40
    batch_size: int = 128
    optimiser: str = "sgd"
    rate: float = 0.1
    weight_decay: float = 5e-4
    warmup: int = 2
    smoothing: float = 0.0
    margin: int = 4
    crop: int = 32
    whole: int = 0
    erasing: float = 0.0
    mixup: float = 0.0
    average: float = 0.998
    seed: int = 0
    kept: tuple[int, ...] = ()


_RESNET = Recipe(
    "cifar_resnet56",
    epochs=16,
    optimiser="muon",
    rate=0.01,
    weight_decay=0.05,
    crop=24,
    whole=4,
)
_TRANSFORMER = Recipe(
    "cifar_vit",
    options={"drop_path_rate": 0.05},
    epochs=20,
    optimiser="muon",
    rate=3e-3,
    weight_decay=0.05,
    smoothing=0.1,
    erasing=0.25,
    mixup=0.2,
)
_PROGRESS = (0, 6)
"""Start and middle of the runs that are shown in progress."""

_ALL = (
    _RESNET,
    replace(_RESNET, network="cifar_resnet56_se"),
    replace(_RESNET, network="cifar_resnet56_dia", kept=_PROGRESS),
    replace(_RESNET, network="cifar_resnet56_mrlab", kept=_PROGRESS),
    replace(_RESNET, network="cifar_resnet56_mrlal"),
    _TRANSFORMER,
    replace(_TRANSFORMER, network="cifar_vit_external"),
)

RECIPES: Mapping[str, Recipe] = {recipe.network: recipe for recipe in _ALL}
"""The recipes of the networks that ship, by name."""
