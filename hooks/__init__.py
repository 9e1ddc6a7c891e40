"""Forward hooks become labelled arrays: what layer attention did in one pass, proven.

    from hooks import capture

    tree = capture(model, batch)
    tree["mrla"]["stages.2.5"]["weight"]        # (sample, head, retrieved_layer)

The names load on first use, so that what needs no torch (``hooks.stacking``) does not import it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hooks.edited_passes import editing
    from hooks.edits import (
        EVERY,
        Edit,
        Where,
        averaged,
        donated,
        noted,
        replaced,
        resampled,
        scaled,
        zeroed,
    )
    from hooks.errors import MechanismNotFound, UnexpectedShape, UnknownLabel
    from hooks.mechanism import Mechanism
    from hooks.points import HookPoint
    from hooks.recording import MECHANISMS, Recording, capture, record
    from hooks.stacking import chains, stack

_HOMES = {
    "recording": ("MECHANISMS", "Recording", "capture", "record"),
    "edits": (
        *("EVERY", "Edit", "Where", "averaged", "donated", "noted", "replaced", "resampled"),
        *("scaled", "zeroed"),
    ),
    "edited_passes": ("editing",),
    "errors": ("MechanismNotFound", "UnexpectedShape", "UnknownLabel"),
    "mechanism": ("Mechanism",),
    "points": ("HookPoint",),
    "stacking": ("chains", "stack"),
}

__all__ = [
    "EVERY",
    "MECHANISMS",
    "Edit",
    "HookPoint",
    "Mechanism",
    "MechanismNotFound",
    "Recording",
    "UnexpectedShape",
    "UnknownLabel",
    "Where",
    "averaged",
    "capture",
    "chains",
    "donated",
    "editing",
    "noted",
    "record",
    "replaced",
    "resampled",
    "scaled",
    "stack",
    "zeroed",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module (PEP 562)."""
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"hooks.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'hooks' has no attribute '{name}'")
