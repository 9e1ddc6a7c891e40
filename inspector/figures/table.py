"""A table is what one panel draws: numbers in rows and columns whose labels are known."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from inspector.figures.text import dim_title, number, quantity

INFINITE = "undefined: infinite"
"""What is said of infinite values."""

JOINS = "beside"
"""Attribute of values to be seen beside those of the panel before; it holds that one's title."""


@dataclass(frozen=True)
class Panel:
    """Values to draw, with what else the reader should know of each cell.

    Attributes:
        values: the numbers that become colours; NaN where nothing applies.
        extras: further quantities for the hover text, by name; arrays over dims of `values`.
        marks: cells to mark, by what the mark means ("1 by construction"); boolean arrays.
        of_rows: a number for each row, to be written behind its label; an array over that dim.
        undefined: cells that apply but came to no number, by the reason ("a key is 0"); boolean
            arrays. Infinite values are undefined unasked.
    """

    values: xr.DataArray
    extras: Mapping[str, xr.DataArray] = field(default_factory=dict)
    marks: Mapping[str, xr.DataArray] = field(default_factory=dict)
    of_rows: xr.DataArray | None = None
    undefined: Mapping[str, xr.DataArray] = field(default_factory=dict)


Panels = xr.DataArray | Panel | Mapping[str, xr.DataArray] | Mapping[str, Panel]
"""One panel, or several by title."""


@dataclass(frozen=True)
class Side:
    """The labels along one axis of a panel, what they name, and what is written behind each."""

    title: str
    labels: list[str]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """Numbers (row, column) ready to be drawn.

    Attributes:
        name: title of the panel.
        dims: what runs down and what runs across.
        values: float32 (row, column).
        rows: labels from top to bottom.
        columns: labels from left to right.
        quantity: what the values are, with unit.
        extras: name to array (row, column).
        marks: meaning to boolean array (row, column).
        undefined: reason to boolean array (row, column), without any for which there is no cell.
        joins: whether it stands in the row of the panel before it, see `JOINS`.
    """

    name: str
    dims: tuple[str, str]
    values: np.ndarray
    rows: Side
    columns: Side
    quantity: str
    extras: dict[str, np.ndarray]
    marks: dict[str, np.ndarray]
    undefined: dict[str, np.ndarray]
    joins: bool = False

    @property
    def known(self) -> np.ndarray:
        """Where there is a number, boolean (row, column)."""
        return np.isfinite(self.values)

    @property
    def absent(self) -> np.ndarray:
        """Where nothing applies, boolean (row, column)."""
        return ~self.known & ~np.logical_or.reduce([*self.undefined.values(), self.known])


def tables(panels: Panels, *, x: Hashable, y: Hashable, figure: str) -> list[Table]:
    """The panels as tables with `y` down and `x` across.

    Args:
        panels: one or several labelled arrays.
        x: dim drawn from left to right.
        y: dim drawn from top to bottom.
        figure: name of the figure, for its errors.

    Raises:
        ValueError: nothing to draw, an axis that is missing or left over, or repeated labels.
    """
    named = panels if isinstance(panels, Mapping) else {"": panels}
    if not named:
        raise ValueError(f"{figure} got no panel: capture a layer that has this quantity first.")
    return [_table(name, _panel(item), (y, x), figure) for name, item in named.items()]


def require_dims(values: xr.DataArray, drawn: tuple[Hashable, ...], figure: str) -> None:
    """Refuses an array whose dims are not exactly those that `figure` draws."""
    does = f"{figure} draws {' and '.join(map(str, drawn))}"
    missing = [dim for dim in drawn if dim not in values.dims]
    if missing:
        got = ", ".join(map(str, values.dims)) or "a single number"
        raise ValueError(f"{does}; '{missing[0]}' is missing, got {got}.")
    for dim in values.dims:
        if dim not in drawn:
            one = str(dim).replace("_", " ")
            raise ValueError(
                f"{does}; '{dim}' is left over: select {_article(one)} {one} or average them first."
            )
    if not values.size:
        raise ValueError(f"{does}; the array is empty: {dict(values.sizes)}.")


def side(values: xr.DataArray, dim: Hashable) -> Side:
    """Labels along `dim`, as text; repeated ones would fall onto one cell, so they are refused."""
    labels = [f"{v:.9g}" if isinstance(v, float) else str(v) for v in values[dim].values.tolist()]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise ValueError(f"labels along '{dim}' must differ, got '{twice}' more than once.")
    return Side(dim_title(values, dim), labels)


def _panel(item: xr.DataArray | Panel) -> Panel:
    return item if isinstance(item, Panel) else Panel(item)


def _table(name: str, panel: Panel, dims: tuple[Hashable, Hashable], figure: str) -> Table:
    require_dims(panel.values, dims, figure)
    values = panel.values.transpose(*dims)
    numbers = values.values.astype(np.float32)
    return Table(
        name=name,
        dims=(str(dims[0]), str(dims[1])),
        values=numbers,
        rows=_noted(side(values, dims[0]), panel.of_rows, values.isel({dims[1]: 0}, drop=True)),
        columns=side(values, dims[1]),
        quantity=quantity(values),
        extras=_aligned(panel.extras, values),
        marks=_aligned(panel.marks, values),
        undefined=_undefined(numbers, _aligned(panel.undefined, values)),
        joins=bool(values.attrs.get(JOINS)),
    )


def _noted(rows: Side, numbers: xr.DataArray | None, column: xr.DataArray) -> Side:
    """Rows with a number each; a missing one is a dash."""
    if numbers is None:
        return rows
    matched = _aligned({quantity(numbers): numbers}, column)
    ((title, found),) = matched.items()
    notes = ["\N{EN DASH}" if np.isnan(value) else number(value) for value in found]
    return Side(f"{rows.title} \N{MIDDLE DOT} {title}", rows.labels, notes)


def _undefined(numbers: np.ndarray, reasons: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Where there is no number though one applies, by reason; single precision decides."""
    told = {reason: where & ~np.isfinite(numbers) for reason, where in reasons.items()}
    untold = np.isinf(numbers) & ~np.logical_or.reduce([*told.values(), np.isnan(numbers)])
    found = told | {INFINITE: untold}
    return {reason: where for reason, where in found.items() if where.any()}


def _aligned(arrays: Mapping[str, xr.DataArray], values: xr.DataArray) -> dict[str, Any]:
    """Arrays spread over the dims of `values`, label by label."""
    labels = values.indexes
    for name, array in arrays.items():
        if any(dim in labels and not labels[dim].equals(own) for dim, own in array.indexes.items()):
            raise ValueError(f"'{name}' has other labels than the values it explains.")
    # by hand, since xarray's own alignment takes longer than all else that a table needs
    return {
        name: array.variable.set_dims(dict(values.sizes)).transpose(*values.dims).values
        for name, array in arrays.items()
    }


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
