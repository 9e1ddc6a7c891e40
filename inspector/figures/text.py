"""Text on a figure: words for a quantity, its room in pixels, and no mark-up but our own.

A figure is drawn where no font can be measured, so widths are estimates on the safe side.
"""

import html
import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import xarray as xr

FONT_SIZE = 12
LINE_HEIGHT = 1.35
"""Height of a line in font sizes, as plotly sets it."""

_CHARACTER = 0.54
"""Mean width of a character in font sizes: nearly a digit of Arial, more than a small letter."""


def plain(text: object) -> str:
    """`text` with its angle brackets and ampersands shown, since plotly would read them as HTML."""
    return html.escape(str(text), quote=False)


def width(text: str, size: float = FONT_SIZE) -> int:
    """Pixels that the longest line of `text` takes."""
    longest = max((len(line) for line in text.split("<br>")), default=0)
    return round(longest * size * _CHARACTER)


def wrapped(text: str, room: float, size: float = FONT_SIZE) -> list[str]:
    """Lines of `text` that fit into `room` pixels; a word longer than a line is broken."""
    return textwrap.wrap(text, max(int(room / (size * _CHARACTER)), 8)) or [""]


def number(value: float) -> str:
    """Three digits, and a minus sign as wide as a plus."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def quantity(values: xr.DataArray) -> str:
    """What `values` are, with their unit: "entropy (nats)"."""
    return _titled(values.attrs, values.name if values.name is not None else "value")


def dim_title(values: xr.DataArray, dim: Hashable) -> str:
    """What runs along `dim`, from its coordinate's attributes or else from its name."""
    return _titled(values[dim].attrs if dim in values.coords else {}, dim)


def _titled(attrs: Mapping[str, Any], name: Hashable) -> str:
    title = str(attrs.get("long_name") or str(name).replace("_", " "))
    unit = str(attrs.get("units", ""))
    return f"{title} ({unit})" if unit not in {"", "1"} else title
