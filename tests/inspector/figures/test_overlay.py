"""What a map on its image must show."""

import base64
import io

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from inspector.figures import Panel, Scale, overlay


@pytest.fixture
def image():
    pixels = np.random.default_rng(0).uniform(size=(24, 36, 3)).astype(np.float32)
    return xr.DataArray(pixels, dims=["y", "x", "rgb"])


@pytest.fixture
def slot():
    values = np.random.default_rng(1).uniform(size=(4, 6)).astype(np.float32)
    return xr.DataArray(values, dims=["y", "x"], attrs={"long_name": "affinity"})


def picture(figure, index=0):
    source = figure.layout.images[index].source
    return Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))


def test_cells_are_native_and_nothing_is_smoothed(image, slot, coloured):
    (cells,) = coloured(overlay(image, {"slot 3": slot}))
    np.testing.assert_array_equal(cells.z, slot.values)
    assert cells.zsmooth is False
    assert cells.opacity == 0.6


def test_the_image_below_is_grey_and_covers_exactly_the_cells(image, slot):
    figure = overlay(image, {"slot 3": slot})
    below = figure.layout.images[0]
    assert (below.x, below.y, below.sizex, below.sizey) == (-0.5, -0.5, 6, 4)
    assert (below.layer, below.sizing, below.xref, below.yref) == ("below", "stretch", "x", "y")
    grey = picture(figure)
    assert (grey.mode, grey.size) == ("L", (36, 24))
    red, green, blue = (255 * image.isel(rgb=i).values for i in range(3))
    expected = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    np.testing.assert_allclose(np.asarray(grey), expected, atol=1)


def test_panels_keep_the_proportions_of_the_image(image, slot):
    layout = overlay(image, {"slot 3": slot}).layout
    width = layout.width - layout.margin.l - layout.margin.r
    height = layout.height - layout.margin.t - layout.margin.b
    assert width / height == pytest.approx(36 / 24, rel=0.05)
    assert layout.yaxis.scaleanchor == "x"
    # 4 rows over 6 columns on 24 by 36 pixels: square cells
    assert layout.yaxis.scaleratio == pytest.approx(1, rel=0.05)
    assert layout.yaxis.range[0] > layout.yaxis.range[1]


def test_panels_of_an_image_share_a_scale(image, slot, coloured, titles):
    figure = overlay(image, {"slot 3": slot, "slot 7": 0.1 * slot})
    assert {trace.coloraxis for trace in coloured(figure)} == {"coloraxis"}
    assert figure.layout.coloraxis.cmax == pytest.approx(float(slot.max()))
    assert titles(figure) == ["slot 3", "slot 7"]
    assert len(figure.layout.images) == 2


def test_beside_shows_the_image_in_colour_and_the_maps_uncovered(image, slot, coloured, titles):
    figure = overlay(image, {"slot 3": slot}, beside=True)
    assert titles(figure) == ["image", "slot 3"]
    assert len(figure.layout.images) == 1
    assert figure.layout.images[0].xref == "x"
    np.testing.assert_allclose(np.asarray(picture(figure)), 255 * image.values, atol=1)
    (cells,) = coloured(figure)
    assert cells.xaxis == "x2"
    assert cells.opacity is None


def test_a_signed_map_is_drawn_around_zero_and_hover_says_row_and_column(image, slot, coloured):
    figure = overlay(image, Panel(slot - 0.5))
    axis = figure.layout.coloraxis
    assert axis.cmin == -axis.cmax
    (cells,) = coloured(figure)
    assert cells.hovertemplate.startswith("row %{y}<br>column %{x}<br>affinity")


def test_a_cut_is_marked(image, slot, legend):
    figure = overlay(image, slot, scale=Scale(0, 0.5, "affinity"))
    assert legend(figure) == ["above 0.5 (clipped)"]


def test_a_grey_image_serves_too_but_not_a_normalised_one(image, slot):
    assert picture(overlay(image.mean("rgb"), slot)).mode == "L"
    with pytest.raises(ValueError, match=r"image from 0 to 1, got -\d.*undo the model's normal"):
        overlay(image * 4 - 2, slot)
    with pytest.raises(ValueError, match=r"from 0 to 1, got nan"):
        overlay(image * np.nan, slot)


def test_a_map_with_a_slot_axis_left_over_is_refused(image, slot):
    with pytest.raises(ValueError, match=r"overlay draws y and x; 'slot' is left over: select a"):
        overlay(image, slot.expand_dims(slot=3))


def test_each_map_lies_on_its_own_image(image, slot):
    images = {"first": image, "second": 1 - image}
    figure = overlay(images, {"second": slot, "first": slot})
    below = [np.asarray(picture(figure, index)).astype(int) for index in (0, 1)]
    np.testing.assert_allclose(below[0] + below[1], 255, atol=1)
    alone = picture(overlay(image, {"first": slot}))
    np.testing.assert_array_equal(below[1], np.asarray(alone))
    assert [one.xref for one in figure.layout.images] == ["x", "x2"]


def test_each_image_stands_before_its_map(image, slot):
    images = {"first": image, "second": 1 - image}
    figure = overlay(images, {"first": slot, "second": slot}, beside=True)
    assert [one.xref for one in figure.layout.images] == ["x", "x3"]
    assert [picture(figure, index).mode for index in (0, 1)] == ["RGB", "RGB"]
    assert [trace.xaxis for trace in figure.data if trace.coloraxis] == ["x2", "x4"]


def test_a_map_without_an_image_is_refused(image, slot):
    with pytest.raises(ValueError, match="expected an image of map 'second', got none"):
        overlay({"first": image}, {"first": slot, "second": slot})
