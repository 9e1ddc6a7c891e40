"""A layer, to a measure, is what its attention did to each of some images: vectors with labels."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from inspector.measures.axes import axes, words

ROUNDING_STEPS = 8
"""A vector within this many rounding steps of constant is constant.

A captured value is the end of a chain of additions that each round once, so numbers that are equal
on paper differ by a few steps (machine epsilon times the largest magnitude) in memory.
"""


@dataclass(frozen=True)
class Layer:
    """One layer ready to be compared with many.

    Attributes:
        values: float64, ``sample`` first, the other axes in the order of the sorted dim names.
        labels: those of each axis, in the order of the axes.
        numbered: the dims whose labels are numbers.
        step: machine epsilon of the type that the values were captured in.
    """

    values: np.ndarray
    labels: dict[Hashable, list]
    numbered: frozenset[Hashable]
    step: float

    @classmethod
    def of(cls, values: xr.DataArray) -> "Layer":
        """The layer of an array with dim ``sample`` and any others.

        What was computed from a capture in higher precision says in its attribute
        ``captured_as`` which type the capture had.
        """
        rest = sorted((dim for dim in values.dims if dim != "sample"), key=str)
        ordered = values.transpose("sample", *rest)
        indexes = {dim: values.get_index(dim) for dim in ordered.dims}
        captured = np.dtype(values.attrs.get("captured_as", values.dtype))
        kind = captured if captured.kind == "f" else np.dtype(np.float64)
        return cls(
            ordered.values.astype(np.float64),
            {dim: index.tolist() for dim, index in indexes.items()},
            frozenset(dim for dim, index in indexes.items() if index.dtype.kind in "iufb"),
            float(np.finfo(kind).eps),
        )

    def matrix(self) -> "Matrix":
        """All values as (sample, feature), without the features that are missing in some image."""
        flat = self.values.reshape(len(self.values), -1)
        return Matrix.of(flat[:, _present(flat)], self.step)


@dataclass(frozen=True)
class Matrix:
    """Values (sample, feature), and the deviation from constant that rounding makes of them."""

    values: np.ndarray
    floor: float

    @classmethod
    def of(cls, values: np.ndarray, step: float) -> "Matrix":
        """A matrix of values that were captured with this machine epsilon."""
        return cls(values, ROUNDING_STEPS * step * float(np.abs(values).max(initial=0.0)))


def layers_of(vectors: Mapping[str, xr.DataArray]) -> dict[str, Layer]:
    """The layers of arrays by name, in the same order.

    Raises:
        ValueError: no layer, an array without the dim ``sample``, or other images in some layer.
    """
    _require_same_images(vectors)
    return {name: Layer.of(values) for name, values in vectors.items()}


def incomparable(one: Layer, other: Layer) -> str:
    """Why the values of two layers cannot be paired label by label, or ""."""
    if one.labels.keys() != other.labels.keys():
        return f"different axes: {axes(one.labels)} and {axes(other.labels)}"
    for dim, labels in one.labels.items():
        others = other.labels[dim]
        if dim in one.numbered and labels != others:
            return f"{words(dim)}: {len(labels)} and {len(others)} do not correspond"
        if not set(labels) & set(others):
            return f"{words(dim)}: the two layers have none in common"
    return ""


def matched(one: Layer, other: Layer) -> tuple[Matrix, Matrix]:
    """Values of both layers on the labels that both have, feature by feature in one order."""
    a, b = _shared(one, other), _shared(other, one)
    present = _present(a) & _present(b)
    return Matrix.of(a[:, present], one.step), Matrix.of(b[:, present], other.step)


def _present(values: np.ndarray) -> np.ndarray:
    return np.isfinite(values).all(axis=0)


def _shared(layer: Layer, other: Layer) -> np.ndarray:
    """Values (sample, feature) at the labels that `other` has too, in one order for both."""
    values = layer.values
    for axis, (dim, labels) in enumerate(layer.labels.items()):
        if labels != other.labels[dim]:
            # Not `xr.align`, which takes milliseconds for each of hundreds of pairs.
            places = {label: place for place, label in enumerate(labels)}
            shared = sorted(places.keys() & set(other.labels[dim]))
            values = values.take([places[label] for label in shared], axis)
    return values.reshape(len(values), -1)


def _require_same_images(vectors: Mapping[str, xr.DataArray]) -> None:
    """Every layer needs the same samples, or pairs would join different images."""
    if not vectors:
        raise ValueError("expected at least one layer to correlate, got none.")
    first, *others = vectors
    for name, values in vectors.items():
        if "sample" not in values.dims:
            raise ValueError(f"expected a dim 'sample' in '{name}', got {axes(values.dims)}.")
    for name in others:
        if not vectors[name].get_index("sample").equals(vectors[first].get_index("sample")):
            raise ValueError(
                f"'{name}' and '{first}' were captured from different images: "
                "capture all layers in one pass."
            )
