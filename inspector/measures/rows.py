"""Rows are shares of 1, each from a softmax, and what of them a picture shows."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from inspector.measures.axes import axes

T = TypeVar("T")

_TINY = float(np.finfo(np.float32).tiny)
"""What stands for a share of 0, which has no logarithm."""


@dataclass(frozen=True)
class Rows:
    """Softmax rows, and what of them a picture shows.

    Attributes:
        weight: shares that sum to 1 along `over`; NaN where there is no label. Rows that are not
            shown belong here too: they tell the spread of the logits.
        over: the dim along which the softmax was taken.
        average: dims over which the picture averages, such as ("head",).
        drawn: labels of the rows that the picture shows, by dim; all of a dim that is not named.
        kept: what was made of the weights and may be asked for again, see `once`.
    """

    weight: xr.DataArray
    over: str
    average: tuple[str, ...] = ()
    drawn: Mapping[str, Sequence] = field(default_factory=dict)
    kept: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def showing(self, drawn: Mapping[str, Sequence], average: tuple[str, ...] = ()) -> "Rows":
        """Other rows of the same weights; what was made of these serves both."""
        return replace(self, average=average, drawn=drawn)

    def once(self, name: Hashable, make: Callable[[], T], *, every: bool = False) -> T:
        """Makes something of the rows, unless it was made before; it is read, never changed.

        Args:
            name: of what is made.
            make: makes it.
            every: whether it is the same whichever rows are drawn.
        """
        drawn = () if every else tuple((dim, tuple(ones)) for dim, ones in self.drawn.items())
        key = name, self.over, self.average, drawn
        if key not in self.kept:
            self.kept[key] = make()
        found: T = self.kept[key]
        return found

    @property
    def units(self) -> tuple[str, ...]:
        """Dims that tell one row of the picture from another."""
        return tuple(str(d) for d in self.weight.dims if d not in (self.over, *self.average))


@dataclass(frozen=True)
class Table:
    """Rows as numbers (unit, part, label): a unit is a row of the picture, the mean of its parts.

    Attributes:
        values: shares; NaN where there is no label.
        shown: numbers of the units that the picture shows, under their labels.
    """

    values: np.ndarray
    shown: xr.DataArray

    @classmethod
    def of(cls, rows: Rows) -> "Table":
        """The numbers of labelled rows.

        Raises:
            ValueError: the weights lack a dim that is named.
            KeyError: they lack a label that is drawn.
        """
        _require_dims(rows)
        whole = rows.once("table", lambda: cls._whole(rows), every=True)
        drawn = {dim: list(labels) for dim, labels in rows.drawn.items()}
        return cls(whole.values, whole.shown.sel(drawn))

    @classmethod
    def _whole(cls, rows: Rows) -> "Table":
        """All units, whichever are drawn."""
        ordered = rows.weight.transpose(*rows.units, *rows.average, rows.over)
        like = ordered.isel(dict.fromkeys((*rows.average, rows.over), 0), drop=True)
        like = like.reset_coords(drop=True)
        numbers = xr.DataArray(np.arange(like.size).reshape(like.shape), like.coords, like.dims)
        return cls(ordered.values.reshape(like.size, -1, ordered.shape[-1]), numbers)

    @property
    def present(self) -> np.ndarray:
        """Where there is a share."""
        return np.isfinite(self.values)

    def kept(self, unit: int) -> np.ndarray:
        """The shares (part, label) of one unit, without what is absent."""
        values = self.values[unit]
        there = np.isfinite(values)
        return values[there.any(axis=1)][:, there.any(axis=0)].astype(np.float64)

    def parts(self, unit: int) -> int:
        """How many rows one unit is the mean of."""
        return len(self.kept(unit))


def other_spreads(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Spread of the logits of all other units, and its degrees of freedom, (unit) each."""
    shares = np.where(table.present, table.values, 1.0).astype(np.float64)
    logits = np.log(np.maximum(shares, _TINY))
    counts = table.present.sum(axis=-1)
    means = (logits * table.present).sum(axis=-1) / np.maximum(counts, 1)
    squares = (((logits - means[..., None]) * table.present) ** 2).sum(axis=(-1, -2))
    freedom = np.maximum(counts - 1, 0).sum(axis=-1)
    others = freedom.sum() - freedom
    return np.sqrt((squares.sum() - squares).clip(0) / np.maximum(others, 1)), others


def _require_dims(rows: Rows) -> None:
    missing = {rows.over, *rows.average, *rows.drawn} - set(map(str, rows.weight.dims))
    if missing:
        raise ValueError(
            f"expected weights with the dims {axes(sorted(missing))}, got {axes(rows.weight.dims)}."
        )
