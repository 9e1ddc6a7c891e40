"""The sample pictures' source: `python -m sample_images.render` writes every PNG anew.

The drawings use NumPy and Pillow only, and come out the same each time.
"""

from collections.abc import Callable
from pathlib import Path

from sample_images.desk import clutter
from sample_images.drawing import Canvas
from sample_images.patterns import blank, soft_lights, stripes, textures
from sample_images.scenes import (
    balloons,
    hidden_cat,
    horizon,
    odd_one_out,
    small_object,
    still_life,
)

PICTURES: dict[str, Callable[[], Canvas]] = {
    "still-life": still_life,
    "balloons": balloons,
    "small-object": small_object,
    "hidden-cat": hidden_cat,
    "odd-one-out": odd_one_out,
    "clutter": clutter,
    "horizon": horizon,
    "stripes": stripes,
    "textures": textures,
    "soft-lights": soft_lights,
    "blank": blank,
}


def write(folder: Path) -> None:
    """Render every picture into `folder`, as its key and ".png"."""
    for key, draw in PICTURES.items():
        draw().image().save(folder / f"{key}.png", optimize=True)


if __name__ == "__main__":
    write(Path(__file__).parent)
