"""Printing makes a drawn picture fit for paper: as wide as a column, and telling what it shows.

Text stays text: a picture is scaled as a whole, never drawn anew. What a reader of the file can ask
for (the description of an SVG, the text chunks of a PNG, the properties of a PDF) is its title and
where it comes from.
"""

import html
import io
import logging
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from PIL import Image, PngImagePlugin

if TYPE_CHECKING:
    from pypdf import PdfWriter

WIDTHS = {"single": 85.0, "middle": 114.0, "double": 178.0}
"""Millimetres of one column, one and a half, and two, as most journals have them."""

NARROWEST, WIDEST = 30.0, 1000.0
DOTS = 300
"""Pixels per inch of a PNG that is made for a width on paper."""

_INCH = 25.4
_PIXELS = 96
"""Pixels of layout per inch, as browsers and SVG count them."""

_POINTS = 72
_TEXT = 7.0
"""Points that most text should have in print; journals ask for 5 to 8."""

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on how Chromium counts objects

_OPENING = re.compile(rb"<svg\b[^>]*>")


def millimetres(width: str) -> float:
    """A width by name or as a number.

    >>> millimetres("single"), millimetres("120")
    (85.0, 120.0)

    Raises:
        ValueError: it is neither, or no paper has it.
    """
    try:
        found = WIDTHS[width] if width in WIDTHS else float(width)
    except ValueError:
        found = 0.0
    if not NARROWEST <= found <= WIDEST:
        named = ", ".join(f"{name} ({mm:g} mm)" for name, mm in WIDTHS.items())
        raise ValueError(
            f"Expected a width of {named}, or {NARROWEST:g} to {WIDEST:g} millimetres; got "
            f"{width!r}."
        )
    return found


def room(width: float, font: float) -> int:
    """Pixels to lay a figure out in, so that text of `font` pixels is readable on `width` mm."""
    return round(width / _INCH * _POINTS * font / _TEXT)


def points(width: float, pixels: float, font: float) -> float:
    """Points of text of `font` pixels, in a figure of so many `pixels` printed `width` mm wide."""
    return width / _INCH * _POINTS * font / pixels


def dots(width: float, pixels: float) -> float:
    """Pixels of a PNG per pixel of a layout that is printed `width` mm wide."""
    return width / _INCH * DOTS / pixels


def fitted(content: bytes, kind: str, width: float) -> bytes:
    """A picture ("svg", "png" or "pdf") that says it is `width` millimetres wide."""
    fit = {"svg": _fitted_svg, "png": _fitted_png, "pdf": _fitted_pdf}[kind]
    return fit(content, width)


def described(content: bytes, kind: str, title: str, said: Sequence[str]) -> bytes:
    """A picture ("svg", "png" or "pdf") that tells its title and, line by line, what it shows."""
    tell = {"svg": _described_svg, "png": _described_png, "pdf": _described_pdf}[kind]
    return tell(content, title, "\n".join(said))


def joined(pages: Sequence[bytes], title: str) -> bytes:
    """PDF files as one, with a bookmark for the title of each."""
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 - only PDF files need it

    writer = PdfWriter()
    for page in pages:
        reader = PdfReader(io.BytesIO(page))
        named = reader.metadata.title if reader.metadata else None
        writer.append(reader, outline_item=named)
    writer.add_metadata({"/Title": title, "/Creator": _creator()})
    return _written(writer)


def _fitted_svg(content: bytes, width: float) -> bytes:
    opening = _OPENING.search(content)
    assert opening, "an SVG has an element of that name"
    tag = opening[0]
    across, down = (float(_attribute(tag, side)) for side in (b"width", b"height"))
    for side, length in ((b"width", width), (b"height", width * down / across)):
        tag = re.sub(rb'\b%s="[^"]*"' % side, b'%s="%.4gmm"' % (side, length), tag, count=1)
    return content.replace(opening[0], tag, 1)


def _attribute(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb'\b%s="([^"]*)"' % name, tag)
    assert found, "plotly writes the size of an SVG"
    return found[1]


def _described_svg(content: bytes, title: str, said: str) -> bytes:
    told = f"<title>{html.escape(title)}</title><desc>{html.escape(said)}</desc>"
    return _OPENING.sub(lambda opening: opening[0] + told.encode(), content, count=1)


def _fitted_png(content: bytes, width: float) -> bytes:
    picture = Image.open(io.BytesIO(content))
    density = picture.width / (width / _INCH)
    return _png(picture, dpi=(density, density))


def _described_png(content: bytes, title: str, said: str) -> bytes:
    picture = Image.open(io.BytesIO(content))
    told = PngImagePlugin.PngInfo()
    for key, text in (("Title", title), ("Description", said), ("Software", _creator())):
        told.add_itxt(key, text)
    return _png(picture, dpi=picture.info.get("dpi"), pnginfo=told)


def _png(picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "png", **{key: value for key, value in options.items() if value})
    return file.getvalue()


def _fitted_pdf(content: bytes, width: float) -> bytes:
    from pypdf import PdfWriter  # noqa: PLC0415 - only PDF files need it

    writer = PdfWriter(io.BytesIO(content))
    for page in writer.pages:
        page.scale_by(width / _INCH * _POINTS / float(page.mediabox.width))
    return _written(writer)


def _described_pdf(content: bytes, title: str, said: str) -> bytes:
    from pypdf import PdfWriter  # noqa: PLC0415 - only PDF files need it

    writer = PdfWriter(io.BytesIO(content))
    writer.add_metadata({"/Title": title, "/Subject": said, "/Creator": _creator()})
    return _written(writer)


def _written(writer: "PdfWriter") -> bytes:
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _creator() -> str:
    return f"attention-inspector {version('attention-inspector')}"
