"""A colour bar tells which value each colour stands for: one beside all panels, or one for each."""

from collections.abc import Mapping, Sequence

import numpy as np

from inspector.figures.cells import clipped
from inspector.figures.sheet import Box, Sheet
from inspector.figures.table import Table
from inspector.figures.text import FONT_SIZE, LINE_HEIGHT, plain, width, wrapped
from inspector.figures.theme import Scale

Scales = Scale | Mapping[str, Scale]
"""One scale for all panels, or one for each by title, which then is said on the panel."""

SHORTEST = 110
"""Pixels; a shorter bar has no room for five numbers."""

_LONGEST = 300
_THICKNESS = 12
_GAP = 12
_TICKS = FONT_SIZE - 1


def scale_of(scales: Scales, name: str) -> Scale:
    """The scale of the panel called `name`."""
    if isinstance(scales, Scale):
        return scales
    if name not in scales:
        raise ValueError(f"expected a scale for every panel, got none for '{name}'.")
    return scales[name]


def room(scales: Scales) -> int:
    """Pixels that the widest of the bars takes to the right of its panel."""
    return max(_room(scale) for scale in _each(scales))


def colour_axis(scale: Scale, tables: Sequence[Table], sheet: Sheet, box: Box) -> dict:
    """Plotly's colour axis for `tables`, its bar to the right of `box`."""
    beyond = {mark.meaning.split()[0] for table in tables for mark in clipped(table, scale)}
    ticks = scale.ticks(below="below" in beyond, above="above" in beyond)
    return {
        "cmin": scale.low,
        "cmax": scale.high,
        "colorscale": scale.stops,
        "colorbar": {
            "title": {"text": "<br>".join(_title(scale)), "side": "right"},
            "tickvals": list(ticks),
            "ticktext": [plain(text) for text in ticks.values()],
            "tickfont": {"size": _TICKS},
            "ticks": "outside",
            "ticklen": 3,
            "thickness": _THICKNESS,
            "outlinewidth": 0,
            "lenmode": "pixels",
            "len": int(np.clip(box.height, SHORTEST, _LONGEST)),
            "x": sheet.across(box)[1],
            "xanchor": "left",
            "xpad": _GAP,
            "y": sheet.upward(box)[1],
            "yanchor": "top",
            "ypad": 0,
        },
    }


def _each(scales: Scales) -> list[Scale]:
    return [scales] if isinstance(scales, Scale) else list(scales.values())


def _room(scale: Scale) -> int:
    ticks = max(width(text, _TICKS) for text in scale.ticks(below=True, above=True).values())
    title = round(len(_title(scale)) * FONT_SIZE * LINE_HEIGHT)
    return _GAP + _THICKNESS + 6 + ticks + title + 8


def _title(scale: Scale) -> list[str]:
    """Lines of the title, which runs along the bar; a unit is not torn from its bracket."""
    room = 1.2 * SHORTEST
    whole = wrapped(scale.label, room)
    parts = [scale.label] if len(whole) == 1 else scale.label.replace(" (", "\n(").splitlines()
    return [plain(line) for part in parts for line in wrapped(part, room)]
