"""Tables behind charts: every number with its labels, and only once they are asked for."""

import numpy as np
import xarray as xr

from inspector.ui import tables
from inspector.views import Computed


def gates():
    layers, channels = ["a", "b"], ["0", "1", "2"]
    values = np.array([[0.1, 0.2, 0.3], [0.4, np.nan, 0.6]])
    named = {"long_name": "gate", "units": "share of 1"}
    coords = {"layer": layers, "channel": channels}
    gate = xr.DataArray(values, coords, ["layer", "channel"], attrs=named)
    return xr.Dataset({"gate": gate, "twice": (2 * gate).assign_attrs(long_name="gate")})


def test_each_cell_with_a_value_is_a_row_with_its_labels():
    found = tables.rows(gates()[["gate"]])
    assert list(found.columns) == ["layer", "channel", "gate (share of 1)"]
    expected = [("a", "0", 0.1), ("a", "1", 0.2), ("a", "2", 0.3), ("b", "0", 0.4), ("b", "2", 0.6)]
    assert [tuple(row) for row in found.to_numpy()] == expected


def test_quantities_of_one_name_are_told_apart():
    both = gates()
    both["gate"].attrs["units"] = both["twice"].attrs["units"] = ""
    assert list(tables.rows(both).columns)[2:] == ["gate: gate", "gate: twice"]


def test_quantities_of_other_labels_have_a_table_of_their_own_and_pictures_none():
    data = gates()[["gate"]].assign(mean=gates()["gate"].mean("channel"))
    photo = xr.Dataset({"photo": (("y", "x", "rgb"), np.zeros((2, 2, 3)))})
    found = dict(tables._numbers(Computed({"stage": data, "picture": photo})))
    assert list(found) == ["stage, by layer, channel", "stage, by layer"]


def test_a_table_is_made_when_it_is_opened(page):
    shown = page(model="dia_resnet", view="dia_gates")
    assert not shown.dataframe
    shown.session_state["values-dia_gates"] = True
    shown.run()
    assert not shown.exception
    (table,) = shown.dataframe
    assert list(table.value.columns[:2]) == ["layer", "channel"]
