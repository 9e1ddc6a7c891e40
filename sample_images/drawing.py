"""A canvas: an RGB picture built by laying antialiased shapes over one another.

A shape is a signed distance: for each point of the canvas, how many pixels it lies outside the
shape, negative inside. Points are complex numbers, x to the right and y down, in pixels, so that
turning is a multiplication and a distance is an absolute value. Angles are in degrees, clockwise.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

Points = NDArray[np.complexfloating]
Field = NDArray[np.floating]


class Canvas:
    """A picture in the making.

    Attributes:
        points: the centre of each pixel, dims (y, x).
        rgb: the colours so far, dims (y, x, rgb), in [0, 1].
    """

    def __init__(self, points: Points, rgb: Field) -> None:
        self.points = points
        self.rgb = rgb

    @classmethod
    def plain(cls, width: int, height: int, paint: ArrayLike) -> "Canvas":
        """Return a new canvas in one colour, its origin at the upper left."""
        across, down = np.arange(width) + 0.5, np.arange(height) + 0.5
        return cls(
            across[None, :] + 1j * down[:, None],
            np.ones((height, width, 3)) * np.asarray(paint, np.float64),
        )

    def around(self, centre: complex, reach: float) -> "Canvas":
        """Return the square part within `reach` of a point, a window that shares the pixels.

        Small things are drawn through it: it saves the time of painting nothing elsewhere.
        """
        height, width = self.points.shape
        down = slice(*np.clip((int(centre.imag - reach), int(centre.imag + reach)), 0, height))
        across = slice(*np.clip((int(centre.real - reach), int(centre.real + reach)), 0, width))
        return Canvas(self.points[down, across], self.rgb[down, across])

    def lay(
        self, shape: Field, paint: ArrayLike, *, opacity: float = 1.0, softness: float = 1.0
    ) -> None:
        """Cover a shape with a colour (rgb) or a field of colours (y, x, rgb).

        The edge fades over `softness` pixels; one pixel is plain antialiasing.
        """
        cover = opacity * np.clip(0.5 - shape / softness, 0, 1)
        self.rgb += cover[..., None] * (np.asarray(paint) - self.rgb)

    def image(self) -> Image.Image:
        """Return the picture in 8-bit RGB."""
        return Image.fromarray(np.round(self.rgb.clip(0, 1) * 255).astype(np.uint8))


def colour(code: str) -> Field:
    """Return the rgb of a code such as "E4572E", in [0, 1]."""
    return np.frombuffer(bytes.fromhex(code), np.uint8) / 255


def blend(first: ArrayLike, second: ArrayLike, share: ArrayLike) -> Field:
    """Return a mixture of two paints, dims (y, x, rgb); `share` (y, x) of the second, clipped."""
    weight = np.clip(share, 0, 1)[..., None]
    return (1 - weight) * np.asarray(first) + weight * np.asarray(second)


def uniform(seed: int, *shape: int) -> Field:
    """Return random numbers in [0, 1), the same in every release of NumPy.

    Only the raw bits of a generator are promised to stay as they are, so they are used directly.
    """
    raw = np.random.PCG64(seed).random_raw(int(np.prod(shape)))
    return (raw >> np.uint64(11)).reshape(shape) * 2.0**-53


def turned(points: Points, centre: complex, degrees: float) -> Points:
    """Return the points as seen from a frame at `centre`, turned clockwise."""
    return (points - centre) * np.exp(-1j * np.deg2rad(degrees))


def disc(points: Points, centre: complex | Points, radius: float) -> Field:
    """Return the distance to a disc, or of each point to a disc of its own."""
    return np.abs(points - centre) - radius


def ellipse(
    points: Points, centre: complex, across: float, down: float, degrees: float = 0
) -> Field:
    """Return the distance to an ellipse of these half axes, exact near its edge."""
    local = turned(points, centre, degrees)
    level = np.hypot(local.real / across, local.imag / down)
    slope = np.hypot(local.real / across**2, local.imag / down**2)
    return (level - 1) * level / np.maximum(slope, 1e-9)


def box(
    points: Points, centre: complex, size: complex, *, corner: float = 0, degrees: float = 0
) -> Field:
    """Return the distance to a box of width + i height with rounded corners."""
    local = turned(points, centre, degrees)
    over = np.abs(local.real) - size.real / 2 + corner
    under = np.abs(local.imag) - size.imag / 2 + corner
    outside = np.hypot(np.maximum(over, 0), np.maximum(under, 0))
    return outside + np.minimum(np.maximum(over, under), 0) - corner


def stroke(points: Points, start: complex, end: complex, thickness: float) -> Field:
    """Return the distance to a line with round ends."""
    way = end - start
    along = np.clip(((points - start) * np.conj(way)).real / abs(way) ** 2, 0, 1)
    return np.abs(points - start - along * way) - thickness / 2


def polygon(points: Points, *corners: complex) -> Field:
    """Return the distance to a convex polygon, its corners listed clockwise."""
    sides = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        inward = 1j * (end - start) / abs(end - start)
        sides.append(-((points - start) * np.conj(inward)).real)
    return np.max(sides, axis=0)


def waves(coordinate: Field, period: float) -> Field:
    """Return the distance to stripes, half of each period wide, along a coordinate in pixels."""
    return (np.abs(coordinate / period - np.floor(coordinate / period) - 0.5) - 0.25) * period


def clouds(points: Points, cell: float, seed: int) -> Field:
    """Return smooth noise, about 0 to 1, that changes over `cell` pixels of the canvas."""
    height, width = points.shape
    lattice = uniform(seed, round(height / cell) + 3, round(width / cell) + 3)
    image = Image.fromarray(lattice.astype(np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float64)
