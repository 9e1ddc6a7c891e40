"""A labelled array is a tensor that left the network: on the CPU, its axes named and numbered.

While the network runs, what was read is kept on its device. After the pass everything is fetched at
once, and one layer of one mechanism becomes one ``xarray.Dataset``, whose attributes say where the
layer stands (``chain``, ``depth``) and how well its capture was verified (``hooks.evidence``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from hooks.evidence import Evidence, Finding, attributes, found, measured
from hooks.frames import filled
from hooks.mechanism import Mechanism, Quantity, Reading
from hooks.points import Call


@dataclass(frozen=True)
class Kept:
    """One layer as it was read, cut loose from the network and still on its device.

    Attributes:
        quantities: copies, by name.
        evidence: of every check that no edit made pointless.
        notes: attributes of a dim's coordinate.
        layers: the layers of the chain so far, this one last; labels of ``retrieved_layer``.
        about: attributes of the dataset that are known already.
    """

    quantities: Mapping[str, Quantity]
    evidence: tuple[Evidence, ...]
    notes: Mapping[str, Mapping[str, int]]
    layers: tuple[str, ...]
    about: Mapping[str, Any]

    def within(self, chain: str, *, without: Collection[str]) -> "Kept":
        """The same as part of a chain, without some quantities."""
        left = {name: q for name, q in self.quantities.items() if name not in without}
        return replace(self, quantities=left, about={**self.about, "chain": chain})

    def tensors(self) -> Iterator[Tensor]:
        """All that has to be fetched: values, whether they hold, extents of the evidence."""
        for quantity in self.quantities.values():
            yield quantity.values
        for quantity in self.quantities.values():
            if quantity.holds is not None:
                yield quantity.holds
        for evidence in self.evidence:
            yield from evidence.extent


def keep(
    mechanism: Mechanism, call: Call, reading: Reading, layers: Sequence[str], depth: int
) -> Kept:
    """What is kept of a reading while the network runs on: copies, which nothing overwrites.

    Args:
        mechanism: whose reading it is.
        call: the run that was read.
        reading: its quantities and checks.
        layers: the layers of the chain so far, this one last.
        depth: place of the layer in execution order, from 0.
    """
    checks = [check for check in reading.checks if check.point not in call.edited]
    about = {
        "mechanism": mechanism.key,
        "variant": reading.variant,
        "layer": call.layer,
        "module": call.site.path,
        "depth": depth,
        "edited": int(bool(call.edited)),
    }
    quantities = {name: _kept(quantity) for name, quantity in reading.quantities.items()}
    return Kept(quantities, tuple(map(measured, checks)), reading.notes, tuple(layers), about)


def datasets(kept: Sequence[Kept]) -> list[xr.Dataset]:
    """Each layer's quantities that hold, with coordinates for every dim, on the CPU."""
    arrays = iter(fetched([tensor for layer in kept for tensor in layer.tensors()]))
    return [_dataset(layer, arrays) for layer in kept]


def fetched(tensors: Sequence[Tensor]) -> list[np.ndarray]:
    """Tensors as arrays on the CPU, in one transfer per device and dtype; halves are widened."""
    alike = defaultdict(list)
    for place, tensor in enumerate(tensors):
        alike[tensor.device, tensor.dtype].append(place)
    arrays: dict[int, np.ndarray] = {}
    for (device, _), members in alike.items():
        there = [tensors[place] for place in members]
        here = there if device.type == "cpu" else _at_once(there)
        arrays |= zip(members, map(_array, here), strict=True)
    return [arrays[place] for place in range(len(tensors))]


def _at_once(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Tensors of one dtype on the CPU, in one transfer."""
    flat = torch.cat([tensor.flatten() for tensor in tensors]).cpu()
    parts = flat.split([tensor.numel() for tensor in tensors])
    return [part.reshape(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]


def _array(tensor: Tensor) -> np.ndarray:
    halved = tensor.dtype in (torch.float16, torch.bfloat16)
    return (tensor.float() if halved else tensor).numpy()


def _kept(quantity: Quantity) -> Quantity:
    if quantity.settled:
        return quantity
    values = quantity.values.clone(memory_format=torch.contiguous_format)
    return replace(quantity, values=values)


def _dataset(kept: Kept, arrays: Iterator[np.ndarray]) -> xr.Dataset:
    """One layer, from the arrays that its ``tensors()`` became."""
    values = {name: next(arrays) for name in kept.quantities}
    holding = {
        name: quantity
        for name, quantity in kept.quantities.items()
        if quantity.holds is None or bool(next(arrays))
    }
    data = filled(holding, values, kept.layers, kept.notes)
    data.attrs = {**kept.about, **attributes(_findings(kept, arrays))}
    return data


def _findings(kept: Kept, arrays: Iterator[np.ndarray]) -> list[Finding]:
    return [found(one, float(next(arrays)), float(next(arrays))) for one in kept.evidence]
