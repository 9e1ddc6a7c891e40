"""What a map of kinds must show: one colour for each, and what each colour stands for."""

import colorsys
from itertools import combinations

import numpy as np
import plotly.colors
import pytest
import xarray as xr

from inspector.figures import KINDS, OTHER, Panel, Scale, overlay

COLOURS = {"cow 40%": KINDS[0], "sky 35%": KINDS[1], "2 others 25%": OTHER}

SEES = {
    # Vienot, Brettel & Mollon 1999: what two kinds of colour blindness leave of linear RGB
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    "all": np.eye(3),
}


@pytest.fixture
def kinds():
    values = np.random.default_rng(0).integers(0, 3, (6, 9))
    return xr.DataArray(values, dims=("y", "x"), attrs={"long_name": "likeliest class"})


@pytest.fixture
def image():
    return xr.DataArray(np.zeros((12, 18, 3)), dims=("y", "x", "rgb"))


def drawn(image, values, **extras):
    panel = Panel(values, extras=extras)
    return overlay(image, {"likeliest class": panel}, scale=Scale.kinds(COLOURS, "class"))


def colour_at(axis, value):
    """The colour that plotly gives a value: the last stop of the scale that is not beyond it."""
    share = (value - axis.cmin) / (axis.cmax - axis.cmin)
    return [colour for stop, colour in axis.colorscale if stop <= share][-1]


def test_each_kind_has_its_colour_and_no_other(image, kinds):
    axis = drawn(image, kinds).layout.coloraxis
    assert [colour_at(axis, value) for value in range(3)] == list(COLOURS.values())
    for value in range(3):  # the whole band, so that no colour is mixed
        assert colour_at(axis, value - 0.49) == colour_at(axis, value + 0.49)


def test_the_bar_names_each_kind_at_its_colour(image, kinds):
    bar = drawn(image, kinds).layout.coloraxis.colorbar
    assert dict(zip(bar.tickvals, bar.ticktext, strict=True)) == dict(enumerate(COLOURS))
    assert bar.title.text == "class"


def test_places_of_kinds_are_not_told_as_amounts(image, kinds, coloured):
    number = xr.DataArray(10 * kinds.values, dims=("y", "x"))
    (cells,) = coloured(drawn(image, kinds, number=number))
    assert "%{z" not in cells.hovertemplate
    assert cells.hovertemplate.endswith(
        "column %{x}<br>number %{customdata[0]:.6~g}<extra></extra>"
    )
    np.testing.assert_array_equal(cells.customdata[..., 0], number.values)


def test_a_map_of_one_kind_says_which(image, kinds, titles):
    assert titles(drawn(image, kinds * 0 + 1)) == ["likeliest class · all sky 35%"]


def linear(colour):
    (parts,) = plotly.colors.validate_colors(colour, "tuple")
    return np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts])


def lab(rgb):
    """CIE L*a*b* of linear RGB."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.maximum(to_xyz @ rgb / np.array([0.9505, 1, 1.089]), 1e-4))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", SEES)
def test_every_eye_tells_the_kinds_apart(eye):
    seen = [lab(np.clip(SEES[eye] @ linear(colour), 0, 1)) for colour in (*KINDS, OTHER)]
    apart = [np.linalg.norm(one - other) for one, other in combinations(seen, 2)]
    assert min(apart) > 15


def test_other_kinds_have_no_hue():
    (grey,) = plotly.colors.validate_colors(OTHER, "tuple")
    assert colorsys.rgb_to_hls(*grey)[2] == 0
