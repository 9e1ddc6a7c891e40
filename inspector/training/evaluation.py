"""An evaluation is how often a network names the class of images that it was not trained on."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from inspector.progress import tracked
from inspector.training.images import Images
from inspector.training.record import Score

BATCH = 500


def normalised(pixels: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Returns uint8 images [n, c, h, w] as a network takes them, float32."""
    shape = (1, -1, 1, 1)
    centre = torch.tensor(mean, device=pixels.device).view(shape)
    spread = torch.tensor(std, device=pixels.device).view(shape)
    return (pixels.float() / 255 - centre) / spread


def predictions(module: nn.Module, images: Images, norm: tuple[Sequence[float], ...]) -> Tensor:
    """Returns the likeliest class of each image, int64 [n], in single precision.

    Args:
        module: in evaluation mode.
        images: on any device.
        norm: mean and standard deviation by channel, of pixels in [0, 1].
    """
    device = next(module.parameters()).device
    parts = images.pixels.split(BATCH)
    with torch.inference_mode():
        found = [
            module(normalised(part.to(device), *norm)).argmax(1)
            for part in tracked(parts, "batches")
        ]
    return torch.cat(found).cpu()


def score(module: nn.Module, images: Images, norm: tuple[Sequence[float], ...]) -> Score:
    """Returns how many images there are whose likeliest class is theirs; as `predictions`."""
    right = predictions(module, images, norm) == images.labels.cpu()
    return Score(int(right.sum()), len(images))
