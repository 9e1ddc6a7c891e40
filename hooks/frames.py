"""A frame is what labels an array without its values: names, units and axes.

Layers of a stage share theirs, and so do the passes of a network. xarray takes longer to make an
axis than a small network takes for a layer, so each is made once and filled as often as is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

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


def filled(
    quantities: Mapping[str, Quantity],
    values: Mapping[str, np.ndarray],
    layers: Sequence[str],
    notes: Mapping[str, Mapping[str, int]],
) -> xr.Dataset:
    """Quantities as a dataset with coordinates for every dim.

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
    return frame.copy(data={name: values[name] for name in quantities})


@lru_cache(maxsize=FRAMES)
def _frame(outlines: Sequence[Outline], axes: Sequence[Axis]) -> xr.Dataset:
    """A dataset of nothing but labels; what is copied from it shares no attribute with it."""
    variables = {
        name: xr.Variable(dims, np.broadcast_to(0.0, shape), {"long_name": title, "units": unit})
        for name, dims, shape, title, unit in outlines
    }
    made = [_axis(*axis) for axis in axes]
    coordinates = xr.Coordinates(
        {dim: variable for axis in made for dim, variable in axis.variables.items()},
        indexes={dim: index for axis in made for dim, index in axis.xindexes.items()},
    )
    return xr.Dataset(variables, coordinates)


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
