"""A measure is a number that sums up labelled attention: its spread, its mass, its correlation.

Pure functions of labelled arrays, computed in float64. NaN means "not applicable" (a layer beyond
reach, a padded head) and is left out; where nothing is left the answer is NaN, never 0.
The correlation of layers follows the idea of the DIA paper (arXiv:2210.16101), whose abstract
reports it without saying over which vectors; the three definitions here are this project's.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Literal, get_args

import numpy as np
import xarray as xr
from scipy.special import entr

Definition = Literal["per_image", "pooled", "centred"]

MIN_VALUES = 3
"""Pearson's coefficient of two values is always 1, -1 or undefined, so it needs at least three."""

ROUNDING_STEPS = 8
"""A vector within this many rounding steps of constant is constant.

A captured value is the end of a chain of additions that each round once, so numbers that are equal
on paper differ by a few steps (machine epsilon times the largest magnitude) in memory.
"""


def entropy(weight: xr.DataArray, over: str) -> xr.DataArray:
    """Entropy ``-sum p ln p`` along `over`, in nats: 0 for one label, ``ln t`` for t equal ones.

    Rows of different length t have different largest entropies, so compare them with
    `uniform_weight` or with a random twin of the model, not with each other.

    Args:
        weight: shares of 1 along `over`; NaN where there is nothing to share.
        over: the dim that is summed away.

    Returns:
        The dims of `weight` without `over`; NaN where all shares are NaN.

    Raises:
        ValueError: a share is negative, or shares do not sum to 1 within 0.001.
    """
    _require_shares(weight, over)
    total = xr.apply_ufunc(entr, weight.astype(np.float64)).sum(over, skipna=True, min_count=1)
    return total.rename("entropy").assign_attrs(long_name="entropy", units="nats")


def effective_number(weight: xr.DataArray, over: str) -> xr.DataArray:
    """How many equal shares would be as spread out: ``exp(entropy)``, from 1 to t.

    Args:
        weight: shares of 1 along `over`, as for `entropy`.
        over: the dim that is summed away.
    """
    number = xr.apply_ufunc(np.exp, entropy(weight, over))
    return number.rename("effective_number").assign_attrs(
        long_name=f"effective number of {_words(over)}s", units="1"
    )


def uniform_weight(weight: xr.DataArray, over: str) -> xr.DataArray:
    """The share ``1/t`` that each of the t labels within reach would get if all got the same.

    Returns:
        The dims of `weight`; NaN where `weight` is NaN.
    """
    share = 1.0 / weight.notnull().sum(over).astype(np.float64)
    even = share.where(weight.notnull()).transpose(*weight.dims)
    return even.rename("uniform_weight").assign_attrs(long_name="uniform weight", units="1")


def slot_mass(affinity: xr.DataArray) -> xr.DataArray:
    """Affinity that each memory slot receives from all tokens: ``sum over token``, in tokens.

    After both normalisations of external attention every token hands out 1 in all, so the masses
    of a head sum to the number of tokens.
    """
    mass = affinity.astype(np.float64).sum("token", skipna=True, min_count=1)
    return mass.rename("slot_mass").assign_attrs(long_name="slot mass", units="tokens")


def quantiles(
    values: xr.DataArray, over: str, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)
) -> xr.DataArray:
    """Quantiles along `over` (linear interpolation), dims ``quantile`` and the rest of `values`.

    Returns:
        In the unit of `values`; NaN where all values are NaN.
    """
    filled = values.astype(np.float64)
    defined = filled.notnull().any(over)
    # A stand-in for rows without a value keeps numpy from warning; it is taken out again.
    found = filled.where(defined, 0.0).quantile(list(levels), dim=over, keep_attrs=True)
    return found.where(defined)


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
    cells = {}
    for a, b in combinations_with_replacement(names, 2):
        cells[a, b] = cells[b, a] = _correlate(vectors[a], vectors[b], definition)

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


def _correlate(one: xr.DataArray, other: xr.DataArray, definition: Definition) -> _Cell:
    """The coefficient of two layers under `definition`, or NaN with a reason."""
    reason = _incomparable(one, other)
    if reason:
        return _Cell(float("nan"), 0, 0, reason)
    a, b = (_matrix(part) for part in xr.align(one, other, join="inner"))
    present = np.isfinite(a).all(axis=0) & np.isfinite(b).all(axis=0)
    a, b = a[:, present], b[:, present]
    floors = _rounding(a, one), _rounding(b, other)
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
    return float(np.clip(cosine, -1.0, 1.0)), ""


def _rounding(matrix: np.ndarray, source: xr.DataArray) -> float:
    """The deviation from constant that rounding in the type of `source` alone can make."""
    kind = source.dtype if source.dtype.kind == "f" else np.dtype(np.float64)
    largest = float(np.abs(matrix).max(initial=0.0))
    return ROUNDING_STEPS * float(np.finfo(kind).eps) * largest


def _matrix(values: xr.DataArray) -> np.ndarray:
    """Float64 matrix (sample, feature); the features in the order of the sorted dim names."""
    rest = sorted((dim for dim in values.dims if dim != "sample"), key=str)
    ordered = values.transpose("sample", *rest).astype(np.float64)
    return ordered.values.reshape(values.sizes["sample"], -1)


def _incomparable(one: xr.DataArray, other: xr.DataArray) -> str:
    """Why two layers have no common axes, or ""."""
    if set(one.dims) != set(other.dims):
        return f"different axes: {_axes(one)} and {_axes(other)}"
    for dim in one.dims:
        a, b = one.get_index(dim), other.get_index(dim)
        if a.dtype.kind in "iufb" and not a.equals(b):
            return f"{_words(dim)}: {len(a)} and {len(b)} do not correspond"
    return ""


def _axes(values: xr.DataArray) -> str:
    return ", ".join(_words(dim) for dim in values.dims)


def _words(dim: Hashable) -> str:
    return str(dim).replace("_", " ")


def _described(data: xr.Dataset, definition: Definition) -> xr.Dataset:
    data.attrs["definition"] = definition
    data["correlation"].attrs = {"long_name": "Pearson correlation", "units": "1"}
    data["n"].attrs = {"long_name": "values per coefficient"}
    data["images"].attrs = {"long_name": "images"}
    data["reason"].attrs = {"long_name": "undefined because"}
    data["layer"].attrs["long_name"] = "layer"
    data["other_layer"].attrs["long_name"] = "other layer"
    return data


def _require_shares(weight: xr.DataArray, over: str) -> None:
    if over not in weight.dims:
        raise ValueError(f"expected a dim '{over}' to sum over, got {_axes(weight)}.")
    if (weight < 0).any():
        raise ValueError(
            f"entropy needs shares of at least 0 along '{over}', got {float(weight.min()):.4g}: "
            "signed weights have no entropy, show their sizes instead."
        )
    total = weight.astype(np.float64).sum(over, skipna=True, min_count=1)
    gap = abs(total - 1.0).max()
    if gap > 1e-3:
        raise ValueError(
            f"entropy needs shares that sum to 1 along '{over}', got sums from "
            f"{float(total.min()):.4g} to {float(total.max()):.4g}: divide by their sum first."
        )


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
            raise ValueError(f"expected a dim 'sample' in '{name}', got {_axes(values)}.")
    for name in others:
        if not vectors[name].get_index("sample").equals(vectors[first].get_index("sample")):
            raise ValueError(
                f"'{name}' and '{first}' were captured from different images: "
                "capture all layers in one pass."
            )
