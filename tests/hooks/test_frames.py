"""Nodes made of frames against what xarray makes of the same arrays by its public ways."""

import numpy as np
import pytest
import torch
import xarray as xr

from hooks import frames
from hooks.mechanism import Quantity

LAYERS = ("a.0", "a.1", "a.2")
DIMS = ("sample", "head", "retrieved_layer")
NOTES = {"head": {"width": 4}}


def node(weights):
    quantity = Quantity(torch.from_numpy(weights), DIMS, "retrieval weight", "share of 1")
    return frames.filled({"weight": quantity}, {"weight": weights}, LAYERS, NOTES)


@pytest.fixture
def weights():
    return np.linspace(0, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)


def expected(weights):
    titles = {"sample": "image", "head": "head", "retrieved_layer": "retrieved layer"}
    labels = {"sample": [0, 1], "head": [0, 1, 2, 3], "retrieved_layer": list(LAYERS)}
    axes = {
        dim: (dim, labels[dim], {"long_name": titles[dim], **NOTES.get(dim, {})}) for dim in DIMS
    }
    attributes = {"long_name": "retrieval weight", "units": "share of 1"}
    return xr.Dataset({"weight": (DIMS, weights, attributes)}, axes)


@pytest.fixture(params=["as it is", "another xarray"])
def way(request, monkeypatch):
    """With xarray's shortcut, and with an xarray that has it no longer, or with other arguments."""
    if request.param == "another xarray":
        monkeypatch.setattr(frames._Own, "_construct_direct", lambda: None)


@pytest.mark.usefixtures("way")
def test_a_node_is_what_xarray_makes_of_the_same_arrays(weights):
    made, public = node(weights).to_dataset(), expected(weights)
    assert made.identical(public)
    assert set(made.xindexes) == set(DIMS)
    assert all(made.xindexes[dim].equals(public.xindexes[dim]) for dim in DIMS)
    assert made["weight"].sel(sample=1, head=2, retrieved_layer="a.1") == weights[1, 2, 1]
    assert np.shares_memory(made["weight"].values, weights)


@pytest.mark.usefixtures("way")
def test_what_is_written_into_a_node_is_in_no_other(weights):
    first, second = node(weights), node(weights)
    first["weight"].attrs["long_name"] = first.coords["head"].attrs["long_name"] = "mine"
    first["twice"] = 2 * first["weight"]
    first.coords["sample"] = ["cat", "dog"]
    assert second.to_dataset().identical(expected(weights))
    assert node(weights).to_dataset().identical(expected(weights))


def test_this_xarray_has_the_shortcut(weights, monkeypatch):
    """If not, captures are true and take longer: see `hooks.frames._Frame.around`."""
    node(weights)  # its frame is made once, and publicly
    monkeypatch.setattr(xr, "Coordinates", None)
    assert node(weights).to_dataset().identical(expected(weights))
