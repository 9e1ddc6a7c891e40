"""A decoded picture: the upright 8-bit RGB pixels of an untrusted file, with every change named.

The bytes may come from a stranger, so nothing about them is believed: the format is judged by
content, sizes are capped from the header before any pixel is decoded, and a picture is refused
whenever a part of it is missing. Pixels alone leave this module: no EXIF, profile or text.

A colour profile is not applied, as it was not when the networks were trained. No global setting
of Pillow or of `warnings` is touched, so pictures may be decoded in several threads at once.
"""

import io
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 25_000_000  # a 24-megapixel camera passes; any format then stays below 400 MiB
MIN_SIDE = 2
SMALL_SIDE = 32
MAX_ELONGATION = 20
LONGEST_SIDE = 2048

# libjpeg can skip resolution while decoding; networks take a few hundred pixels, so a short side
# of 1024 loses nothing that they could have seen.
_DRAFT_SIDE = 1024

# An ordinary progressive JPEG has about ten scans. Each may cost ten bytes in the file and a
# millisecond in the decoder, so a small file could otherwise keep it busy for half an hour.
_MAX_SCANS = 100
_START_OF_SCAN = b"\xff\xda"

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_SIGNATURES = (
    (b"\xff\xd8", "a JPEG whose header cannot be read"),
    (b"\x89PNG", "a PNG whose header cannot be read"),
    (b"GIF8", "a GIF whose header cannot be read"),
    (b"BM", "a BMP whose header cannot be read"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"<", "markup such as SVG or HTML"),
)

_GREY_MODES = frozenset({"1", "L", "LA"})
_COLOUR_MODES = frozenset({"P", "PA", "RGB", "RGBX", "RGBA", "RGBa", "CMYK", "YCbCr"})
_SIXTEEN_BIT_MODES = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_RESIZABLE_MODES = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})

# 0..65535 onto 0..255, nearest: a fixed rule, so equal values stay equal from picture to picture.
_EIGHT_OF_SIXTEEN_BITS = np.round(np.arange(2**16) / 257).astype(np.uint8)


class BadImage(ValueError):
    """A file that is refused; the message says what was expected, what was found, what to do."""


class Decoded(NamedTuple):
    """What `decode` returns.

    Attributes:
        image: RGB, upright, longest side at most `LONGEST_SIDE`, without metadata.
        format: name of the format found in the content, "JPEG" for instance.
        size: (width, height) in pixels of the upright picture as stored in the file.
        notes: what was changed on the way, one phrase each, for the user.
    """

    image: Image.Image
    format: str
    size: tuple[int, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Step:
    """A picture after one conversion, and what to tell the user about it (None: nothing)."""

    image: Image.Image
    note: str | None = None


def decode(data: bytes) -> Decoded:
    """Return the upright RGB pixels of an encoded picture.

    Args:
        data: the whole file, in one of `FORMATS`, whatever its name says.

    Raises:
        BadImage: the file is empty, too large, not of these formats, cut off or damaged, or its
            pixels are too few, too many, too elongated or without an agreed brightness range.
    """
    _check_length(data)
    try:
        _open(data).verify()  # checksums, where the format has them; the object is spent after it
        return _decode(_open(data))
    except BadImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage(_too_many_pixels("far too many pixels")) from error
    except UnidentifiedImageError as error:
        raise BadImage(_not_a_picture(data)) from error
    except Exception as error:  # a decoder fed with hostile bytes may raise anything
        raise BadImage(
            "Expected a whole picture, but this one is incomplete or damaged, or carries oversized "
            "metadata. Open it in an image program, save it anew and try again."
        ) from error


def _check_length(data: bytes) -> None:
    if not data:
        raise BadImage("Expected a picture, but the file is empty. Choose another file.")
    if len(data) > MAX_BYTES:
        raise BadImage(
            f"Expected a file of at most {MAX_BYTES // 2**20} MiB, got a larger one. "
            "Save the picture smaller, or as JPEG."
        )


def _open(data: bytes) -> ImageFile.ImageFile:
    """Return the picture with only its header read, once that header is acceptable."""
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    _check_size(*image.size)
    _check_mode(image.mode)
    if image.format in ("JPEG", "MPO"):
        _check_scans(data.count(_START_OF_SCAN))
    return image


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadImage(_too_many_pixels(f"{width}x{height}"))
    if min(width, height) < MIN_SIDE:
        raise BadImage(
            f"Expected at least {MIN_SIDE} pixels in width and height, got {width}x{height}. "
            "Choose a larger picture."
        )
    if max(width, height) > MAX_ELONGATION * min(width, height):
        raise BadImage(
            f"Expected a picture at most {MAX_ELONGATION} times as long as wide, "
            f"got {width}x{height}. Crop it first."
        )


def _check_mode(mode: str) -> None:
    if mode not in _GREY_MODES | _COLOUR_MODES | _SIXTEEN_BIT_MODES:
        raise BadImage(
            f"Expected 8 or 16 bits per channel in grey, RGB or CMYK, got pixels of kind {mode}, "
            "whose brightness range is not agreed. Save the picture as an 8-bit PNG."
        )


def _check_scans(scans: int) -> None:
    if scans > _MAX_SCANS:
        raise BadImage(
            f"Expected a JPEG of at most {_MAX_SCANS} scans, got {scans}. "
            "Save it anew as an ordinary JPEG or PNG."
        )


def _too_many_pixels(got: str) -> str:
    limit = MAX_PIXELS // 10**6
    return f"Expected at most {limit} megapixels, got {got}. Save the picture smaller."


def _not_a_picture(data: bytes) -> str:
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    got = next((kind for start, kind in _SIGNATURES if head.startswith(start)), "something else")
    if data[4:8] == b"ftyp":
        got = "a HEIC, AVIF or video file"
    formats = ", ".join(FORMATS)
    return f"Expected a picture ({formats}), got {got}. Save it as PNG or JPEG and try again."


def _decode(image: ImageFile.ImageFile) -> Decoded:
    size = image.size
    several = getattr(image, "is_animated", False)
    image.draft("RGB", (_DRAFT_SIDE, _DRAFT_SIDE))
    image.load()
    orientation = _orientation(image)
    # Shrunk on both sides of the conversion: before it where possible, to save memory, and
    # after it for the modes that can only be resized once they are RGB.
    colour = _to_rgb(_shrunk(image))
    turned = _turned(_shrunk(colour.image), orientation)
    upright_size = size[::-1] if orientation >= 5 else size
    notes = (
        "several frames or pages: only the first is used" if several else None,
        colour.note,
        turned.note,
        _size_note(upright_size, turned.image.size),
    )
    return Decoded(
        image=_bare(turned.image),
        format="JPEG" if image.format == "MPO" else str(image.format),
        size=upright_size,
        notes=tuple(note for note in notes if note),
    )


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1, upright, where it is absent or nonsense."""
    try:
        tag = image.getexif().get(_ORIENTATION_TAG)
    except Exception:  # a broken EXIF block says nothing about the pixels
        return 1
    return tag if tag in _UPRIGHT else 1


def _shrunk(image: Image.Image) -> Image.Image:
    """Return the picture with its longest side at most `LONGEST_SIDE`, if its mode allows."""
    longest = max(image.size)
    # A transparent colour is marked by its exact value, which resizing would blur.
    keyed = "transparency" in image.info
    if longest <= LONGEST_SIDE or keyed or image.mode not in _RESIZABLE_MODES:
        return image
    width, height = (max(1, round(side * LONGEST_SIDE / longest)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _to_rgb(image: Image.Image) -> _Step:
    if image.mode in _SIXTEEN_BIT_MODES:
        grey = Image.fromarray(_EIGHT_OF_SIXTEEN_BITS[np.asarray(image)])
        return _Step(_shrunk(grey).convert("RGB"), "16-bit grey brought to 8 bits (divided by 257)")
    if image.has_transparency_data:
        return _on_white(_shrunk(image.convert("RGBA")))
    if image.mode == "CMYK":
        return _Step(image.convert("RGB"), "CMYK turned into RGB")
    note = "grey repeated in the three colour channels" if image.mode in _GREY_MODES else None
    return _Step(image.convert("RGB"), note)


def _on_white(image: Image.Image) -> _Step:
    alpha = image.getchannel("A")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=alpha)
    opaque = alpha.getextrema() == (255, 255)
    return _Step(white, None if opaque else "transparent parts laid on white")


def _turned(image: Image.Image, orientation: int) -> _Step:
    if orientation == 1:
        return _Step(image)
    return _Step(image.transpose(_UPRIGHT[orientation]), "turned upright as its EXIF tag says")


def _size_note(before: tuple[int, int], after: tuple[int, int]) -> str | None:
    if before != after:
        return f"reduced to {after[0]}x{after[1]} from {before[0]}x{before[1]}"
    if min(after) < SMALL_SIDE:
        return f"only {after[0]}x{after[1]} pixels: little to see for a network"
    return None


def _bare(image: Image.Image) -> Image.Image:
    """Return a new picture with these pixels; `copy` would take the metadata along."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    return bare
