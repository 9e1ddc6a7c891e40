"""Scales, their colours and the two templates."""

import colorsys
from itertools import combinations

import numpy as np
import plotly.colors
import pytest
import xarray as xr

from inspector.figures import Scale, heatmap, themed
from inspector.figures.cells import ABOVE, BELOW
from inspector.figures.theme import ABSENT, DIVERGING, SEQUENTIAL, UNDEFINED


def lightness(colour):
    """CIE L* of a colour, from its relative luminance."""
    (parts,) = plotly.colors.validate_colors(colour, "tuple")
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    luminance = np.dot([0.2126, 0.7152, 0.0722], linear)
    return 116 * np.cbrt(luminance) - 16 if luminance > 0.008856 else 903.3 * luminance


def stops(name):
    return [colour for _, colour in plotly.colors.get_colorscale(name)]


def test_the_sequential_scale_grows_evenly_in_lightness():
    steps = np.diff([lightness(colour) for colour in stops(SEQUENTIAL)])
    assert (steps > 0).all()
    assert steps.max() < 3 * steps.min()


def test_the_diverging_scale_is_lightest_at_its_centre():
    values = [lightness(colour) for colour in stops(DIVERGING)]
    middle = len(values) // 2
    assert np.argmax(values) == middle
    assert (np.diff(values[: middle + 1]) > 0).all()
    assert (np.diff(values[middle:]) < 0).all()


@pytest.mark.parametrize("paper", [(1, 1, 1), (14 / 255, 17 / 255, 23 / 255)])
def test_absent_cells_look_like_no_value(paper):
    """Grey over either paper keeps its distance from every colour of both scales (RGB, of 1)."""
    *grey, alpha = (float(part) for part in ABSENT.removeprefix("rgba(")[:-1].split(","))
    seen = [alpha * g / 255 + (1 - alpha) * p for g, p in zip(grey, paper, strict=True)]
    for name in (SEQUENTIAL, DIVERGING):
        for share in np.linspace(0, 1, 101):
            colour = plotly.colors.sample_colorscale(name, share, colortype="tuple")[0]
            assert np.linalg.norm(np.subtract(colour, seen)) > 0.12
    assert colorsys.rgb_to_hls(*seen)[2] < 0.1  # no hue


@pytest.mark.parametrize("paper", [(1, 1, 1), (14 / 255, 17 / 255, 23 / 255)])
def test_cells_without_an_honest_colour_differ_from_each_other_and_from_the_scales(paper):
    *grey, alpha = (float(part) for part in ABSENT.removeprefix("rgba(")[:-1].split(","))
    absent = tuple(alpha * g / 255 + (1 - alpha) * p for g, p in zip(grey, paper, strict=True))
    painted = plotly.colors.validate_colors([UNDEFINED, ABOVE, BELOW], "tuple")
    for one, other in combinations([absent, *painted], 2):
        assert np.linalg.norm(np.subtract(one, other)) > 0.3
    for name in (SEQUENTIAL, DIVERGING):
        for colour in plotly.colors.sample_colorscale(name, 101, colortype="tuple"):
            assert all(np.linalg.norm(np.subtract(colour, one)) > 0.2 for one in painted)


def test_scales_that_cannot_order_values_are_refused():
    for low, high in [(1, 1), (2, 1), (0, np.nan), (-np.inf, 0)]:
        with pytest.raises(ValueError, match="finite low < high"):
            Scale(low, high, "weight")


def test_a_diverging_scale_is_symmetric_about_its_centre():
    scale = Scale.diverging(2, "ratio", centre=1)
    assert (scale.low, scale.high, scale.centre) == (-1, 3, 1)


def test_scale_of_ignores_what_cannot_be_drawn():
    values = xr.DataArray([np.nan, np.inf, 0.2])
    assert Scale.of([values], "gate").high == 0.2
    assert (Scale.of([values * np.nan], "gate").low, Scale.of([values * 0], "gate").high) == (0, 1)
    assert Scale.of([values, -values], "gate").centre == 0


def test_ticks_name_both_ends_and_the_marks_without_collision():
    ticks = Scale.unit("gate").marked(0.26, "untrained").ticks()
    assert ticks == {0: "0", 0.5: "0.5", 0.75: "0.75", 1: "1", 0.26: "0.26 untrained"}
    assert Scale.unit("gate").ticks(above=True)[1] == "≥ 1"
    assert Scale.diverging(0.3, "decay").ticks(below=True)[-0.3] == "≤ \N{MINUS SIGN}0.3"


def test_a_mark_at_an_end_says_both():
    assert Scale.unit("gate").marked(1, "open").ticks(above=True)[1] == "≥ 1 open"


def test_themed_sets_readable_text_on_its_own_paper_and_leaves_the_scale():
    values = xr.DataArray([[0.0, 1.0]], dims=["a", "b"])
    figure = heatmap(values, x="b", y="a", scale=Scale.unit("gate"))
    for dark in (False, True):
        shown = themed(figure, dark=dark)
        ink = lightness(shown.layout.template.layout.font.color)
        assert abs(ink - lightness(shown.layout.paper_bgcolor)) > 80
        assert shown.layout.coloraxis == figure.layout.coloraxis
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
