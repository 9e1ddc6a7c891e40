"""Augmentation shows a network each image a little differently in every epoch."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def shifted(pixels: Tensor, most: int) -> Tensor:
    """Returns images [n, c, h, w] moved by up to `most` pixels each way, the rim mirrored.

    Every image moves by its own amount. (torchvision's crops move a batch as one.)
    """
    count, _, height, width = pixels.shape
    padded = pad(pixels, (most,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * most + 1, (2, count, 1), device=pixels.device)
    rows = (down + torch.arange(height, device=pixels.device))[:, :, None]
    columns = (right + torch.arange(width, device=pixels.device))[:, None, :]
    image = torch.arange(count, device=pixels.device)[:, None, None]
    return padded[image, :, rows, columns].permute(0, 3, 1, 2)


def mirrored(pixels: Tensor) -> Tensor:
    """Returns images [n, c, h, w], each turned left to right with probability one half."""
    turned = torch.rand(len(pixels), 1, 1, 1, device=pixels.device) < 0.5
    return torch.where(turned, pixels.flip(-1), pixels)
