"""A memory is the learnt vectors of a layer's slots; its Gram matrix says how alike they point."""

import numpy as np
import xarray as xr
from scipy.special import gammaln

from inspector.measures.axes import axes

DIMS = ("slot", "feature")


def cosine_gram(memory: xr.DataArray, other: xr.DataArray | None = None) -> xr.DataArray:
    """Cosine of every vector of a memory with every vector of another, (slot, other_slot).

    Args:
        memory: one vector per slot, (slot, feature).
        other: the memory to compare with, of as many features; by default `memory` itself.

    Returns:
        From -1 to 1; NaN for a vector of length 0, which has no direction.

    Raises:
        ValueError: an axis is missing or left over, or the numbers of features differ.
    """
    rows, columns = _directions(memory), _directions(memory if other is None else other)
    if rows.shape[1] != columns.shape[1]:
        raise ValueError(
            "expected memories of vectors of one length, got "
            f"{rows.shape[1]} and {columns.shape[1]} features."
        )
    return xr.DataArray(
        np.clip(rows @ columns.T, -1.0, 1.0),
        dims=("slot", "other_slot"),
        coords={"slot": np.arange(len(rows)), "other_slot": np.arange(len(columns))},
        name="cosine",
        attrs={"long_name": "cosine", "units": "1"},
    )


def mean_between_slots(gram: xr.DataArray) -> float:
    """Mean size of the cosines of different slots; NaN if there are none."""
    values = gram.transpose("slot", "other_slot").values
    sizes = np.abs(values[np.arange(len(values))[:, None] != np.arange(values.shape[1])])
    sizes = sizes[np.isfinite(sizes)]
    return float(sizes.mean()) if sizes.size else float("nan")


def random_cosine(features: int) -> float:
    """Mean size of the cosine of two random directions in so many dimensions.

    The first coordinate of a point drawn evenly from the sphere has the mean size
    gamma(d / 2) / (sqrt(pi) gamma((d + 1) / 2)).
    """
    ratio = gammaln(features / 2) - gammaln((features + 1) / 2)
    return float(np.exp(ratio) / np.sqrt(np.pi))


def _directions(memory: xr.DataArray) -> np.ndarray:
    """Vectors of length 1 (slot, feature); NaN for those of length 0."""
    if set(memory.dims) != set(DIMS):
        raise ValueError(f"expected a memory over {axes(DIMS)}, got {axes(memory.dims)}.")
    vectors = memory.transpose(*DIMS).values.astype(np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, np.nan)
