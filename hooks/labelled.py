"""A labelled array is a tensor that left the network: on the CPU, its axes named and numbered.

One layer of one mechanism becomes one ``xarray.Dataset``. Its attributes say where the layer stands
(``chain``, ``depth``) and how well the capture was verified: ``verified_error`` is the largest
absolute difference between recomputed and real tensors, ``verified_tolerance`` what rounding allows
there, ``verified`` 1 if all differences are within theirs.
"""

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from hooks.dims import TITLES, labels_of
from hooks.mechanism import Check, Mechanism, Quantity, Reading
from hooks.points import Call

# What a chain of float operations may lose, relative to the largest value compared.
TOLERANCES = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}


def dataset(
    mechanism: Mechanism, call: Call, reading: Reading, layers: Sequence[str], depth: int
) -> xr.Dataset:
    """One layer's quantities with coordinates for every dim.

    Args:
        mechanism: whose reading it is.
        call: the run that was read.
        reading: its quantities and checks.
        layers: the layers of the chain so far, this one last; labels of ``retrieved_layer``.
        depth: place of the layer in execution order, from 0.
    """
    arrays = {name: _array(quantity) for name, quantity in reading.quantities.items()}
    sizes = {dim: size for array in arrays.values() for dim, size in array.sizes.items()}
    coords = {dim: _coordinate(dim, size, layers, reading) for dim, size in sizes.items()}
    attributes = _attributes(mechanism, call, reading) | {"depth": depth}
    return xr.Dataset(arrays, coords, attributes)


def values_of(tensor: Tensor, *, copy: bool = True) -> np.ndarray:
    """A copy on the CPU, free of the network; half precision is widened, which loses nothing."""
    tensor = tensor.detach()
    if tensor.dtype in (torch.float16, torch.bfloat16):
        tensor = tensor.float()
    return tensor.to("cpu", copy=copy).contiguous().numpy()


def _array(quantity: Quantity) -> xr.Variable:
    attributes = {"long_name": quantity.title, "units": quantity.unit}
    values = values_of(quantity.values, copy=not quantity.settled)
    return xr.Variable(quantity.dims, values, attributes)


def _coordinate(dim: Any, size: int, layers: Sequence[str], reading: Reading) -> xr.Variable:
    attributes = {"long_name": TITLES[dim], **reading.notes.get(dim, {})}
    return xr.Variable((dim,), np.array(labels_of(dim, size, layers)), attributes)


def _attributes(mechanism: Mechanism, call: Call, reading: Reading) -> dict[str, Any]:
    checks = [check for check in reading.checks if check.point not in call.edited]
    found = [(_difference(check), _tolerance(check)) for check in checks]
    error, tolerance = max(found, default=(float("inf"), 0.0))
    said = [f"{check.what}: {found[place][0]:.1e}" for place, check in enumerate(checks)]
    return {
        "mechanism": mechanism.key,
        "variant": reading.variant,
        "layer": call.layer,
        "chain": call.site.chain,
        "module": call.site.path,
        "verified_error": error,
        "verified_tolerance": tolerance,
        "verified": int(bool(found) and all(off <= allowed for off, allowed in found)),
        "verified_by": "; ".join(said) or "nothing: the edit replaced what would be checked",
        "edited": int(bool(call.edited)),
    }


def _difference(check: Check) -> float:
    """Largest absolute difference; infinite where the shapes differ or a value is not a number."""
    if check.recomputed.shape != check.real.shape:
        return float("inf")
    worst = float((check.recomputed - check.real).abs().max())
    return float("inf") if isnan(worst) else worst


def _tolerance(check: Check) -> float:
    # The floor keeps a tensor of nothing but zeros from asking for exact zeros.
    largest = float(check.real.abs().max().clamp(min=1e-3))
    return TOLERANCES[check.real.dtype] * largest
