"""An export is a figure or an array as a file that others can open without this toolkit.

Pictures (PNG, SVG, PDF) keep the size the figure was laid out in; an SVG's text stays text. HTML is
one page that holds everything it needs and asks nothing of the network. Arrays become netCDF with
their labels, units and attributes.
"""

import hashlib
import html
import json
import re
import secrets
from collections.abc import Mapping
from numbers import Number
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from inspector.figures import Figure, themed
from inspector.page import Chart, chart, document
from inspector.renderer import RENDERER, ExportUnavailable

__all__ = [
    "ExportUnavailable",
    "arrays_bytes",
    "figure_bytes",
    "html_page",
    "save",
    "write_atomically",
]

AnyFigure: TypeAlias = go.Figure | Figure
Arrays = xr.DataTree | xr.Dataset | xr.DataArray

PICTURES = ("png", "svg", "pdf")
KINDS = (*PICTURES, "html")
COMPRESSED_FROM = 2**20
"""Bytes of an array from which it is compressed: logits by pixel take 22 MB an image."""

_RANDOM_NAME = re.compile(rb'(?:id="defs-|class="trace [a-z]+ trace)([0-9a-f]{6})"')


def figure_bytes(
    figure: AnyFigure, kind: str, *, scale: float = 2, dark: bool = False, title: str = ""
) -> bytes:
    """`figure` as a file of this `kind`: "png", "svg", "pdf" or "html".

    Args:
        figure: drawn in the size it was laid out in.
        kind: one of those.
        scale: pixels of a PNG per pixel of layout.
        dark: light text on black paper instead of dark text on white; an HTML page is as its reader
            prefers.
        title: of the HTML page.

    Raises:
        ExportUnavailable: a picture was asked for and there is no browser to draw it.
        ValueError: any other kind.
    """
    require_kind(kind)
    if kind not in PICTURES:
        return html_page({title or "Figure": figure}, title=title)
    layout = figure.layout
    size = {"width": layout.width or 700, "height": layout.height or 450}
    options = size | {"format": kind, "scale": scale if kind == "png" else 1}
    content = RENDERER.picture(themed(figure, dark=dark), options)
    return _with_steady_names(content) if kind == "svg" else content


def require_kind(kind: str) -> None:
    """Raises a ValueError if no figure can be exported as this."""
    if kind not in KINDS:
        raise ValueError(f"expected a figure as {_spoken(KINDS)}; got '{kind}'.")


def html_page(figures: Mapping[str, AnyFigure], *, title: str = "") -> bytes:
    """One page with all `figures` under their headings, light or dark as its reader prefers."""
    sections = [
        f"<section>\n<h2>{html.escape(heading)}</h2>\n{_charted(figure, heading)}\n</section>"
        for heading, figure in figures.items()
    ]
    return document(title or "attention-inspector", "\n".join(sections))


def _charted(figure: AnyFigure, heading: str) -> str:
    return chart(Chart(figure.checked if isinstance(figure, Figure) else figure, heading))


def arrays_bytes(arrays: Arrays) -> bytes:
    """`arrays` as a netCDF-4 file.

    Attributes that netCDF does not know become ones that it does: True and False 1 and 0, nested
    values JSON text, None is left out. Half-precision values become single. Large arrays are
    compressed without loss.
    """
    if isinstance(arrays, xr.DataArray):
        arrays = arrays.to_dataset(name=arrays.name or "values")
    if isinstance(arrays, xr.Dataset):
        return bytes(_storable(arrays).to_netcdf(engine="h5netcdf"))
    nodes = {node.path: _storable(node.to_dataset(inherit=False)) for node in arrays.subtree}
    return bytes(xr.DataTree.from_dict(nodes).to_netcdf(engine="h5netcdf"))


def save(
    thing: AnyFigure | Arrays,
    path: str | Path,
    *,
    force: bool = False,
    dark: bool = False,
    title: str = "",
) -> Path:
    """Writes a figure (.png, .svg, .pdf, .html) or arrays (.nc); the name's ending decides.

    Returns:
        The path.

    Raises:
        ExportUnavailable: a picture was asked for and there is no browser to draw it.
        FileExistsError: the file exists and `force` is not given.
        ValueError: an ending that does not fit what is saved.
    """
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    is_figure = isinstance(thing, AnyFigure)
    fitting = KINDS if is_figure else ("nc",)
    if kind not in fitting:
        what = "a figure" if is_figure else "arrays"
        raise ValueError(f"expected {what} to be saved as {_spoken(fitting)}; got '{target.name}'.")
    _require_free(target, force)
    if isinstance(thing, AnyFigure):
        content = figure_bytes(thing, kind, dark=dark, title=title)
    else:
        content = arrays_bytes(thing)
    return write_atomically(target, content, force=force)


def write_atomically(path: Path, content: bytes, *, force: bool = False) -> Path:
    """Writes the whole file or none of it, under its final name only when it is complete.

    Raises:
        FileExistsError: the file exists and `force` is not given.
    """
    _require_free(path, force)
    # In the same folder, because a rename is only atomic within one file system; opened by name
    # and not by tempfile, whose files nobody else may read.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as stream:
            stream.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _with_steady_names(svg: bytes) -> bytes:
    """The SVG with names that its content decides: plotly draws them at random each time."""
    names = list(dict.fromkeys(_RANDOM_NAME.findall(svg)))
    if not names:
        return svg
    named = re.compile(rb"(?<=[A-Za-z-])(?:" + b"|".join(names) + b")")
    content = hashlib.sha256(named.sub(b"", svg)).hexdigest()
    steady = {
        name: hashlib.sha256(f"{content} {place}".encode()).hexdigest()[:6].encode()
        for place, name in enumerate(names)
    }
    return named.sub(lambda found: steady[found[0]], svg)


def _require_free(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise FileExistsError(f"'{path}' exists: choose another name, or overwrite it with force.")


def _spoken(kinds: tuple[str, ...]) -> str:
    """The endings as a phrase: ".png, .svg or .pdf"."""
    *others, last = (f".{kind}" for kind in kinds)
    return f"{', '.join(others)} or {last}" if others else last


def _storable(data: xr.Dataset) -> xr.Dataset:
    """`data` with types and attributes that netCDF knows."""
    halves = [name for name, values in data.variables.items() if values.dtype == np.float16]
    stored = data.drop_encoding().assign({name: data[name].astype(np.float32) for name in halves})
    stored.attrs = _attributes(data.attrs)
    for name, values in data.variables.items():
        stored[name].attrs = _attributes(values.attrs)
        if values.nbytes >= COMPRESSED_FROM:
            # a higher level takes longer and gains one part in a hundred
            stored[name].encoding = {"zlib": True, "complevel": 1, "shuffle": True}
    return stored


def _attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): _attribute(value) for key, value in attrs.items() if value is not None}


def _attribute(value: Any) -> Any:
    """`value` as a number, text, or list of either."""
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, str | Number | np.ndarray):
        return value
    if isinstance(value, list | tuple) and value:
        if all(isinstance(item, str) for item in value):
            return list(value)
        if all(isinstance(item, Number) for item in value):
            return [_attribute(item) for item in value]
    return json.dumps(value, default=str)
