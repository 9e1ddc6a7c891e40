"""An overlay is a map of native cells on the image it was computed from."""

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import cycle

import numpy as np
import xarray as xr
from PIL import Image

from inspector.figures import frame
from inspector.figures.colourbar import Scales
from inspector.figures.figure import Figure
from inspector.figures.sheet import Need, on_page
from inspector.figures.table import Panels, Table, require_dims, tables
from inspector.figures.theme import Scale

_SIDES = {1: 360, 3: 280, 8: 200}
"""Up to so many panels, each is about so many pixels wide and high; smaller beyond."""

_SMALLEST_SIDE = 150

_KEPT = 8
"""Pictures whose addresses are kept: to pack one takes as long as to draw the cells on it."""

_LUMA = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue in lightness (ITU-R BT.709)."""


def overlay(
    image: xr.DataArray | Mapping[str, xr.DataArray],
    maps: Panels,
    *,
    scale: Scales | None = None,
    opacity: float = 0.6,
    beside: bool = False,
    smooth: bool = False,
) -> Figure:
    """Each map over the image in grey, in its own cells.

    The image below is grey, because over colours the map's own would no longer be those of its
    colour bar. Both are taken to cover the same area.

    Args:
        image: (y, x) or (y, x, rgb), from 0 to 1; or one for each map, by the map's title, all of
            one size.
        maps: one array (y, x), or several by title.
        scale: shared by all maps (by default just wide enough for all), or one per title.
        opacity: of the maps, from 0 to 1.
        beside: draw the image in colour, once, and the maps next to it instead of over it; of
            several images each before its map.
        smooth: let colours run from the middle of one cell to that of the next, which the title of
            each panel then says: it shows more detail than there is. Marks stay native.

    Raises:
        ValueError: no map, an axis missing or left over, an image that is not from 0 to 1, or a map
            without an image.
    """
    drawn = [_named(table) for table in tables(maps, x="x", y="y", figure="overlay")]
    scales = scale or Scale.of([table.values for table in drawn], drawn[0].quantity)
    pictures = _pictures(image, drawn)
    size = _size(pictures[0], drawn[0].values, len(drawn) + beside * len(pictures))
    plans = [_plan(table, size, scales, smooth) for table in drawn]
    places: Sequence[int] = range(len(plans))
    if beside:
        photo = frame.Plan("image", Need(*size), _axes(1, 1))
        plans, places = _interleaved(plans, photo, len(pictures))
    draft = frame.maps(plans, scales, "no value", None, smooth=smooth)
    if not beside:
        pictures = [_grey(picture) for picture in pictures]
        for trace in draft.data:
            if trace["type"] == "heatmap":
                trace["opacity"] = opacity
    draft.layout["images"] = list(_photos(draft, places, pictures))
    return draft.figure()


def _interleaved(
    plans: Sequence[frame.Plan], photo: frame.Plan, pictures: int
) -> tuple[list[frame.Plan], range]:
    """`photo` before the maps of each picture, and the places at which it stands."""
    each = len(plans) // pictures
    groups = [plans[start : start + each] for start in range(0, len(plans), each)]
    shown = [plan for group in groups for plan in (photo, *group)]
    return shown, range(0, len(shown), each + 1)


def _named(table: Table) -> Table:
    """`table` with words for image axes, which most maps leave without labels."""
    rows, columns = (
        replace(side, title=title)
        for side, title in ((table.rows, "row"), (table.columns, "column"))
    )
    return replace(table, rows=rows, columns=columns)


def _plan(table: Table, size: tuple[int, int], scales: Scales, smooth: bool) -> frame.Plan:
    rows, columns = table.values.shape
    title = frame.panel_title(table, table.name, scales)
    if smooth:
        title = f"{title} \N{MIDDLE DOT} smoothed" if title else "smoothed"
    cell = min(size[0] / columns, size[1] / rows)
    return frame.Plan(
        title, Need(*size, joins=table.joins), _axes(rows, columns, size), table, cell
    )


def _axes(rows: int, columns: int, size: tuple[int, int] = (1, 1)) -> tuple[dict, dict]:
    """Axes without labels, since a position is read off the image; both in cells."""
    bare = {"visible": False, "constrain": "domain", "type": "category", "automargin": False}
    x = bare | {"range": [-0.5, columns - 0.5], "constraintoward": "left"}
    y = bare | {"range": [rows - 0.5, -0.5], "constraintoward": "top"}
    return x, y | {"scaleratio": size[1] * columns / (size[0] * rows)}


def _photos(
    draft: frame.Draft, panels: Sequence[int], pictures: Sequence[np.ndarray]
) -> Iterator[dict]:
    """A picture under each of the panels, fitted to its axes; a single one under all."""
    sources = [_data_uri(picture) for picture in pictures]
    for index, source in zip(panels, cycle(sources), strict=False):
        key = frame.key(index)
        left, right = draft.layout[f"xaxis{key}"]["range"]
        lower, upper = draft.layout[f"yaxis{key}"]["range"]
        yield {
            "source": source,
            "xref": f"x{key}",
            "yref": f"y{key}",
            "x": left,
            "y": upper,
            "sizex": right - left,
            "sizey": lower - upper,
            "sizing": "stretch",
            "layer": "below",
        }


def _size(pixels: np.ndarray, cells: np.ndarray, count: int) -> tuple[int, int]:
    """Width and height of a panel in the proportions of the image, of whole pixels per cell."""
    side = on_page(next((s for most, s in _SIDES.items() if count <= most), _SMALLEST_SIDE))
    ratio = (pixels.shape[1] / pixels.shape[0]) ** 0.5
    return _whole(side * ratio, cells.shape[1]), _whole(side / ratio, cells.shape[0])


def _whole(length: float, cells: int) -> int:
    """About `length` pixels, divided evenly so that no cell looks wider than another."""
    return cells * max(round(length / cells), 1) if cells <= length else round(length)


def _pictures(
    image: xr.DataArray | Mapping[str, xr.DataArray], drawn: Sequence[Table]
) -> list[np.ndarray]:
    """The picture that all maps share, or one for each map."""
    if not isinstance(image, Mapping):
        return [_pixels(image)]
    for table in drawn:
        if table.name not in image:
            raise ValueError(f"overlay expected an image of map '{table.name}', got none.")
    return [_pixels(image[table.name]) for table in drawn]


def _pixels(image: xr.DataArray) -> np.ndarray:
    """The image as bytes (y, x) or (y, x, rgb)."""
    dims = ("y", "x", "rgb") if "rgb" in image.dims else ("y", "x")
    require_dims(image, dims, "overlay's image")
    values = image.transpose(*dims).values
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            "overlay expected an image from 0 to 1, "
            f"got {values.min():.3g} to {values.max():.3g}: undo the model's normalisation first."
        )
    return np.round(255 * values).astype(np.uint8)


def _grey(pixels: np.ndarray) -> np.ndarray:
    """Lightness of a picture, bytes (y, x)."""
    return pixels if pixels.ndim == 2 else np.round(pixels @ _LUMA).astype(np.uint8)


def _data_uri(pixels: np.ndarray) -> str:
    """The picture inside an address, so that a figure loads nothing."""
    return _address(pixels.tobytes(), pixels.shape)


@lru_cache(_KEPT)
def _address(content: bytes, shape: tuple[int, ...]) -> str:
    """The same of the bytes of a picture, which most figures of an inspection have below them."""
    stream = io.BytesIO()
    Image.fromarray(np.frombuffer(content, np.uint8).reshape(shape)).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
