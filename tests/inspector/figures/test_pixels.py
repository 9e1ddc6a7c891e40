"""What is drawn can be read back: a pixel of each cell tells its value within a step of colour."""

import io

import numpy as np
import pytest
import xarray as xr
from PIL import Image
from plotly.colors import sample_colorscale

from inspector.export import figure_bytes
from inspector.figures import Panel, Scale, heatmap
from inspector.figures.cells import ABOVE
from inspector.figures.theme import UNDEFINED

STEPS = 256


def middles(figure, panel, shape):
    """Pixels (row, column, 2) a third into each cell, where no symbol lies."""
    layout = figure.layout
    (left, right), (low, high) = (layout[f"{side}axis{panel}"].domain for side in "xy")
    width = layout.width - layout.margin.l - layout.margin.r
    height = layout.height - layout.margin.t - layout.margin.b
    x = left + (np.arange(shape[1]) + 0.15) / shape[1] * (right - left)
    y = 1 - high + (np.arange(shape[0]) + 0.15) / shape[0] * (high - low)
    rows, columns = np.meshgrid(layout.margin.t + y * height, layout.margin.l + x * width)
    return np.stack([rows, columns], -1).swapaxes(0, 1).round().astype(int)


def colours(name):
    shares = np.linspace(0, 1, STEPS)
    return 255 * np.array(sample_colorscale(name, shares, colortype="tuple"))


@pytest.mark.browser
@pytest.mark.parametrize("name", ["unit", "signed", "ratio"])
def test_each_colour_tells_its_value_within_a_step(name):
    random = np.random.default_rng(0)
    scale = {
        "unit": Scale.unit("weight"),
        "signed": Scale.diverging(2.0, "decay"),
        "ratio": Scale.ratio(5.0, "ratio"),
    }[name]
    values = random.uniform(scale.low, scale.high, (2, 5, 7))
    values[0, 0, :4] = [np.nan, np.nan, scale.high + 1, scale.low]
    first, second = (xr.DataArray(part, dims=("a", "b")) for part in values)
    undefined = xr.DataArray([False, True, *[False] * 5], dims="b")
    drawn = {"p": Panel(first, undefined={"a key is 0": undefined}), "q": Panel(second)}
    figure = heatmap(drawn, x="b", y="a", scale=scale)
    picture = Image.open(io.BytesIO(figure_bytes(figure, "png", scale=1))).convert("RGB")
    pixels = np.asarray(picture).astype(float)
    stops = scale.colours
    known = colours(stops if isinstance(stops, str) else [list(stop) for stop in stops])
    for suffix, part in zip(("", "2"), values, strict=True):
        place = middles(figure, suffix, part.shape)
        seen = pixels[place[..., 0], place[..., 1]]
        far = np.linalg.norm(seen[:, :, None] - known, axis=-1)
        read = scale.low + far.argmin(-1) / (STEPS - 1) * (scale.high - scale.low)
        inside = (part >= scale.low) & (part <= scale.high)
        step = 1.5 * (scale.high - scale.low) / (STEPS - 1)
        assert abs(read - part)[inside].max() <= step
        assert far.min(-1)[inside].max() < 4
        if suffix == "":
            absent, undefined_, clipped = seen[0, :3]
            np.testing.assert_allclose(undefined_, rgb(UNDEFINED), atol=2)
            np.testing.assert_allclose(clipped, rgb(ABOVE), atol=2)
            np.testing.assert_allclose(absent, 255 - 0.45 * 127, atol=2)


def rgb(colour):
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
