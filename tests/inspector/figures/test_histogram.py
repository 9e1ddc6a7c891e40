"""A histogram: its steps hold the shares, and stand where the bins are."""

import numpy as np
import pytest
import xarray as xr

from inspector.figures import histogram


def binned(edges, shares, **coords):
    dims = (*coords, "bin")
    return xr.Dataset(
        {
            "share": (dims, shares, {"long_name": "share of values", "units": "share of 1"}),
            "bin_from": ("bin", edges[:-1]),
            "bin_to": ("bin", edges[1:]),
        },
        coords=coords,
        attrs={"long_name": "gate", "units": "share of 1"},
    )


def area(trace):
    """What the steps enclose: with bins of one width, the sum of the shares."""
    return np.trapezoid(trace.y, trace.x)


def test_steps_enclose_the_shares():
    shares = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
    drawn = histogram(binned(np.array([0.0, 0.1, 0.2, 0.3]), shares, slot=[3, 8]))
    assert [trace.name for trace in drawn.data] == ["slot 3", "slot 8"]
    assert [area(trace) for trace in drawn.data] == pytest.approx([0.1, 0.1])
    assert drawn.layout.xaxis.type is None
    assert drawn.layout.xaxis.range == (0.0, 0.3)
    assert drawn.data[0].y.max() == 0.5
    assert drawn.layout.yaxis.range[0] == 0


def test_bins_that_grow_by_a_factor_stand_on_an_axis_of_ratios():
    drawn = histogram(binned(10.0 ** np.arange(-3, 1), np.array([0.2, 0.3, 0.5])))
    assert drawn.layout.xaxis.type == "log"
    assert drawn.layout.xaxis.range == pytest.approx((-3, 0))


def test_bins_around_zero_are_named_one_by_one():
    edges = np.array([-10.0, -1.0, 0.0, 1.0, 10.0])
    drawn = histogram(binned(edges, np.full(4, 0.25)))
    assert drawn.layout.xaxis.range == (0, 4)
    assert list(drawn.layout.xaxis.ticktext) == ["-10", "-1", "0", "1", "10"]
    assert drawn.data[0].customdata[1].tolist() == [-10, -1]


def test_what_is_left_over_is_refused():
    data = binned(np.arange(3.0), np.full((1, 1, 2), 0.5), head=[0], slot=[0])
    with pytest.raises(ValueError, match="'slot' is left over"):
        histogram(data)
