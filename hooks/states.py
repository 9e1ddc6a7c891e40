"""A model's state is what a look inside may disturb; everything here puts it back.

A hook is a change to the whole model, so two threads that share one must take turns: whoever
registers hooks, switches modes or edits tensors holds ``model_lock(model)`` until it is undone.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from torch import nn

_LOCKS: "WeakKeyDictionary[nn.Module, threading.RLock]" = WeakKeyDictionary()
_LOCKS_GUARD = threading.Lock()


def model_lock(model: nn.Module) -> "threading.RLock":
    """The one re-entrant lock of this model object; it lives as long as the model does."""
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(model, threading.RLock())


@contextmanager
def evaluating(modules: Iterable[nn.Module]) -> Iterator[None]:
    """All modules of a model in evaluation mode; afterwards every one has its own flag back.

    The flags are set one by one because ``model.train()`` would overwrite layers that their owner
    froze, and an overridden ``eval()`` could do more than can be undone.
    """
    modes = [(module, module.training) for module in modules]
    try:
        _switch((module, False) for module, _ in modes)
        yield
    finally:
        _switch(modes)


def _switch(modes: Iterable[tuple[nn.Module, bool]]) -> None:
    for module, mode in modes:
        if module.training != mode:  # to set an attribute of a module takes long
            module.training = mode


@contextmanager
def unfused(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Attention of timm computed step by step inside the block: a fused kernel shows nothing.

    The results differ by rounding alone. Afterwards every module has its own flag back.
    """
    fusing = [module for module in modules if hasattr(module, "fused_attn")]
    flags = [(module, module.fused_attn) for module in fusing]
    try:
        for module, _ in flags:
            module.fused_attn = False  # type: ignore[assignment]
        yield
    finally:
        for module, flag in flags:
            module.fused_attn = flag
