"""A batch is what a network takes: images made ready, or made anew from the pixels that it saw."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from inspector.images import ModelInput
from inspector.inspection import Inspection, Source, inputs_of

if TYPE_CHECKING:
    from torch import Tensor

    from inspector.zoo import LoadedModel

Images = Source | Sequence[Source] | Inspection | xr.DataArray
"""Images as for `inspect_image`, or as a network saw them: an inspection, or its pixels."""


def batch_of(model: "LoadedModel", images: Images) -> "Tensor":
    """Images as the network's input (sample, channel, y, x), on its device.

    Args:
        model: from ``inspector.load_model``.
        images: pixels are those of ``Inspection.pixels``, (sample, y, x, rgb), 0 to 255.

    Raises:
        ValueError: an inspection is not of this network, or there is no image.
        BadImage: a source is not an image that can be read safely.
    """
    import torch  # noqa: PLC0415 - on the way to the app's first page nothing needs it

    if isinstance(images, Inspection):
        require_own(model, images)
        images = images.pixels
    if isinstance(images, xr.DataArray):
        inputs = [_input(model, pixels) for pixels in images.values]
    else:
        inputs = inputs_of(model, images)
    return torch.cat([entry.tensor for entry in inputs]).to(model.device)


def require_own(model: "LoadedModel", seen: Inspection) -> None:
    """Refuses an inspection of another network, or of one that was intervened in.

    Raises:
        ValueError: it is one of those.
    """
    if seen.about["weights_sha256"] != model.weights_sha256:
        raise ValueError(
            f"Expected an inspection by {model.name} with these weights, got one by "
            f"{seen.about['model']} ({seen.about['weights']}). Inspect the images again."
        )
    if seen.about.get("interventions"):
        raise ValueError(
            "Expected an inspection without interventions, to see what they change; this one has "
            f"some: {seen.about['interventions']}. Give all interventions at once."
        )


def _input(model: "LoadedModel", pixels: np.ndarray) -> ModelInput:
    shares = pixels.astype(np.float32) / np.float32(255)
    mean, std = tuple(model.card.mean), tuple(model.card.std)
    return ModelInput(shares, mean, std, box=(0, 0, *pixels.shape[1::-1]), description="")
