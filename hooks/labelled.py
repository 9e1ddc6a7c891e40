"""A labelled array is a tensor that left the network: on the CPU, its axes named and numbered.

While the network runs, what was read is kept on its device. After the pass everything is fetched at
once, and one layer of one mechanism becomes a node of an ``xarray.DataTree``. Its attributes say
where the layer stands (``chain``, ``depth``) and how well its capture was verified
(``hooks.evidence``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hooks.evidence import Finding, Proof, attributes, findings, proof, settled
from hooks.frames import Leaf, filled
from hooks.mechanism import Quantity, Reading, Reduce
from hooks.points import Call


@dataclass(frozen=True)
class Kept:
    """One layer as it was read, cut loose from the network and still on its device.

    Attributes:
        quantities: copies, by name.
        proof: how well it was verified.
        notes: attributes of a dim's coordinate.
        layers: the layers of the chain so far, this one last; labels of ``retrieved_layer``.
        about: attributes of the node that are known already.
    """

    quantities: Mapping[str, Quantity]
    proof: Proof
    notes: Mapping[str, Mapping[str, int]]
    layers: tuple[str, ...]
    about: Mapping[str, Any]

    def within(self, chain: str, *, without: Collection[str]) -> "Kept":
        """The same as part of a chain, without some quantities."""
        left = {name: q for name, q in self.quantities.items() if name not in without}
        return replace(self, quantities=left, about={**self.about, "chain": chain})

    def sizes(self, dim: str) -> Iterator[int]:
        """The length of a dim in each quantity that has it."""
        for quantity in self.quantities.values():
            if dim in quantity.dims:
                yield quantity.values.shape[quantity.dims.index(dim)]

    def tensors(self) -> Iterator[Tensor]:
        """All that has to be fetched: values, and whether they hold."""
        for quantity in self.quantities.values():
            yield quantity.values
        for quantity in self.quantities.values():
            if quantity.holds is not None:
                yield quantity.holds


def keep(
    about: Mapping[str, Any], call: Call, reading: Reading, layers: Sequence[str], reduce: Reduce
) -> Kept:
    """What is kept of a reading while the network runs on: copies, which nothing overwrites.

    Args:
        about: whose reading it is, and its place in execution order, from 0.
        call: the run that was read.
        reading: its quantities and checks.
        layers: the layers of the chain so far, this one last.
        reduce: makes what is kept of a quantity.
    """
    told = {
        **about,
        "variant": reading.variant,
        "layer": call.layer,
        "module": call.site.path,
        "edited": int(bool(call.edited)),
    }
    quantities = {
        name: _kept(quantity, settled=whole.settled and quantity.values is whole.values)
        for original, whole in reading.quantities.items()
        for name, quantity in reduce(original, whole).items()
    }
    evidence = proof(reading.checks, call.edited)
    return Kept(quantities, evidence, reading.notes, tuple(layers), told)


def leaves(kept: Sequence[Kept]) -> list[Leaf]:
    """Each layer's quantities that hold, with coordinates for every dim, on the CPU."""
    known = settled([layer.proof for layer in kept])
    ends = [end for evidence in known for end in evidence.extent]
    values = [tensor for layer in kept for tensor in layer.tensors()]
    arrays = iter(fetched([*ends, *values]))
    told = findings(known, arrays)
    return [_leaf(layer, told.get(place, ()), arrays) for place, layer in enumerate(kept)]


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


def _kept(quantity: Quantity, *, settled: bool) -> Quantity:
    if settled:
        return quantity
    values = quantity.values.clone(memory_format=torch.contiguous_format)
    return replace(quantity, values=values)


def _leaf(kept: Kept, told: Sequence[Finding], arrays: Iterator[np.ndarray]) -> Leaf:
    """One layer, from the arrays that its ``tensors()`` became."""
    values = {name: next(arrays) for name in kept.quantities}
    holding = {
        name: quantity
        for name, quantity in kept.quantities.items()
        if quantity.holds is None or bool(next(arrays))
    }
    leaf = filled(holding, values, kept.layers, kept.notes)
    leaf.attrs = {**kept.about, **attributes(told)}
    return leaf
