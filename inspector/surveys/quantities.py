"""A surveyed quantity is what is kept of a captured array: numbers that every picture has.

What `inspector.surveys.reducing` left of an array is averaged over queries too; shares that sum to
1 give their entropy as well, and so does the mass of slots. The dims and unit of an array decide,
not the mechanism that it is of.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from math import log

import numpy as np
import xarray as xr
from scipy.special import entr

from inspector.measures.slots import FIRST, MASS
from inspector.surveys.columns import Block, Labels

SHARED_OUT = ("retrieved_layer", "slot", "key")
"""Dims along which an attention hands out shares of 1."""
BOUNDS = {"share of 1": (0.0, 1.0), "-1 to 1": (-1.0, 1.0), FIRST["units"]: (0.0, 1.0)}
PREDICTION = "prediction"


@dataclass(frozen=True, eq=False)
class Surveyed:
    """One quantity of one layer for the pictures of a batch: (sample, column) and what it is."""

    values: np.ndarray
    block: Block


def surveyed(tree: xr.DataTree) -> Iterator[Surveyed]:
    """The quantities of every layer of a captured tree, in its order."""
    for mechanism, node in tree.children.items():
        for layer, leaf in node.children.items():
            # A DataArray of each would take longer to make than a small network takes for a layer.
            variables = leaf.variables
            for name, values in variables.items():
                if "sample" in values.dims and name not in values.dims:
                    at = (mechanism, layer, str(name))
                    yield from _of_array(_Array.of(values, variables, at))


def predicted(logits: np.ndarray) -> Iterator[Surveyed]:
    """Of logits (sample, class): the likeliest class's probability, the entropy of all of them."""
    wide = logits.astype(np.float64)
    shares = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    spread = _told("entropy of the prediction", "nats")
    yield _made(shares.max(axis=1), _output("confidence", _told("confidence", "share of 1")))
    most = log(logits.shape[1])
    yield _made(entr(shares).sum(axis=1), _output("entropy", spread, most))


@dataclass(frozen=True, eq=False)
class _Array:
    """A captured array, its axes by name, the sample first."""

    values: np.ndarray
    labels: Mapping[str, Labels]
    attrs: Mapping[str, str]
    at: tuple[str, str, str]

    @classmethod
    def of(
        cls,
        array: xr.Variable,
        beside: Mapping[Hashable, xr.Variable],
        at: tuple[str, str, str],
    ) -> "_Array":
        values = np.moveaxis(array.values, array.dims.index("sample"), 0)
        dims = [dim for dim in array.dims if dim != "sample"]
        labels = {str(dim): tuple(beside[dim].values.tolist()) for dim in dims}
        return cls(values, labels, {str(k): str(v) for k, v in array.attrs.items()}, at)

    def axis(self, dim: str) -> int:
        return 1 + list(self.labels).index(dim)

    def without(self, dim: str, values: np.ndarray) -> "_Array":
        """The array that ``values`` is, which have lost a dim."""
        left = {name: labels for name, labels in self.labels.items() if name != dim}
        return _Array(values, left, self.attrs, self.at)

    def mean(self, dim: str) -> "_Array":
        return self.without(dim, self.values.mean(axis=self.axis(dim), dtype=np.float32))


def _of_array(array: _Array) -> Iterator[Surveyed]:
    if "key" in array.labels:
        yield _entropy(array, "key")
    if "query" in array.labels:
        array = array.mean("query")
    if "retrieved_layer" in array.labels:
        yield _entropy(array, "retrieved_layer")
    yield _plain(array)
    if array.attrs.get("units") == MASS["units"]:
        yield _entropy(array, "slot")


def _plain(array: _Array) -> Surveyed:
    low, high = _bounds(array)
    small = any(len(array.labels.get(dim, ())) > 1 for dim in SHARED_OUT)
    scale = "signed" if low == high else "log" if small else "linear"
    return _made(array.values, _block(array, array.at[2], array.attrs, scale, (low, high)))


def _bounds(array: _Array) -> tuple[float, float]:
    """The range of what has one by definition; else 0 and 0."""
    unit = array.attrs.get("units", "")
    if unit == MASS["units"]:
        return 0.0, float(len(array.labels["slot"]))
    return BOUNDS.get(unit, (0.0, 0.0))


def _entropy(array: _Array, over: str) -> Surveyed:
    """Entropy of what is shared out along a dim, averaged over queries; nats."""
    axis = array.axis(over)
    total = array.values.sum(axis=axis, keepdims=True)
    shares = array.values / np.where(total > 0, total, np.float32(1))
    left = array.without(over, entr(shares).sum(axis=axis))
    left = left.mean("query") if "query" in left.labels else left
    most = log(max(len(array.labels[over]), 2))
    attrs = _told(f"entropy over {over.replace('_', ' ')}s", "nats")
    name = f"{array.at[2]}_entropy"
    return _made(left.values, _block(left, name, attrs, "linear", (0.0, most)))


def _block(
    array: _Array,
    name: str,
    attrs: Mapping[str, str],
    scale: str,
    bounds: tuple[float, float],
) -> Block:
    told = _told(attrs.get("long_name", name), attrs.get("units", ""))
    labels = tuple(array.labels.values())
    return Block(*array.at[:2], name, tuple(array.labels), labels, told, scale, *bounds)


def _output(name: str, attrs: Mapping[str, str], high: float = 1.0) -> Block:
    return Block(PREDICTION, "output", name, (), (), attrs, "linear", 0.0, high)


def _made(values: np.ndarray, block: Block) -> Surveyed:
    return Surveyed(values.reshape(len(values), block.size).astype(np.float32), block)


def _told(title: str, unit: str) -> dict[str, str]:
    return {"long_name": title, "units": unit}
