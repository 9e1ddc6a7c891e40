"""A twin is the same network with fresh random weights: what its pictures show without learning.

Comparing a map with that of a twin is the model-randomisation test of Adebayo et al., "Sanity
Checks for Saliency Maps", NeurIPS 2018 (arXiv 1810.03292). Structure alone (padding, pooling, how
many layers there are to look back at) shows in both; only what differs can have been learnt.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import torch
from torch import Tensor, nn

from inspector.checkpoints import digest
from inspector.devices import memory_guard
from inspector.loading import rebuilt, seeded
from inspector.settling import STATISTICS, is_settled, settle
from inspector.zoo import LoadedModel, Weights

_FAR = 2**31
"""Added to the seed, of which torch heeds 32 bits: the twin of random weights is not they again."""


def twin(model: LoadedModel, seed: int = 0) -> LoadedModel:
    """Returns the same network with fresh random weights; the given one stays as it is.

    Card, device, number type, modes and gradient flags are those of the given network. A network of
    the zoo is drawn as the zoo draws it. Of any other, each module with a `reset_parameters` method
    calls it, and a parameter that this leaves alone has its entries permuted, which keeps their
    distribution; a single number is drawn from a normal distribution of mean 0 and its own size.
    What begins the same whatever the seed (the gain 1 of a normalisation, a table of positions)
    begins so in the twin too. Statistics of batch normalisations are those of photographs
    (`inspector.settling`), or as they begin where the network's own still are; the digest is of the
    weights as they were drawn, and tells which of the two.

    Args:
        model: from `inspector.load_model` or `inspector.wrap`.
        seed: of the random weights; the caller's random numbers are not disturbed.

    Raises:
        ValueError: the network cannot be copied, has no weights to draw, or takes one image alone
            and normalises more than one.
        BadImage: the photographs are not installed.
        OutOfMemory: there is no room for a second network and its pass.
    """
    with memory_guard(), model.lock:
        module = _copied(model)
    with seeded(seed + _FAR), memory_guard():
        # on the CPU the same seed draws the same weights, whatever the device
        _draw(module.cpu(), _of_the_zoo(model, seed + _FAR))
        module.to(model.device)
    _require_other(module, model)
    # before it is settled: the same seed has the same digest, however a machine rounds
    weights = Weights(f"random twin, seed {seed}", digest(module), trained=False, seed=seed)
    made = replace(model, module=module, weights=weights)
    return _settled(made) if is_settled(model.module) else made


def _settled(made: LoadedModel) -> LoadedModel:
    """The twin with statistics of photographs, which its name and digest tell."""
    with memory_guard():
        settle(made)
    drawn = made.weights
    told = sha256(f"{drawn.sha256}, {STATISTICS}".encode()).hexdigest()
    return replace(made, weights=replace(drawn, label=f"{drawn.label}, {STATISTICS}", sha256=told))


def _copied(model: LoadedModel) -> nn.Module:
    try:
        return copy.deepcopy(model.module)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ValueError(
            f"A random twin needs a copy of the network, and {model.name} cannot be copied: "
            f"{error}. Load it by name, or wrap a module that copy.deepcopy takes."
        ) from error


def _of_the_zoo(model: LoadedModel, seed: int) -> Mapping[str, Tensor] | None:
    """Weights as the zoo draws them, or None for a network that it did not build as it is now."""
    fresh = rebuilt(model, seed)
    state = {} if fresh is None else fresh.state_dict()
    return state if _shapes(state) == _shapes(model.module.state_dict()) else None


def _shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state.items()}


def _draw(module: nn.Module, state: Mapping[str, Tensor] | None) -> None:
    """Gives the network the weights of `state`, or without one draws them module by module."""
    if state is not None:
        module.load_state_dict(state)
        return
    before = [parameter.detach().clone() for parameter in module.parameters()]
    for part in reversed(list(module.modules())):  # a module may draw for those inside it
        if callable(reset := getattr(part, "reset_parameters", None)):
            reset()
    for parameter, old in zip(module.parameters(), before, strict=True):
        if torch.equal(parameter, old):
            parameter.data.copy_(_redrawn(old))


def _redrawn(values: Tensor) -> Tensor:
    """The entries in another order; of a single one another number of its size."""
    if values.numel() == 1:
        return values * torch.randn(values.shape)
    order = torch.randperm(values.numel())
    return values.flatten()[order].view_as(values)


def _require_other(module: nn.Module, model: LoadedModel) -> None:
    pairs = zip(module.parameters(), model.module.parameters(), strict=True)
    if all(torch.equal(new, old) for new, old in pairs):
        raise ValueError(
            f"{model.name} has no random twin: none of its parameters could be drawn anew, as each "
            "holds one constant, or there are none. Give it weights first."
        )
