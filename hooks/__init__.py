"""Forward hooks become labelled arrays: what layer attention did in one pass, proven.

>>> from hooks import capture
>>> # tree = capture(model, batch); tree["mrla"]["stages.2.5"]["weight"]
"""

from hooks.capture import MECHANISMS, Recording, capture, record, stack
from hooks.edits import Edit, Where, averaged, replaced, resampled, zeroed
from hooks.errors import MechanismNotFound, UnexpectedShape, UnknownLabel
from hooks.mechanism import Mechanism
from hooks.points import HookPoint

__all__ = [
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
    "record",
    "replaced",
    "resampled",
    "stack",
    "zeroed",
]
