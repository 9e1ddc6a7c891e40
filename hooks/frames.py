"""A frame is what labels an array without its values: names, units and axes.

Layers of a stage share theirs, and so do the passes of a network. xarray takes longer to make an
axis than a small network takes for a layer, so each is made once and filled as often as is needed.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

from hooks.dims import TITLES, labels_of
from hooks.mechanism import Quantity

Axis = tuple[str, Sequence[str | int], tuple[tuple[str, int], ...]]
"""A dim, its labels, and what else is known of it."""
Outline = tuple[str, tuple[str, ...], tuple[int, ...], str, str]
"""A quantity's name, dims, shape, title and unit."""

FRAMES = 1024
"""How many are kept for later captures: several networks' worth."""


class Leaf(xr.DataTree):
    """A node that is not aligned with the nodes above, as these hold nothing to be aligned with.

    xarray makes the comparison all the same: 70 us for each node, beside 45 us for all else.
    """

    __slots__ = ()

    def _pre_attach(self, parent: xr.DataTree, name: str) -> None:
        """Nothing is in the way of being attached."""


class _Own(xr.Dataset):
    """A dataset that nobody else has, so that a node made of it need not copy it."""

    __slots__ = ()

    def copy(self, deep: bool = False, data: Mapping[Any, Any] | None = None) -> "_Own":
        """The dataset itself."""
        return self


def attach(leaves: Mapping[str, Leaf], node: xr.DataTree) -> None:
    """Make leaves, by name, the children of a node; it and those above it hold no arrays."""
    node.children = leaves
    for leaf in leaves.values():  # from now on they are nodes like any other
        leaf.__class__ = xr.DataTree  # type: ignore[assignment]


def filled(
    quantities: Mapping[str, Quantity],
    values: Mapping[str, np.ndarray],
    layers: Sequence[str],
    notes: Mapping[str, Mapping[str, int]],
) -> Leaf:
    """Quantities as a node of a tree, with coordinates for every dim.

    Args:
        quantities: what they are, by name.
        values: their arrays, by name.
        layers: those of the chain so far, the present one last; labels of ``retrieved_layer``.
        notes: further attributes of a dim's coordinate.
    """
    outlines = tuple(
        (name, q.dims, values[name].shape, q.title, q.unit) for name, q in quantities.items()
    )
    frame = _frame(outlines, tuple(_axes(outlines, layers, notes)))
    # Made anew, as the attributes of one node are not those of another.
    variables = {
        name: xr.Variable(known.dims, values[name], known.attrs) if name in values else copy(known)
        for name, known in frame.variables.items()
    }
    return Leaf(frame.around(variables))


@dataclass(frozen=True)
class _Frame:
    """What a dataset is made of: variables without values, and what xarray concludes of them."""

    variables: Mapping[str, xr.Variable]
    coordinates: frozenset[str]
    sizes: Mapping[Hashable, int]
    indexes: Mapping[Hashable, xr.Index]

    def around(self, variables: Mapping[str, xr.Variable]) -> xr.Dataset:
        """Variables like those of the frame as a dataset, which takes them as they are.

        xarray has no public way to say that they fit. To have it find out, and copy indexes that
        never change, takes as long as three layers of a small network.
        """
        try:
            return _Own._construct_direct(
                dict(variables),
                set(self.coordinates),
                dict(self.sizes),
                indexes=dict(self.indexes),
            )
        except (AttributeError, TypeError):  # another xarray: its public way
            own = {n: v for n, v in variables.items() if n not in self.coordinates}
            axes = {n: variables[n] for n in self.coordinates}
            return xr.Dataset(own, xr.Coordinates(axes, self.indexes))


@lru_cache(maxsize=FRAMES)
def _frame(outlines: Sequence[Outline], axes: Sequence[Axis]) -> _Frame:
    variables = {
        name: xr.Variable(dims, np.broadcast_to(0.0, shape), {"long_name": title, "units": unit})
        for name, dims, shape, title, unit in outlines
    }
    made = [_axis(*axis) for axis in axes]
    coordinates = xr.Coordinates(
        {dim: variable for axis in made for dim, variable in axis.variables.items()},
        indexes={dim: index for axis in made for dim, index in axis.xindexes.items()},
    )
    whole = xr.Dataset(variables, coordinates)
    # Of its mappings, which check each access, the plain contents.
    plain = {str(name): variable for name, variable in whole.variables.items()}
    return _Frame(
        plain, frozenset(plain) - variables.keys(), dict(whole.sizes), dict(whole.xindexes)
    )


def _axes(
    outlines: Sequence[Outline], layers: Sequence[str], notes: Mapping[str, Mapping[str, int]]
) -> Iterator[Axis]:
    sizes = {
        dim: size
        for _, dims, shape, _, _ in outlines
        for dim, size in zip(dims, shape, strict=True)
    }
    for dim, size in sizes.items():
        yield dim, labels_of(dim, size, layers), tuple(notes.get(dim, {}).items())


@lru_cache(maxsize=FRAMES)
def _axis(
    dim: str, labels: Sequence[str | int], notes: tuple[tuple[str, int], ...]
) -> xr.Coordinates:
    attributes = {"long_name": TITLES[dim], **dict(notes)}
    return xr.Coordinates({dim: xr.Variable((dim,), np.array(labels), attributes)})
