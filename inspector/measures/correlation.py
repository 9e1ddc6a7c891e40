"""The correlation of two layers says how alike their attention was on the same images.

The idea is that of the DIA paper (arXiv:2210.16101), whose abstract reports a figure without saying
over which vectors; the three definitions here are this project's.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Literal, get_args

import numpy as np
import xarray as xr

from inspector.measures.axes import axes, words

Definition = Literal["per_image", "pooled", "centred"]

MIN_VALUES = 3
"""Pearson's coefficient of two values is always 1, -1 or undefined, so it needs at least three."""

ROUNDING_STEPS = 8
"""A vector within this many rounding steps of constant is constant.

A captured value is the end of a chain of additions that each round once, so numbers that are equal
on paper differ by a few steps (machine epsilon times the largest magnitude) in memory.
"""


def inter_layer_correlation(
    vectors: Mapping[str, xr.DataArray], definition: Definition = "per_image"
) -> xr.Dataset:
    """Pearson correlation of what every two layers did to the same images.

    ``per_image``: Pearson over the features of one image, then the mean over images.
    ``pooled``: Pearson over the joined (image, feature) axis.
    ``centred``: as pooled, after each feature's mean over images is subtracted. A gate that hardly
    depends on the image scores near 1 on the first two and says nothing about images; this one
    asks whether two layers deviate together.

    Two layers are compared on the labels that both have (names are matched; a numbered dim must
    have the same numbers in both, since channel 3 of 64 is not channel 3 of 128). A feature that is
    missing in some image is left out for all.

    Args:
        vectors: layer name to an array with dim ``sample`` and any others, in depth order.
        definition: one of the three above.

    Returns:
        Dims (layer, other_layer): ``correlation`` from -1 to 1, NaN where undefined; ``n``, the
        values behind one coefficient; ``images``, the images it rests on; ``reason``, why it is
        undefined, or "".

    Raises:
        ValueError: an unknown definition, no layer, or layers captured from other images.
    """
    _require_definition(definition)
    _require_same_images(vectors)
    names = list(vectors)
    layers = {name: _Layer.of(values) for name, values in vectors.items()}
    cells = {}
    for a, b in combinations_with_replacement(names, 2):
        cells[a, b] = cells[b, a] = _correlate(layers[a], layers[b], definition)

    def table(field: str) -> tuple[tuple[str, str], np.ndarray]:
        rows = [[getattr(cells[a, b], field) for b in names] for a in names]
        return ("layer", "other_layer"), np.array(rows)

    data = xr.Dataset({name: table(name) for name in ("correlation", "n", "images", "reason")})
    return _described(data.assign_coords(layer=names, other_layer=names), definition)


def pair_mean(correlation: xr.DataArray) -> float:
    """Mean of `correlation` over the pairs of different layers that have a value; NaN for none."""
    above = np.triu_indices(correlation.sizes["layer"], k=1)
    pairs = correlation.transpose("layer", "other_layer").values[above]
    defined = pairs[np.isfinite(pairs)]
    return float(defined.mean()) if defined.size else float("nan")


@dataclass(frozen=True)
class _Cell:
    """One entry of the correlation matrix and what it rests on."""

    correlation: float
    n: int
    images: int
    reason: str = ""


@dataclass(frozen=True)
class _Layer:
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
    def of(cls, values: xr.DataArray) -> "_Layer":
        rest = sorted((dim for dim in values.dims if dim != "sample"), key=str)
        ordered = values.transpose("sample", *rest)
        indexes = {dim: values.get_index(dim) for dim in ordered.dims}
        kind = values.dtype if values.dtype.kind == "f" else np.dtype(np.float64)
        return cls(
            ordered.values.astype(np.float64),
            {dim: index.tolist() for dim, index in indexes.items()},
            frozenset(dim for dim, index in indexes.items() if index.dtype.kind in "iufb"),
            float(np.finfo(kind).eps),
        )


def _correlate(one: _Layer, other: _Layer, definition: Definition) -> _Cell:
    """The coefficient of two layers under `definition`, or NaN with a reason."""
    reason = _incomparable(one, other)
    if reason:
        return _Cell(float("nan"), 0, 0, reason)
    a, b = _matrix(one, other), _matrix(other, one)
    present = np.isfinite(a).all(axis=0) & np.isfinite(b).all(axis=0)
    a, b = a[:, present], b[:, present]
    floors = _rounding(a, one.step), _rounding(b, other.step)
    if definition == "per_image":
        return _mean_over_images(a, b, floors)
    if definition == "centred":
        if len(a) < 2:
            return _Cell(float("nan"), a.size, len(a), "needs at least 2 images")
        a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    value, reason = _pearson(a.ravel(), b.ravel(), floors)
    return _Cell(value, a.size, len(a), reason)


def _mean_over_images(a: np.ndarray, b: np.ndarray, floors: tuple[float, float]) -> _Cell:
    """Mean over the images whose coefficient exists; `images` says how many those are."""
    found = [_pearson(row, other, floors) for row, other in zip(a, b, strict=True)]
    values = [value for value, reason in found if not reason]
    if not values:
        reason = found[0][1] if found else "no image"
        return _Cell(float("nan"), a.shape[1], 0, reason)
    return _Cell(float(np.mean(values)), a.shape[1], len(values))


def _pearson(a: np.ndarray, b: np.ndarray, floors: tuple[float, float]) -> tuple[float, str]:
    """Pearson's coefficient of two vectors, or NaN and the reason why there is none."""
    if a.size < MIN_VALUES:
        return float("nan"), f"needs at least {MIN_VALUES} shared values, has {a.size}"
    a, b = a - a.mean(), b - b.mean()
    if np.abs(a).max() <= floors[0] or np.abs(b).max() <= floors[1]:
        return float("nan"), "zero variance: the values of a layer are all the same"
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(min(max(cosine, -1.0), 1.0)), ""


def _rounding(matrix: np.ndarray, step: float) -> float:
    """The deviation from constant that rounding in steps of this relative size can make."""
    return ROUNDING_STEPS * step * float(np.abs(matrix).max(initial=0.0))


def _matrix(layer: _Layer, other: _Layer) -> np.ndarray:
    """Matrix (sample, feature) of the labels that `other` has too, in one order for both."""
    values = layer.values
    for axis, (dim, labels) in enumerate(layer.labels.items()):
        if labels != other.labels[dim]:
            # Not `xr.align`, which takes milliseconds for each of hundreds of pairs.
            places = {label: place for place, label in enumerate(labels)}
            shared = sorted(places.keys() & set(other.labels[dim]))
            values = values.take([places[label] for label in shared], axis)
    return values.reshape(len(values), -1)


def _incomparable(one: _Layer, other: _Layer) -> str:
    """Why two layers have no common axes, or ""."""
    if one.labels.keys() != other.labels.keys():
        return f"different axes: {axes(one.labels)} and {axes(other.labels)}"
    for dim in one.numbered:
        a, b = one.labels[dim], other.labels[dim]
        if a != b:
            return f"{words(dim)}: {len(a)} and {len(b)} do not correspond"
    return ""


def _described(data: xr.Dataset, definition: Definition) -> xr.Dataset:
    data.attrs["definition"] = definition
    data["correlation"].attrs = {"long_name": "Pearson correlation", "units": "1"}
    data["n"].attrs = {"long_name": "values per coefficient"}
    data["images"].attrs = {"long_name": "images"}
    data["reason"].attrs = {"long_name": "undefined because"}
    data["layer"].attrs["long_name"] = "layer"
    data["other_layer"].attrs["long_name"] = "other layer"
    return data


def _require_definition(definition: str) -> None:
    if definition not in get_args(Definition):
        known = ", ".join(get_args(Definition))
        raise ValueError(f"expected a definition out of {known}; got '{definition}'.")


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
