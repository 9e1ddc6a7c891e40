"""A batch is what a network takes, made anew from the pixels that an inspection kept."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    import torch

    from inspector.zoo import LoadedModel


def batch_of(model: "LoadedModel", pixels: xr.DataArray) -> "torch.Tensor":
    """The model's input (sample, rgb, y, x) on its device.

    Args:
        model: from ``inspector.load_model``.
        pixels: what the model saw, (sample, y, x, rgb), 0 to 255, from ``Inspection.pixels``.
    """
    import torch  # noqa: PLC0415 - on the way to the app's first page nothing needs it

    mean, std = (np.array(values, np.float32) for values in (model.card.mean, model.card.std))
    scaled = (pixels.values.astype(np.float32) / np.float32(255) - mean) / std
    return torch.from_numpy(scaled.transpose(0, 3, 1, 2).copy()).to(model.device)
