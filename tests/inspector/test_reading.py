"""Readings: sizes and peaks in words."""

import numpy as np
import xarray as xr

from inspector.reading import Peak, peaks, sentence
from inspector.views import Computed

WEIGHT = xr.DataArray(
    [[1.0, np.nan], [0.25, 0.75]],
    dims=("layer", "retrieved_layer"),
    coords={"layer": ["s.0", "s.1"], "retrieved_layer": ["s.0", "s.1"]},
    attrs={"long_name": "retrieval weight"},
)
PICTURE = xr.DataArray(np.ones((2, 2, 3)), dims=("y", "x", "rgb"))


def test_a_peak_has_its_value_and_its_labels():
    (peak,) = peaks(Computed({"s": xr.Dataset({"weight": WEIGHT, "uniform": WEIGHT * 0 + 9})}))
    assert peak == Peak(
        panel="s",
        quantity="retrieval weight",
        size="2 by 2",
        largest="1 at layer s.0, retrieved layer s.0",
        smallest="0.25 at layer s.1, retrieved layer s.0",
    )


def test_pictures_and_empty_panels_have_none():
    empty = xr.Dataset({"v": ("x", [np.nan, np.nan])})
    assert peaks(Computed({"image": xr.Dataset({"image": PICTURE}), "empty": empty})) == []


def test_axes_without_labels_are_counted_from_zero():
    (peak,) = peaks(Computed({"p": xr.Dataset({"map": (("y", "x"), [[0.0, 2.0], [1.0, -3.0]])})}))
    assert (peak.largest, peak.smallest) == ("2 at y 0, x 1", "-3 at y 1, x 1")


def test_a_sentence_names_some_panels_and_counts_the_rest():
    panels = {f"stage {i}": xr.Dataset({"weight": WEIGHT}) for i in range(5)}
    said = sentence("Retrieval", Computed(panels))
    assert said.startswith("Retrieval. stage 0: retrieval weight, 2 by 2, largest 1 at layer s.0")
    assert said.endswith("2 further panels.")
    assert "stage 3" not in said
