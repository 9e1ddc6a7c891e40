"""A rollout is what the attentions of a chain come to together, if half of each token passes by.

Abnar & Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020 (arXiv 2005.00928). From the
weights W of layer l, averaged over heads:

    A_l = (W_l + 1) / 2, each row divided by its sum
    rollout = A_L ... A_2 A_1
"""

from collections.abc import Iterable
from functools import reduce

import numpy as np
import xarray as xr

from inspector.measures.axes import axes

DIMS = ("head", "query", "key")


def rollout(weights: Iterable[xr.DataArray]) -> xr.DataArray:
    """Shares of the first layer's tokens (key) in the last one's (query), by the product alone.

    Args:
        weights: of each layer (head, query, key), the first layer first; as many queries as keys.

    Returns:
        (query, key), shares of 1: each row sums to 1.

    Raises:
        ValueError: there is no layer, an axis is missing or left over, or queries are missing.
    """
    layers = list(weights)
    if not layers:
        raise ValueError("a rollout needs the weights of at least one layer, got none.")
    mixed = reduce(lambda before, weight: _mixing(weight) @ before, layers, np.eye(_tokens(layers)))
    attributes = {"long_name": "attention rollout", "units": "share of 1"}
    last = layers[-1].isel(head=0, drop=True).transpose("query", "key")
    return last.copy(data=mixed).rename("rollout").assign_attrs(attributes)


def _tokens(layers: Iterable[xr.DataArray]) -> int:
    """The number of tokens, the same in every layer."""
    for weight in layers:
        if set(weight.dims) != set(DIMS):
            raise ValueError(f"a rollout needs weights over {axes(DIMS)}, got {axes(weight.dims)}.")
    counts = {weight.sizes[dim] for weight in layers for dim in ("query", "key")}
    if len(counts) > 1:
        raise ValueError(
            "a rollout needs every query, and the same tokens in each layer; got axes of "
            f"{', '.join(map(str, sorted(counts)))} tokens. Capture with detail='full'."
        )
    return counts.pop()


def _mixing(weight: xr.DataArray) -> np.ndarray:
    mean = weight.astype(np.float64).mean("head").transpose("query", "key").values
    passing = (mean + np.eye(len(mean))) / 2
    return passing / passing.sum(axis=1, keepdims=True)
