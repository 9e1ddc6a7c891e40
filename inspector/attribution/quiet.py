"""Quiet is how a network is attributed: locked, in evaluation mode, its parameters at rest."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from hooks.states import evaluating
from inspector.zoo import LoadedModel

_LEFT_BEHIND = frozenset({"input", "input_ref", "output"})
"""What DeepLift writes on activations, and leaves there if it is ended."""


@contextmanager
def quiet(model: LoadedModel) -> Iterator[None]:
    """The network as attributions need it inside the block; then as it was, whatever happens.

    Gradients towards the input are recorded whatever the caller switched off.
    """
    module = model.module
    with (
        model.lock,
        torch.inference_mode(mode=False),
        torch.enable_grad(),
        evaluating(module.modules()),
        _resting(module),
        warnings.catch_warnings(),
    ):
        # Captum tells of each hook that it sets
        warnings.filterwarnings("ignore", "Setting (forward, )?backward hooks")
        yield


@contextmanager
def _resting(module: nn.Module) -> Iterator[None]:
    """Parameters without gradients, and nothing new written on modules afterwards."""
    wanted = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    own = [(part, vars(part).keys() & _LEFT_BEHIND) for part in module.modules()]
    try:
        for parameter, _ in wanted:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter, grad in wanted:
            parameter.requires_grad_(grad)
        for part, names in own:
            for name in (vars(part).keys() & _LEFT_BEHIND) - names:
                delattr(part, name)
