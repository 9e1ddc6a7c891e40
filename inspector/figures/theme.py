"""A theme is how figures look: the scales that turn numbers into colours, and the two templates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from plotly.colors import get_colorscale, sample_colorscale

from inspector.figures.figure import Figure
from inspector.figures.text import FONT_SIZE, number

SEQUENTIAL = "Viridis"
"""Even in lightness, fit for colour-blind eyes, and without a grey like that of ABSENT."""

DIVERGING = "RdBu_r"
"""Blue below, off-white at the centre, red above; told apart by every kind of colour vision."""

CLEAR = "rgba(0,0,0,0)"
ABSENT = "rgba(128,128,128,0.45)"
"""Shows where nothing applies; grey on white paper and on black."""

UNDEFINED = "#000000"
"""Cells that came to no number: darker than ABSENT on either paper, and marked with a cross."""

MUTED = "#808080"
"""Reference lines and their labels, readable on white paper and on black."""

SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe and Ito's colours for lines and bars, without black and yellow: one would vanish."""

KINDS = (*SERIES, "#f0e442")
"""The same for areas, where yellow can be seen as well. No eighth hue is safe for every eye."""

OTHER = "#4d4d4d"
"""Kinds without a colour of their own: a grey too dark to be taken for green or purple."""

WARNING = "#b00020"


@dataclass(frozen=True)
class Scale:
    """What colour a value has, the same on every panel that shares the scale.

    Attributes:
        low: the value of the first colour.
        high: the value of the last colour; what lies beyond is drawn as it and marked as clipped.
        label: title of the colour bar: quantity and unit.
        colours: a plotly colour scale, by name or as (share of 1, colour).
        centre: the value of the middle colour of a signed scale, or None.
        marks: values with a meaning, named on the colour bar.
        names: what the values 0, 1, 2, ... stand for, where they count kinds and no amount.
        own: whether it was fitted to one panel, which that panel then says.
    """

    low: float
    high: float
    label: str
    colours: str | tuple[tuple[float, str], ...] = SEQUENTIAL
    centre: float | None = None
    marks: tuple[tuple[float, str], ...] = ()
    names: tuple[str, ...] = ()
    own: bool = False

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise ValueError(f"a scale needs finite low < high, got {self.low} and {self.high}.")

    @property
    def stops(self) -> list[list]:
        """Its colours as [share of 1, colour], which mean the same to whoever draws them.

        A name does not: plotly's scales have other stops in Python than in a browser.
        """
        named = get_colorscale(self.colours) if isinstance(self.colours, str) else self.colours
        return [list(stop) for stop in named]

    @classmethod
    def unit(cls, label: str) -> "Scale":
        """From 0 to 1: shares and gates, whatever values happen to occur."""
        return cls(0.0, 1.0, label)

    @classmethod
    def diverging(cls, limit: float, label: str, centre: float = 0.0) -> "Scale":
        """From `limit` below to `limit` above `centre`: signed values."""
        return cls(centre - limit, centre + limit, label, DIVERGING, centre)

    @classmethod
    def ratio(cls, largest: float, label: str) -> "Scale":
        """From 0 to `largest`, at least to 2, around 1: as much above it has as strong a colour.

        Args:
            largest: of the ratios.
            label: title of the colour bar.
        """
        reach = max(largest - 1, 1.0)
        # the part of a scale around 1 that a ratio can be in
        cut = (reach - 1) / (2 * reach)
        stops = (cut, *(share for share, _ in get_colorscale(DIVERGING) if share > cut))
        colours = sample_colorscale(DIVERGING, stops)
        shares = ((share - cut) / (1 - cut) for share in stops)
        return cls(0.0, 1 + reach, label, tuple(zip(shares, colours, strict=True)), centre=1.0)

    @classmethod
    def of(cls, arrays: Iterable[xr.DataArray | np.ndarray], label: str) -> "Scale":
        """Wide enough for all `arrays` together: from 0 if none is negative, else around 0.

        Arrays without any finite value other than 0 get a limit of 1.
        """
        values = np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)
        values = values[np.isfinite(values)]
        limit = float(np.abs(values).max(initial=0.0)) or 1.0
        return cls.diverging(limit, label) if (values < 0).any() else cls(0.0, limit, label)

    @classmethod
    def kinds(cls, colours: Mapping[str, str], label: str) -> "Scale":
        """One colour for each kind; a value is the place of its kind in `colours`, by name.

        The text under the pointer leaves such values out: give a panel's extras words for them.
        """
        count = len(colours)
        bands = [
            (edge / count, colour)
            for place, colour in enumerate(colours.values())
            for edge in (place, place + 1)
        ]
        return cls(-0.5, count - 0.5, label, tuple(bands), names=tuple(colours))

    def word(self, value: float) -> str:
        """A value for readers: three digits, or the name of its kind."""
        return self.names[int(value)] if self.names else number(value)

    def marked(self, value: float, meaning: str) -> "Scale":
        """The same scale with `value` named on the colour bar: 0.25, "untrained gate"."""
        return replace(self, marks=(*self.marks, (value, meaning)))

    def ticks(self, *, below: bool = False, above: bool = False) -> dict[float, str]:
        """Value to text on the colour bar: every kind, or ends, quarters between and marks.

        Args:
            below: values below `low` occur, so the first colour stands for all of them.
            above: values above `high` occur.
        """
        if self.names:
            return {float(place): name for place, name in enumerate(self.names)}
        near = 0.09 * (self.high - self.low)
        named = {value: f"{number(value)} {meaning}" for value, meaning in self.marks}
        steps = [float(value) for value in np.linspace(self.low, self.high, 5)]
        free = [v for v in steps if all(abs(v - mark) > near for mark in named)]
        ticks = {value: number(value) for value in free} | named
        signs = {self.low: "≤ " * below, self.high: "≥ " * above}
        return {value: signs.get(value, "") + text for value, text in ticks.items()}


@cache
def template(*, dark: bool = False) -> Mapping[str, Any]:
    """Neutral text and lines for white or black paper, in plotly's words; the paper stays clear.

    It is made once, and shared by every figure that has it.
    """
    ink = "#e6e6e6" if dark else "#1a1a1a"
    axis = {
        "automargin": False,  # margins are computed; moving them would part captions from panels
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"size": FONT_SIZE - 1},
        "title": {"font": {"size": FONT_SIZE}},
    }
    layout = {
        "font": {"family": "Arial, Helvetica, sans-serif", "size": FONT_SIZE, "color": ink},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "colorway": SERIES,
        "xaxis": axis,
        "yaxis": axis,
        "hoverlabel": {"align": "left"},
    }
    return {"layout": layout}


def themed(figure: go.Figure | Figure, *, dark: bool = False) -> go.Figure:
    """A copy of `figure` on paper of its own, white or black, for use outside the app."""
    paper = "#0e1117" if dark else "#ffffff"
    look = {"template": template(dark=dark), "paper_bgcolor": paper}
    return go.Figure(figure.data, figure.layout).update_layout(look)
