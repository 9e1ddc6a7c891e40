"""A photo: one picture as the user knows it, and the exact pixels a network is given of it.

`read_image` turns a file or an upload into a `Photo`; `prepare` turns a photo into the input of
one network, with the resize, crop and normalisation that the network was evaluated with.
"""

import hashlib
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inspector.decoding import MAX_BYTES, BadImage, decode

if TYPE_CHECKING:
    import torch

    from inspector.cards import Card

__all__ = ["BadImage", "ModelInput", "Photo", "prepare", "read_image"]

_MAX_NAME = 80
_FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".gif": "GIF",
}
_RESAMPLING = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
}


@dataclass(frozen=True)
class Photo:
    """One picture, decoded.

    Attributes:
        name: file name for display: no folders, no invisible characters, at most 80 long. It is
            a stranger's text all the same: escape it, and never build a path from it (`slug`).
        image: RGB pixels, upright, longest side at most 2048, without metadata.
        sha256: hexadecimal digest of the original bytes, the photo's identity.
        notes: what was changed while decoding, one phrase each, for the user.
        size: (width, height) in pixels of the upright picture as stored in the file.
        format: format found in the content, "JPEG" for instance.
    """

    name: str
    image: Image.Image = field(repr=False, compare=False)
    sha256: str
    notes: tuple[str, ...]
    size: tuple[int, int]
    format: str

    @property
    def slug(self) -> str:
        """A name of a-z, 0-9 and hyphens, for file names, headers and anchors."""
        words = re.findall(r"[a-z0-9]+", Path(self.name).stem.lower())
        return "-".join([*(words or ["photo"]), self.sha256[:8]])[-60:].lstrip("-")


def read_image(source: str | Path | bytes, *, name: str | None = None) -> Photo:
    """Return the photo in a file of this machine or in the bytes of an upload.

    Args:
        source: a path, or the whole content of a file. A text is a path, never an address.
        name: what the user calls it; by default the path's last part.

    Raises:
        BadImage: there is no such file, or `inspector.decoding.decode` refuses its content.
    """
    data = source if isinstance(source, bytes) else _content(source)
    label = display_name(name or ("picture" if isinstance(source, bytes) else str(source)))
    decoded = decode(data)
    return Photo(
        name=label,
        image=decoded.image,
        sha256=hashlib.sha256(data).hexdigest(),
        notes=_suffix_notes(label, decoded.format) + decoded.notes,
        size=decoded.size,
        format=decoded.format,
    )


def display_name(name: str, unnamed: str = "picture") -> str:
    r"""Return what a stranger called a file: no folders, nothing invisible, at most 80 long.

    >>> display_name("../../etc/pass\x1bwd.png"), display_name("/")
    ('passwd.png', 'picture')
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c for c in last if c.isprintable()).strip()
    return visible[-_MAX_NAME:] or unnamed


@dataclass(frozen=True, eq=False)
class ModelInput:
    """A photo as one network sees it.

    Attributes:
        pixels: float32 (y, x, rgb) in [0, 1], read-only: resized and cropped, not normalised.
        mean: subtracted from each channel before the network.
        std: each channel is divided by it, after the mean.
        box: (left, top, right, bottom) of the part seen, in pixels of `Photo.image`.
        description: the same in one line, for a caption.
    """

    pixels: NDArray[np.float32] = field(repr=False)
    mean: tuple[float, ...]
    std: tuple[float, ...]
    box: tuple[float, float, float, float]
    description: str

    @property
    def tensor(self) -> "torch.Tensor":
        """A new float32 tensor (1, 3, y, x): the normalised input of the network."""
        import torch  # noqa: PLC0415 - a second and half a gigabyte that pictures do not need

        mean, std = np.array([self.mean, self.std], dtype=np.float32)
        normalised = (self.pixels - mean) / std
        return torch.from_numpy(normalised.transpose(2, 0, 1)[None].copy())


def prepare(photo: Photo, card: "Card") -> ModelInput:
    """Return what a network is given of a photo: shorter side resized, centre cropped.

    The arithmetic is that of timm's evaluation transform with `crop_mode="center"`. Of the card,
    `input_size`, `mean`, `std`, `interpolation` and `crop_pct` are read.

    Raises:
        ValueError: the card asks for other than three channels, an unknown interpolation or a
            crop share outside (0, 1].
    """
    pixels = seen_pixels(photo.image, card).astype(np.float32) / np.float32(255)
    pixels.setflags(write=False)
    height, width = card.input_size[1:]
    resized_size = _resized_size(photo.image.size, (width, height), card.crop_pct)
    left, top = _corner(resized_size, (width, height))
    across, down = (p / r for p, r in zip(photo.image.size, resized_size, strict=True))
    return ModelInput(
        pixels=pixels,
        mean=tuple(card.mean),
        std=tuple(card.std),
        box=(left * across, top * down, (left + width) * across, (top + height) * down),
        description=_description(photo, card, resized_size),
    )


def seen_pixels(image: Image.Image, card: "Card") -> NDArray[np.uint8]:
    """Return what a network is given of an RGB image, not yet normalised: uint8 (y, x, rgb).

    Raises:
        ValueError: as `prepare`.
    """
    _check_card(card)
    height, width = card.input_size[1:]
    resized_size = _resized_size(image.size, (width, height), card.crop_pct)
    resized = image.resize(resized_size, _RESAMPLING[card.interpolation])
    left, top = _corner(resized_size, (width, height))
    return np.asarray(resized.crop((left, top, left + width, top + height)))


def _corner(resized: tuple[int, int], seen: tuple[int, int]) -> tuple[int, int]:
    """Return (left, top) of the centre crop, in pixels of the resized image."""
    left, top = (round((r - s) / 2) for r, s in zip(resized, seen, strict=True))
    return left, top


def _content(source: str | Path) -> bytes:
    """Return the bytes of a file, at most one more than allowed; the decoder refuses those."""
    if "://" in str(source):
        raise BadImage(
            "Expected a file of this machine, got an address. Download the picture first."
        )
    path = Path(source)
    try:
        if not path.is_file():
            raise BadImage(f"Expected a picture file, found none at {path}. Check the path.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadImage(
            f"Expected a readable file, got {error.strerror!r} for {path}. Check the path."
        ) from error


def _suffix_notes(name: str, found: str) -> tuple[str, ...]:
    suffix = Path(name).suffix.lower()
    if _FORMAT_OF_SUFFIX.get(suffix, found) == found:
        return ()
    return (f"named {suffix}, but the content is {found}",)


def _check_card(card: "Card") -> None:
    if card.input_size[0] != 3:
        raise ValueError(f"Expected a network with 3 input channels, got {card.input_size[0]}.")
    if card.interpolation not in _RESAMPLING:
        known = " or ".join(_RESAMPLING)
        raise ValueError(f"Expected interpolation {known}, got {card.interpolation!r}.")
    if not 0 < card.crop_pct <= 1:
        raise ValueError(f"Expected crop_pct above 0 and at most 1, got {card.crop_pct}.")


def _resized_size(
    size: tuple[int, int], target: tuple[int, int], crop_pct: float
) -> tuple[int, int]:
    """Return (width, height) that just covers target / crop_pct and keeps the proportions."""
    cover_width, cover_height = (math.floor(side / crop_pct) for side in target)
    width, height = size
    if cover_width == cover_height:  # timm rounds the longer side down here, and to nearest below
        shorter = min(width, height)
        return cover_width * width // shorter, cover_height * height // shorter
    ratio = min(width / cover_width, height / cover_height)
    return round(width / ratio), round(height / ratio)


def _description(photo: Photo, card: "Card", resized: tuple[int, int]) -> str:
    height, width = card.input_size[1:]
    seen = width * height / (resized[0] * resized[1])
    parts = [
        f"resized from {photo.image.width}x{photo.image.height} to {resized[0]}x{resized[1]} "
        f"({card.interpolation}, antialiased)",
        f"centre crop {width}x{height}, {seen:.0%} of the photo",
        f"mean {_numbers(card.mean)}",
        f"std {_numbers(card.std)}",
    ]
    return ", ".join(parts)


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.3f}" for value in values)
