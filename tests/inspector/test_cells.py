"""Cells: means by area, whatever the two sizes."""

import numpy as np
import pytest
import xarray as xr

from inspector.measures import on_cells


def by_hand(values, rows, columns):
    """The same by repeating every value until both sizes divide, then plain means of blocks."""
    height, width = values.shape
    fine = values.repeat(rows, axis=0).repeat(columns, axis=1)
    return fine.reshape(rows, height, columns, width).mean((1, 3))


@pytest.mark.parametrize("size", [(6, 6), (3, 2), (7, 5), (9, 14)])
def test_each_cell_is_the_mean_by_area(size):
    values = np.random.default_rng(0).normal(size=(7, 9))
    got = on_cells(xr.DataArray(values, dims=("y", "x")), *size)
    np.testing.assert_allclose(got.values, by_hand(values, *size), atol=1e-12)


def test_other_dims_and_what_is_known_of_the_map_stay():
    values = xr.DataArray(np.ones((2, 4, 4)), dims=("head", "y", "x"), attrs={"units": "logit"})
    got = on_cells(values, 2, 2)
    assert got.dims == ("head", "y", "x")
    assert got.shape == (2, 2, 2)
    assert got.attrs == {"units": "logit"}


def test_what_has_no_place_is_refused():
    with pytest.raises(ValueError, match="dims y and x, got sample, channel"):
        on_cells(xr.DataArray(np.ones((2, 4)), dims=("sample", "channel")), 2, 2)
