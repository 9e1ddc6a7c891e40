"""A grid is the square of patches that an image is cut into, seen as tokens or as a map."""

import math

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
