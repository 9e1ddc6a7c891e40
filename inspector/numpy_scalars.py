"""A numpy scalar is a number as training scripts leave it beside their weights: a best accuracy.

A pickle rebuilds it by two of numpy's own functions, which also take types that hold objects. So
numpy is not let near a file: what stands here takes their names, and makes plain Python numbers.
"""

import re
from pickle import UnpicklingError

import numpy as np

_NUMBER = re.compile(r"(?:b1|[iu][1248]|f[248])")
"""Types of true or false, integers and floats, as numpy writes them into a file."""
_ORDERS = ("<", ">", "|", "=")


class _Type:
    """What a file says of the type of a number: its code and its byte order."""

    def __init__(self, code: str, *_flags: object) -> None:
        if not isinstance(code, str) or not _NUMBER.fullmatch(code):
            # as torch says it of what it does not know
            raise UnpicklingError(f"GLOBAL numpy.dtype was asked for {code!r}, which is no number.")
        self.code, self.order = code, "="

    def __setstate__(self, state: tuple) -> None:
        _version, order, *_rest = state
        self.order = order if order in _ORDERS else "="


def _number(kind: _Type, raw: bytes) -> float:
    """Returns the number, a bool or an int where it is one, of its bytes."""
    if not isinstance(kind, _Type):
        raise UnpicklingError("Expected the type of a number.")
    found: float = np.frombuffer(raw, kind.order + kind.code).item()
    return found


STAND_INS = (
    (_Type, "numpy.dtype"),
    (_number, "numpy._core.multiarray.scalar"),
    (_number, "numpy.core.multiarray.scalar"),  # before numpy 2
)
"""What is called in place of numpy, and by which names files call it."""
