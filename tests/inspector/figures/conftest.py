"""Small labelled arrays that figures are drawn from, and ways to read a figure back."""

import numpy as np
import pytest
import xarray as xr


@pytest.fixture
def triangle():
    """Retrieval weights of a chain: (layer, retrieved_layer), NaN beyond reach."""

    def build(chain="layer3", size=4):
        values = np.full((size, size), np.nan)
        for t in range(size):
            values[t, : t + 1] = np.random.default_rng(t).dirichlet(np.ones(t + 1))
        names = [f"{chain}.{i}" for i in range(size)]
        return xr.DataArray(
            values,
            dims=["layer", "retrieved_layer"],
            coords={"layer": names, "retrieved_layer": names},
            attrs={"long_name": "retrieval weight", "units": "1"},
        )

    return build


@pytest.fixture
def coloured():
    """The traces of a figure that carry colours by value, one per panel."""
    return lambda figure: [trace for trace in figure.data if getattr(trace, "coloraxis", None)]


@pytest.fixture
def legend():
    """The words in a figure's legend."""
    return lambda figure: [trace.name for trace in figure.data if trace.showlegend]


@pytest.fixture
def titles():
    """The words above the panels, without mark-up."""
    return lambda figure: [
        note.text.removeprefix("<b>").removesuffix("</b>") for note in figure.layout.annotations
    ]
