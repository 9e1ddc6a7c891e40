"""Pointing: a click names the labels of its cell, by the dims of the panel it lies in."""

import numpy as np
import pytest
import xarray as xr

from inspector.figures import clickable, heatmap
from inspector.ui import pointing


@pytest.fixture
def two_panels():
    def panel(rows, columns):
        values = np.arange(rows * columns, dtype=float).reshape(rows, columns)
        coords = {
            "layer": [f"s.{r}" for r in range(rows)],
            "head": [str(c) for c in range(columns)],
        }
        return xr.DataArray(values, coords, ["layer", "head"])

    return clickable(heatmap({"a": panel(2, 3), "b": panel(3, 2)}, x="head", y="layer"))


def test_every_square_is_told_apart_by_its_panel(two_panels):
    panels = pointing._panels(two_panels)
    found = []
    for place, trace in enumerate(two_panels.words["data"]):
        for data in trace.get("customdata", ()) if trace["type"] == "scatter" else ():
            found.append(pointing.labels({"customdata": data}, panels[place]))
    expected = [{"layer": f"s.{r}", "head": str(c)} for r in range(2) for c in range(3)]
    expected += [{"layer": f"s.{r}", "head": str(c)} for r in range(3) for c in range(2)]
    assert found == expected


@pytest.mark.parametrize("panel", [None, {"down": "layer", "across": "head"}])
def test_a_click_beside_the_cells_names_nothing(panel):
    assert pointing.labels({"x": 1}, panel) == {}
