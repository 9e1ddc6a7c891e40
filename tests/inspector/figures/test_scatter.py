"""A scatter draws each thing once, where its two numbers are."""

import numpy as np
import pytest
import xarray as xr

from inspector.figures import scatter


@pytest.fixture
def points():
    return xr.Dataset(
        {
            "mass": ("edge", [0.1, 0.9, 0.5], {"long_name": "mass <1>", "units": "1"}),
            "effect": ("edge", [2.0, 0.0, np.nan], {"long_name": "effect", "units": "logit"}),
            "chain": ("edge", ["b", "a", "b"]),
        },
        coords={"edge": ["one", "two", "three"]},
    )


def test_each_group_has_a_colour_a_symbol_and_an_entry(points):
    figure = scatter(points, x="mass", y="effect", group="chain", label="edge")
    assert [trace.name for trace in figure.data] == ["b", "a"]
    first, second = figure.data
    assert first.x.tolist() == [0.1, 0.5]
    assert first.y[0] == 2.0
    assert np.isnan(first.y[1])
    assert list(second.hovertext) == ["two"]
    assert first.marker.color != second.marker.color
    assert first.marker.symbol != second.marker.symbol
    assert figure.layout.showlegend


def test_axes_say_what_they_are_and_hold_every_point(points):
    figure = scatter(points, x="mass", y="effect")
    assert figure.layout.xaxis.title.text == "mass &lt;1&gt;"
    assert figure.layout.yaxis.title.text == "effect (logit)"
    low, high = figure.layout.yaxis.range
    assert low < 0
    assert high > 2
    assert not figure.layout.showlegend


def test_two_dims_are_refused(points):
    with pytest.raises(ValueError, match="scatter draws way; 'edge' is left over"):
        scatter(points.expand_dims(way=2), x="mass", y="effect")
