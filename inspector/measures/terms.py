"""A term is one of the parts that add up to what an MRLA layer puts out: a weight times a map.

Which parts there are depends on the form; with retrieval weight a, gate g, decay lambda, value V:

* base: ``o_t = sum_s a_t[s] V_s``, one term per retrieved layer.
* light, where its recurrence is known exactly (``exact_weight`` E and ``shortcut_weight`` C of
  ``hooks.unrolling``): the value of each layer, ``E_s V_s``; what its shortcut brought in besides,
  ``C_s (X_(s-1) + B_(s-1))``, as feature and as shift of the norm of the layer before; and the
  input of the chain, ``C_1 p_1``.
* light elsewhere (layer norms mix the channels): ``o_t = g_t V_t + lambda_t p_t``, two terms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

KINDS = {
    "value": "retrieved values",
    "feature": "earlier features",
    "shift": "shifts of earlier norms",
    "input": "input of the chain",
    "shortcut": "shortcut",
}
"""What a term is of, with titles for readers."""


@dataclass(frozen=True)
class Term:
    """One part of a layer's output.

    Attributes:
        kind: a key of ``KINDS``.
        source: the layer that it comes from.
        formula: what it is, in symbols.
        values: float64 (channel, y, x).
    """

    kind: str
    source: str
    formula: str
    values: np.ndarray


def output_terms(layers: Mapping[str, xr.Dataset], layer: str) -> Iterator[Term]:
    """The terms whose sum is ``output_map`` of a layer, one at a time.

    Args:
        layers: layer name to what ``hooks.retrieved_maps`` reads of one image, for `layer` and all
            that it retrieves from.
        layer: whose output it is.
    """
    own = layers[layer]
    if "weight" in own:
        return _base(layers, own)
    return _exact(layers, own) if "exact_weight" in own else _one_step(layer, own)


def _base(layers: Mapping[str, xr.Dataset], own: xr.Dataset) -> Iterator[Term]:
    for place, source in enumerate(_sources(own["weight"])):
        weight = _per_channel(own["weight"].isel(retrieved_layer=place), own)
        yield Term("value", source, "a_t[s] V_s", weight * _map(layers[source], "value_map"))


def _exact(layers: Mapping[str, xr.Dataset], own: xr.Dataset) -> Iterator[Term]:
    sources = _sources(own["exact_weight"])
    for place, source in enumerate(sources):
        weight = _factor(own["exact_weight"], place)
        yield Term("value", source, "E_t[s] V_s", weight * _map(layers[source], "value_map"))
    for place, source in enumerate(sources[:-1], start=1):
        weight = _factor(own["shortcut_weight"], place)
        feature, shift = _map(layers[source], "feature_map"), layers[source]["shift"].values
        yield Term("feature", source, "C_t[s+1] X_s", weight * feature)
        spread = np.broadcast_to(shift[:, None, None], feature.shape)
        yield Term("shift", source, "C_t[s+1] B_s", weight * spread)
    entered = _map(layers[sources[0]], "shortcut_map")
    yield Term("input", sources[0], "C_t[1] p_1", _factor(own["shortcut_weight"], 0) * entered)


def _one_step(layer: str, own: xr.Dataset) -> Iterator[Term]:
    gate = _per_channel(own["gate"], own)
    decay = own["decay"].values.astype(np.float64)[:, None, None]
    yield Term("value", layer, "g_t V_t", gate * _map(own, "value_map"))
    yield Term("shortcut", layer, "lambda_t p_t", decay * _map(own, "shortcut_map"))


def _sources(weight: xr.DataArray) -> list[str]:
    return [str(name) for name in weight["retrieved_layer"].values]


def _map(layer: xr.Dataset, name: str) -> np.ndarray:
    return layer[name].transpose("channel", "y", "x").values.astype(np.float64)


def _factor(weight: xr.DataArray, place: int) -> np.ndarray:
    """A weight per channel (channel, 1, 1) for one retrieved layer."""
    return weight.isel(retrieved_layer=place).values.astype(np.float64)[:, None, None]


def _per_channel(per_head: xr.DataArray, layer: xr.Dataset) -> np.ndarray:
    """Heads are contiguous channel groups: (head) to (channel, 1, 1)."""
    group = layer.sizes["channel"] // per_head.sizes["head"]
    return np.repeat(per_head.values.astype(np.float64), group)[:, None, None]
