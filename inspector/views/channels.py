"""A channel picture is layers by channels: every channel as a cell, or how they spread."""

from collections.abc import Mapping
from functools import partial

import xarray as xr

from inspector.figures import Figure, Scale, heatmap, profile
from inspector.measures import quantiles
from inspector.views.scaling import Maps, panels_of
from inspector.views.selection import SPREAD
from inspector.views.view import Choices

NARROWER = "no such channel in this layer"


def channel_maps(
    values: Mapping[str, xr.DataArray],
    shared: Scale,
    choices: Choices,
    references: Mapping[str, float],
) -> Maps | Figure:
    """The picture that was chosen of arrays (layer, channel).

    Args:
        values: arrays by title.
        shared: scale of the cells; a spread keeps its limits if it has no centre.
        choices: that of `selection.form_control`.
        references: values that a spread is to be read against, by their meaning.
    """
    if choices["form"] != SPREAD:
        figure = partial(heatmap, x="channel", y="layer", absent=NARROWER)
        return Maps(panels_of(values), shared, figure)
    spread = {title: quantiles(numbers, "channel") for title, numbers in values.items()}
    limits = (shared.low, shared.high) if shared.centre is None else None
    return profile(spread, x="layer", limits=limits, references=references)
