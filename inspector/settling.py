"""To settle a network is to give its normalisations the statistics of what really reaches them.

A batch normalisation begins with mean 0 and variance 1, whatever it is given. In evaluation mode a
network of random weights then normalises nothing: its values grow from layer to layer, and a
softmax over them is peaked for that reason alone, which no network in training is. Statistics of a
few photographs leave it what it is, untrained, and take that away.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from hooks.states import evaluating
from inspector.gallery import GALLERY
from inspector.images import Photo
from inspector.inspection import inputs_of

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel

PHOTOGRAPHS = 8
"""A channel counts with all its places in each, so that few are enough; and readers wait."""

STATISTICS = f"normalised by {PHOTOGRAPHS} photographs"
"""What is told of a network that was settled."""


def is_settled(module: nn.Module) -> bool:
    """Whether a batch normalisation of a network has other statistics than those it begins with."""
    return any(
        bool(norm.running_mean.any()) or not bool((norm.running_var == 1).all())
        for norm in _norms(module)
        if norm.running_mean is not None and norm.running_var is not None
    )


def settle(model: "LoadedModel") -> None:
    """Gives the batch normalisations of a network statistics of the gallery's first photographs.

    Each gets mean and variance of what reaches it while those before it normalise by theirs, as in
    training; a channel that never varies keeps its size. All else stays as it is. A network that
    takes one image at a time gets the mean of what each of them gives. A network without such
    normalisations is not run.

    Raises:
        BadImage: the photographs are not installed.
        ValueError: a normalisation needs more than one image, and the network takes no more.
    """
    if _norms(model.module):
        settle_on(model, torch.cat(_inputs(model)))


def settle_on(model: "LoadedModel", batch: Tensor) -> None:
    """Does the same with other images.

    Args:
        model: whose batch normalisations get the statistics.
        batch: images as the network takes them, on any device.

    Raises:
        ValueError: a normalisation needs more than one image, and the network takes no more.
    """
    if norms := _norms(model.module):
        given = batch.to(model.device)
        try:
            _estimate(model.module, norms, given.split(len(given)))
        except RuntimeError:  # it takes one image alone, or the device has no room for more
            _estimate(model.module, norms, given.split(1))


def _norms(module: nn.Module) -> list[_BatchNorm]:
    """Those that keep statistics."""
    parts = module.modules()
    return [part for part in parts if isinstance(part, _BatchNorm) and part.track_running_stats]


def _inputs(model: "LoadedModel") -> list[Tensor]:
    return [entry.tensor for entry in inputs_of(model, _photographs())]


@cache
def _photographs() -> list[Photo]:
    taken = [picture for picture in GALLERY if picture.is_photograph][:PHOTOGRAPHS]
    return [picture.load() for picture in taken]


def _estimate(module: nn.Module, norms: Sequence[_BatchNorm], batches: Sequence[Tensor]) -> None:
    """Passes in which the normalisations alone are in training: dropout would change the rest."""
    momenta = [norm.momentum for norm in norms]
    with evaluating(module.modules()), torch.no_grad():
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum, norm.training = None, True  # None: the mean over all calls
        try:
            for batch in batches:
                module(batch)
        finally:
            for norm, momentum in zip(norms, momenta, strict=True):
                norm.momentum = momentum
        for norm in norms:
            _require_spread(norm)


def _require_spread(norm: _BatchNorm) -> None:
    """A channel without any would be divided by next to nothing in an image where it has some."""
    if norm.running_var is not None:
        norm.running_var[norm.running_var == 0] = 1
