"""A grid is the square of patches that an image is cut into, seen as tokens or as a map."""

import math

import torch
from torch import Tensor


def square_side(img_size: int | tuple[int, int], patch: int) -> int:
    """Returns the side in pixels of a square image of whole patches.

    Args:
        img_size: the side, or (height, width).
        patch: side of a patch in pixels.

    Raises:
        ValueError: if the image is not square or not a whole number of patches wide.
    """
    height, width = (img_size, img_size) if isinstance(img_size, int) else img_size
    if height != width or height <= 0 or height % patch:
        raise ValueError(
            f"The image must be a square whose side is a multiple of {patch} pixels, "
            f"got {height} x {width}. Choose img_size={max(patch, round(height / patch) * patch)}."
        )
    return height


def require_side(x: Tensor, side: int) -> None:
    """Raises a ValueError unless images [b, c, h, w] have the side a network was built for."""
    height, width = x.shape[-2:]
    if (height, width) != (side, side):
        raise ValueError(
            f"This network was built for images of {side} x {side} pixels, got {height} x {width}. "
            "Resize the image, or build the network with img_size."
        )


def as_map(patches: Tensor) -> Tensor:
    """Returns patch tokens [b, s * s, c], row by row, as a map [b, c, s, s].

    Raises:
        ValueError: if the number of patches is not a square.
    """
    side = math.isqrt(patches.shape[1])
    if side * side != patches.shape[1]:
        raise ValueError(
            f"The patches must fill a square, got {patches.shape[1]} of them. "
            "Use a square image and no tokens besides the class token."
        )
    return patches.transpose(1, 2).unflatten(2, (side, side))


def as_tokens(features: Tensor) -> Tensor:
    """Returns a map [b, c, h, w] as tokens [b, h * w, c], row by row."""
    return features.flatten(2).transpose(1, 2)


def behind_class_token(x: Tensor, patches: Tensor) -> Tensor:
    """Returns the class token of x [b, 1 + n, c], then patches [b, n, c]."""
    return torch.cat((x[:, :1], patches), dim=1)
