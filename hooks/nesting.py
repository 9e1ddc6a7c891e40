"""A nesting is what a module is called with or returns: tensors in tuples, lists and mappings."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any
from weakref import ref

from torch import Tensor, nn


def tensors_in(nesting: Any) -> list[Tensor]:
    """Its tensors, in order; what is no tensor is passed over."""
    if isinstance(nesting, Tensor):
        return [nesting]
    found: list[Tensor] = []
    _gather(nesting, found)
    return found


def _gather(nesting: Any, found: list[Tensor]) -> None:
    # No generators within generators: this runs at every hook of every layer.
    if isinstance(nesting, Tensor):
        found.append(nesting)
    elif isinstance(nesting, (tuple, list)):
        for item in nesting:
            _gather(item, found)
    elif isinstance(nesting, Mapping):
        for item in nesting.values():
            _gather(item, found)


def image_size(nesting: Any) -> tuple[int, int] | None:
    """Height and width of its first tensor, if that is a batch of images."""
    batch = next(iter(tensors_in(nesting)), None)
    return (batch.shape[2], batch.shape[3]) if batch is not None and batch.dim() == 4 else None


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
    if not named:
        return {}
    declared = list(signature(module.forward).parameters)
    return dict(sorted(named.items(), key=lambda entry: [*declared, entry[0]].index(entry[0])))


def transformed(nesting: Any, change: Callable[[Tensor], Any]) -> Any:
    """The same nesting with each tensor changed, in the order of ``tensors_in``."""
    if isinstance(nesting, Tensor):
        return change(nesting)
    if isinstance(nesting, Mapping):
        return {key: transformed(item, change) for key, item in nesting.items()}
    if isinstance(nesting, tuple) and hasattr(nesting, "_fields"):
        return type(nesting)(*(transformed(item, change) for item in nesting))
    if isinstance(nesting, (tuple, list)):
        return type(nesting)(transformed(item, change) for item in nesting)
    return nesting


def is_plain(nesting: Any) -> bool:
    """Whether it holds tensors and simple values alone, so that no tensor hides in an object."""
    if isinstance(nesting, Mapping):
        return all(map(is_plain, nesting.values()))
    if isinstance(nesting, (tuple, list)):
        return all(map(is_plain, nesting))
    return nesting is None or isinstance(nesting, (Tensor, bool, int, float, str))


class Copies:
    """Copies of tensors: one of each, however often it is met, unless it was written into since."""

    def __init__(self) -> None:
        """Nothing is copied yet."""
        self._known: dict[int, tuple[ref[Tensor], int, Tensor]] = {}

    def __call__(self, tensor: Tensor) -> Tensor:
        """The copy of a tensor, as it is now."""
        if tensor.is_inference():  # nobody counts what is written into such a tensor
            return tensor.clone()
        met, version, copy = self._known.get(id(tensor), (None, -1, tensor))
        if met is None or met() is not tensor or version != tensor._version:
            copy = tensor.detach().clone()
            self._known[id(tensor)] = (ref(tensor), tensor._version, copy)
        return copy
