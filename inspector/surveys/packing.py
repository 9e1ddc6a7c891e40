"""A packed value is one that consists of arrays alone, written under the names of its fields."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self, get_type_hints

import numpy as np


class Packed:
    """A dataclass of arrays, and of others such.

    Whole numbers come back as narrow as they were written; what adds them up widens them.
    """

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """All arrays by name, whole numbers as narrow as they fit."""
        found: dict[str, np.ndarray] = {}
        for entry in fields(self):  # type: ignore[arg-type]
            value = getattr(self, entry.name)
            name = f"{prefix}{entry.name}"
            found |= (
                value.arrays(f"{name}.") if isinstance(value, Packed) else {name: _tight(value)}
            )
        return found

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str = "") -> Self:
        """What `arrays` was of."""
        kinds = get_type_hints(cls)
        return cls(**{name: _part(kind, arrays, f"{prefix}{name}") for name, kind in kinds.items()})


def _part(kind: Any, arrays: Mapping[str, np.ndarray], name: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, Packed):
        return kind.of_arrays(arrays, f"{name}.")
    return arrays[name]


def _tight(value: np.ndarray) -> np.ndarray:
    if value.dtype.kind != "i" or not value.size or value.min() < 0:
        return value
    return value.astype(np.min_scalar_type(value.max()))
