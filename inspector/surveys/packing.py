"""A packed value is one that consists of arrays alone, written under the names of its fields."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self

import numpy as np


class Packed:
    """A dataclass of arrays, and of others such."""

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """All arrays by name, whole numbers as narrow as they fit."""
        found: dict[str, np.ndarray] = {}
        for entry in fields(self):  # type: ignore[arg-type]
            value = getattr(self, entry.name)
            name = f"{prefix}{entry.name}"
            found |= value.arrays(f"{name}.") if isinstance(value, Packed) else {name: _tight(value)}
        return found

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str = "") -> Self:
        """What `arrays` was of."""
        return cls(**{entry.name: _part(entry.type, arrays, f"{prefix}{entry.name}")
                      for entry in fields(cls)})  # type: ignore[arg-type]


def _part(kind: Any, arrays: Mapping[str, np.ndarray], name: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, Packed):
        return kind.of_arrays(arrays, f"{name}.")
    value = arrays[name]
    return value.astype(np.int64) if value.dtype.kind in "iu" else value


def _tight(value: np.ndarray) -> np.ndarray:
    if value.dtype.kind != "i" or not value.size or value.min() < 0:
        return value
    return value.astype(np.min_scalar_type(value.max()))
