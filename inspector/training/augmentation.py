"""Augmentation shows a network each image a little differently in every epoch."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def cropped(pixels: Tensor, side: int, margin: int) -> Tensor:
    """Returns a square of each image [n, c, h, w], `side` pixels a side, from a place of its own.

    (torchvision's crops take the same place of a whole batch.)

    Args:
        pixels: the images.
        side: at most that of the images and two margins.
        margin: pixels by which the rim is mirrored outwards before.
    """
    padded = pad(pixels, (margin,) * 4, mode="reflect")
    count, _, *sides = padded.shape
    top, left = (
        torch.randint(0, whole - side + 1, (count, 1), device=pixels.device) for whole in sides
    )
    along = torch.arange(side, device=pixels.device)
    rows, columns = (top + along)[:, :, None], (left + along)[:, None, :]
    image = torch.arange(count, device=pixels.device)[:, None, None]
    return padded[image, :, rows, columns].permute(0, 3, 1, 2)


def mirrored(pixels: Tensor) -> Tensor:
    """Returns images [n, c, h, w], each turned left to right with probability one half."""
    turned = torch.rand(len(pixels), 1, 1, 1, device=pixels.device) < 0.5
    return torch.where(turned, pixels.flip(-1), pixels)
