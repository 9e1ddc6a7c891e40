"""A channel picture is layers by channels: every channel as a cell, or how they spread."""

from collections.abc import Mapping

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import Scale, heatmap, profile
from inspector.measures import quantiles
from inspector.views.selection import SPREAD, scales
from inspector.views.view import Choices

NARROWER = "no such channel in this layer"


def draw_channels(
    panels: Mapping[str, xr.DataArray],
    shared: Scale,
    choices: Choices,
    references: Mapping[str, float],
) -> go.Figure:
    """The picture that was chosen of arrays (layer, channel).

    Args:
        panels: arrays by title.
        shared: scale of the cells; a spread keeps its limits if it has no centre.
        choices: those of `selection.form_control` and `OWN_SCALE`.
        references: values that a spread is to be read against, by their meaning.
    """
    if choices["form"] != SPREAD:
        scale = scales(panels, shared, choices)
        return heatmap(panels, x="channel", y="layer", scale=scale, absent=NARROWER)
    spread = {title: quantiles(values, "channel") for title, values in panels.items()}
    limits = (shared.low, shared.high) if shared.centre is None else None
    return profile(spread, x="layer", limits=limits, references=references)
