"""Figures turn labelled arrays into plotly figures; they compute nothing and read no files."""

from inspector.figures.bars import bars
from inspector.figures.caption import caption
from inspector.figures.clickable import clickable
from inspector.figures.estimates import estimates
from inspector.figures.figure import Figure
from inspector.figures.heatmap import heatmap
from inspector.figures.histogram import histogram
from inspector.figures.outlined import outlined
from inspector.figures.overlay import overlay
from inspector.figures.profile import profile
from inspector.figures.scatter import scatter
from inspector.figures.sheet import page
from inspector.figures.stacked import stacked
from inspector.figures.table import JOINS, Panel
from inspector.figures.theme import DIVERGING, KINDS, OTHER, Scale, themed

__all__ = [
    "DIVERGING",
    "JOINS",
    "KINDS",
    "OTHER",
    "Figure",
    "Panel",
    "Scale",
    "bars",
    "caption",
    "clickable",
    "estimates",
    "heatmap",
    "histogram",
    "outlined",
    "overlay",
    "page",
    "profile",
    "scatter",
    "stacked",
    "themed",
]
