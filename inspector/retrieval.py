"""A retrieved map is what an MRLA layer weighs and puts out, place by place.

Maps are too large to lie in every inspection, so the network runs again for the layers that are
looked at. Runs under the model's lock; the model is left as it was.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr

from inspector.batches import batch_of

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


def retrieved_maps(
    model: "LoadedModel", pixels: xr.DataArray, layers: Sequence[str]
) -> dict[str, xr.Dataset]:
    """The maps of some MRLA layers for one image, from one more pass.

    Args:
        model: from ``inspector.load_model``.
        pixels: what the model saw, (y, x, rgb), 0 to 255: a sample of ``Inspection.pixels``.
        layers: names of layers.

    Returns:
        By layer, in execution order, what ``hooks.retrieved_maps`` reads in full detail, without
        ``sample``: what ``inspector.measures.output_terms`` needs.

    Raises:
        MechanismNotFound: the model has no MRLA.
        UnknownLabel: the model has no such layer.
        OutOfMemory: the device has no room.
    """
    from hooks import capture  # noqa: PLC0415 - these import torch
    from hooks.retrieved_maps import MAPS  # noqa: PLC0415
    from inspector.devices import memory_guard  # noqa: PLC0415

    batch = batch_of(model, pixels.expand_dims("sample"))
    with memory_guard():
        tree = capture(model.module, batch, mechanisms=[MAPS], layers=list(layers), detail="full")
    nodes = tree["mrla"].children
    return {name: node.to_dataset().isel(sample=0, drop=True) for name, node in nodes.items()}
