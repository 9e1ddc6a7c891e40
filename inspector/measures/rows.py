"""Rows are shares of 1, each from a softmax, and what of them a picture shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from inspector.measures.axes import axes

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
    """

    weight: xr.DataArray
    over: str
    average: tuple[str, ...] = ()
    drawn: Mapping[str, Sequence] = field(default_factory=dict)

    @property
    def units(self) -> tuple[str, ...]:
        """Dims that tell one row of the picture from another."""
        return tuple(str(d) for d in self.weight.dims if d not in (self.over, *self.average))


@dataclass(frozen=True)
class Table:
    """Rows as numbers (unit, part, label): a unit is a row of the picture, the mean of its parts.

    Attributes:
        values: shares; NaN where there is no label.
        shown: whether the picture shows a unit.
        like: an array with the dims and labels of the units.
        drawn: what to select of it for the picture.
    """

    values: np.ndarray
    shown: np.ndarray
    like: xr.DataArray
    drawn: dict[str, list]

    @classmethod
    def of(cls, rows: Rows) -> "Table":
        """The numbers of labelled rows.

        Raises:
            ValueError: the weights lack a dim that is named.
        """
        _require_dims(rows)
        ordered = rows.weight.astype(np.float64).transpose(*rows.units, *rows.average, rows.over)
        like = ordered.isel(dict.fromkeys((*rows.average, rows.over), 0), drop=True)
        like = like.reset_coords(drop=True)
        shown = xr.ones_like(like, dtype=bool)
        for dim, labels in rows.drawn.items():
            shown = shown & like[dim].isin(list(labels))
        values = ordered.values.reshape(like.size, -1, ordered.shape[-1])
        drawn = {dim: list(labels) for dim, labels in rows.drawn.items()}
        return cls(values, shown.transpose(*like.dims).values.ravel(), like, drawn)

    @property
    def present(self) -> np.ndarray:
        """Where there is a share."""
        return np.isfinite(self.values)

    def kept(self, unit: int) -> np.ndarray:
        """The shares (part, label) of one unit, without what is absent."""
        values = self.values[unit]
        there = np.isfinite(values)
        return values[there.any(axis=1)][:, there.any(axis=0)]

    def parts(self, unit: int) -> int:
        """How many rows one unit is the mean of."""
        return len(self.kept(unit))

    def length(self, unit: int) -> int:
        """How many labels a row has."""
        return self.kept(unit).shape[1]

    def labelled(self, numbers: np.ndarray) -> xr.DataArray:
        """Numbers (unit) or (quantile, unit) under the labels of the rows that are shown."""
        return self.described({"numbers": numbers})["numbers"].rename(None)

    def described(self, found: Mapping[str, np.ndarray]) -> xr.Dataset:
        """Several such numbers by name, which is quicker than to select each by itself."""
        dims, shape = self.like.dims, self.like.shape
        variables = {
            name: (
                (*(("quantile",) if numbers.ndim > 1 else ()), *dims),
                numbers.reshape(*numbers.shape[:-1], *shape),
            )
            for name, numbers in found.items()
        }
        return xr.Dataset(variables, coords=self.like.coords).sel(self.drawn)


def other_spreads(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Spread of the logits of all other units, and its degrees of freedom, (unit) each."""
    logits = np.log(np.maximum(np.where(table.present, table.values, 1.0), _TINY))
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
