"""Estimates: points with bars of the right length, and lines to hold them against."""

import numpy as np
import pytest
import xarray as xr

from inspector.figures import estimates


def series(value, low, high, dim="stage"):
    parts = {"value": value, "low": low, "high": high}
    data = xr.Dataset({name: (dim, np.array(part, float)) for name, part in parts.items()})
    data["value"].attrs["long_name"] = "mean correlation"
    return data.assign_coords({dim: [f"s{i}" for i in range(len(value))]})


BOTH = {
    "all": series([0.5, 0.7], [0.4, np.nan], [0.8, np.nan]),
    "near": series([0.1, 0.2], [0.0, 0.1], [0.3, 0.4]),
}


def test_bars_reach_from_low_to_high():
    first, _ = estimates(BOTH, x="stage").data
    np.testing.assert_allclose(first.y, [0.5, 0.7])
    np.testing.assert_allclose(first.error_y.array[0], 0.3)
    np.testing.assert_allclose(first.error_y.arrayminus[0], 0.1)
    assert np.isnan(first.error_y.array[1])
    assert "interval %{customdata[0]" in first.hovertemplate


def test_series_stand_side_by_side_and_can_be_told_apart():
    figure = estimates(BOTH, x="stage")
    assert figure.layout.scattermode == "group"
    for what in ("name", "offsetgroup"):
        assert [trace[what] for trace in figure.data] == ["all", "near"]
    assert len({trace.marker.symbol for trace in figure.data}) == 2
    assert len({trace.marker.color for trace in figure.data}) == 2


def test_the_axis_holds_bars_and_references():
    figure = estimates(BOTH, x="stage", references={"published": 0.95})
    low, high = figure.layout.yaxis.range
    assert low < 0.0
    assert high > 0.95
    assert figure.layout.yaxis.title.text == "mean correlation"
    assert figure.layout.shapes[0].y0 == 0.95
    assert figure.data[-1].name == "published: 0.95"


def test_points_without_interval_say_nothing_of_one():
    bare = series([0.5, 0.6], [np.nan] * 2, [np.nan] * 2)
    (trace,) = estimates({"all": bare}, x="stage").data
    assert "interval" not in trace.hovertemplate


def test_nothing_to_draw_and_axes_left_over_are_refused():
    with pytest.raises(ValueError, match="estimates got no values"):
        estimates({}, x="stage")
    with pytest.raises(ValueError, match="estimates draws layer; 'layer' is missing, got stage"):
        estimates(BOTH, x="layer")
