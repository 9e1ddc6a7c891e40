"""Images for the planted networks, and listeners that end the work."""

import numpy as np
import pytest
import xarray as xr

from tests.inspector.attribution.planted import SIDE


@pytest.fixture
def pixels():
    """Two images of noise, (sample, y, x, rgb)."""
    values = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    return xr.DataArray(values, dims=("sample", "y", "x", "rgb"), coords={"sample": [0, 1]})


@pytest.fixture
def where():
    """Pixels of each of two images: 1 by 4 and 3 by 2 of them."""
    chosen = np.zeros((2, SIDE, SIDE), bool)
    chosen[0, 2, 1:5] = chosen[1, 3:6, 0:2] = True
    return xr.DataArray(chosen, dims=("sample", "y", "x"))
