"""A retrieval is how an MRLA layer divides its attention over itself and the layers before it.

The measures take the layers of one chain, stacked: row t of ``weight`` reaches t layers and is NaN
beyond. Rows of different length differ by construction; `ratio_to_uniform` and the value that equal
weights would give are what they can be read against.
"""

from collections.abc import Hashable

import numpy as np
import xarray as xr
from scipy.special import rel_entr

from inspector.measures.axes import axes
from inspector.measures.spread import uniform_weight

SOURCE = "retrieved_layer"


def retrieval_distance(weight: xr.DataArray) -> xr.DataArray:
    """How far back a layer retrieves on average: ``sum_s a_t[s] (t - s)``, in layers.

    Args:
        weight: (layer, retrieved_layer, ...), each row summing to 1; ``retrieved_layer`` in depth
            order, as ``hooks.stack`` leaves it.

    Returns:
        The dims of `weight` without ``retrieved_layer``; 0 for the layer itself, at most t - 1,
        which equal weights halve.

    Raises:
        ValueError: a dim is missing, or a layer is not among the retrieved ones.
    """
    _require_stack(weight)
    names = weight[SOURCE].values.tolist()
    missing = [name for name in weight["layer"].values.tolist() if name not in names]
    if missing:
        raise ValueError(
            f"expected every layer among those that are retrieved, but '{missing[0]}' is not: "
            "stack whole chains, one at a time."
        )
    own, place = (
        xr.DataArray([names.index(name) for name in weight[dim].values.tolist()], dims=dim)
        for dim in ("layer", SOURCE)
    )
    total = (weight.astype(np.float64) * (own - place)).sum(SOURCE, min_count=1)
    return total.rename("distance").assign_attrs(
        long_name="mean retrieval distance", units="layers"
    )


def ratio_to_uniform(weight: xr.DataArray, over: str = SOURCE) -> xr.DataArray:
    """Weight over what it would be if all t labels within reach had the same: ``t a_t[s]``.

    Args:
        weight: shares of 1 along `over`.
        over: the dim along which the labels lie.

    Returns:
        The dims of `weight`; from 0 to t, 1 for an even share, NaN where `weight` is NaN.
    """
    ratio = weight.values.astype(np.float64) / uniform_weight(weight, over).values
    told = {"long_name": "ratio to uniform", "units": "1"}
    return xr.DataArray(ratio, weight.coords, weight.dims, "ratio", told)


def retrieved_norm(weight: xr.DataArray, value_norm: xr.DataArray) -> xr.DataArray:
    """Weight times the norm of the value that it weighs: ``a_t[s] |V_s|`` is ``|a_t[s] V_s|``.

    After Kobayashi et al., "Attention is Not Only a Weight", EMNLP 2020 (arXiv 2004.10102).

    Args:
        weight: (layer, head, retrieved_layer, ...).
        value_norm: (layer, head, ...), of each layer's own value.

    Returns:
        The dims of `weight`, at least 0, in feature units; NaN where `weight` is NaN.
    """
    _require_stack(weight)
    norm = value_norm.astype(np.float64).rename(layer=SOURCE).reindex({SOURCE: weight[SOURCE]})
    size = (weight.astype(np.float64) * norm).transpose(*weight.dims)
    return size.rename("norm").assign_attrs(long_name="weight x value norm", units="feature units")


def neighbour_divergence(weight: xr.DataArray) -> xr.Dataset:
    """How differently a layer retrieves from the layer before it, on what both of them reach.

    A row is one longer than the row before it. Both are cut to the layers that both reach and
    divided by their sum there, p (the earlier row) and q (the later): ``KL(p || q)``. What the
    later row keeps for the layer that only it reaches is left out, and told by ``shared``.

    Args:
        weight: (layer, retrieved_layer, ...), layers in depth order, shares of 1.

    Returns:
        The dims of `weight` without ``retrieved_layer``: ``divergence`` in nats, 0 for equal rows,
        infinite where only the earlier row retrieves, NaN for the first layer and where the later
        row retrieves nothing of it; ``shared``, the share of the later row that was compared;
        ``reach``, how many layers both reach (with 1 the divergence is 0 by construction).
    """
    _require_stack(weight)
    later = weight.astype(np.float64)
    earlier = later.shift(layer=1)
    both = earlier.notnull() & later.notnull()
    p, q = (_shares(row.where(both)) for row in (earlier, later))
    divergence = xr.apply_ufunc(rel_entr, p, q).sum(SOURCE, min_count=1)
    shared, reach = later.where(both).sum(SOURCE, min_count=1), both.sum(SOURCE)
    return xr.Dataset(
        {
            "divergence": divergence.assign_attrs(
                long_name="divergence from the row before", units="nats"
            ),
            "shared": shared.assign_attrs(long_name="share compared", units="share of 1"),
            "reach": reach.assign_attrs(long_name="layers both reach", units="1"),
        }
    )


def key_similarity(key: xr.DataArray) -> xr.DataArray:
    """Cosine between the keys of every two layers of a chain, per head.

    Args:
        key: (layer, feature, ...).

    Returns:
        (layer, other_layer, ...) from -1 to 1, without ``feature``; 1 for a layer and itself, NaN
        where a key is 0. Keys of d independent features would scatter by ``1 / sqrt(d)`` around 0.
    """
    wide = key.astype(np.float64)
    length = (wide**2).sum("feature", skipna=False) ** 0.5
    unit = wide / length.where(length > 0)
    other = unit.rename(layer="other_layer")
    cosine = (unit * other).sum("feature", skipna=False).clip(-1.0, 1.0)
    rest = [dim for dim in key.dims if dim not in ("layer", "feature")]
    found = cosine.transpose("layer", "other_layer", *rest).rename("similarity")
    found["other_layer"].attrs["long_name"] = "other layer"
    return found.assign_attrs(long_name="cosine of keys", units="1")


def _shares(row: xr.DataArray) -> xr.DataArray:
    total = row.sum(SOURCE, min_count=1)
    return row / total.where(total > 0)


def _require_stack(weight: xr.DataArray) -> None:
    missing: list[Hashable] = [dim for dim in ("layer", SOURCE) if dim not in weight.dims]
    if missing:
        raise ValueError(
            f"expected dims 'layer' and '{SOURCE}', got {axes(weight.dims)}: "
            "stack the layers of a chain first (hooks.stack)."
        )
