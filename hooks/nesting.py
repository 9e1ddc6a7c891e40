"""A nesting is what a module is called with or returns: tensors in tuples, lists and mappings."""

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

from torch import Tensor, nn


def tensors_in(nesting: Any) -> Iterator[Tensor]:
    """Its tensors, in order; what is no tensor is passed over."""
    if isinstance(nesting, Tensor):
        yield nesting
    elif isinstance(nesting, Mapping):
        for item in nesting.values():
            yield from tensors_in(item)
    elif isinstance(nesting, (tuple, list)):
        for item in nesting:
            yield from tensors_in(item)


def exchanged(nesting: Any, old: Tensor, new: Tensor) -> Any:
    """The same nesting with one tensor exchanged."""
    if nesting is old:
        return new
    if isinstance(nesting, Mapping):
        return {key: exchanged(item, old, new) for key, item in nesting.items()}
    if isinstance(nesting, tuple) and hasattr(nesting, "_fields"):
        return type(nesting)(*(exchanged(item, old, new) for item in nesting))
    if isinstance(nesting, (tuple, list)):
        return type(nesting)(exchanged(item, old, new) for item in nesting)
    return nesting


def in_order(module: nn.Module, named: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments passed by name, in the order in which ``module.forward`` declares them."""
    declared = list(signature(module.forward).parameters) if named else []
    return dict(sorted(named.items(), key=lambda entry: [*declared, entry[0]].index(entry[0])))
