import numpy as np
import pytest
import torch
import xarray as xr

from hooks.mechanism import Quantity
from inspector.measures import entropy, first_share, relative_mass
from inspector.surveys.quantities import predicted, surveyed
from inspector.surveys.reducing import reduced


def tree(values, dims, unit="share of 1", mechanism="m"):
    """What is left of a quantity after the pass, as a captured tree."""
    whole = Quantity(torch.tensor(values, dtype=torch.float32), dims, "weight", unit)
    arrays = {
        name: xr.DataArray(one.values.numpy(), dims=one.dims, attrs={"units": one.unit})
        for name, one in reduced("weight", whole).items()
    }
    labels = {dim: np.arange(n) for one in arrays.values() for dim, n in one.sizes.items()}
    leaf = xr.DataTree(xr.Dataset(arrays, labels))
    return xr.DataTree(children={mechanism: xr.DataTree(children={"layer": leaf})})


def found(values, dims, unit="share of 1"):
    return {one.block.name: one for one in surveyed(tree(values, dims, unit))}


def shares(shape, axis=-1):
    values = np.random.default_rng(0).random(shape)
    return values / values.sum(axis, keepdims=True)


def test_a_gate_is_kept_by_channel():
    gate = np.random.default_rng(0).random((3, 5))
    one = found(gate, ("sample", "channel"))["weight"]
    np.testing.assert_allclose(one.values, gate, rtol=1e-6)
    assert (one.block.dims, one.block.scale) == (("channel",), "linear")


def test_a_map_is_averaged_over_its_places():
    values = np.random.default_rng(0).random((3, 2, 4, 5))
    one = found(values, ("sample", "group", "y", "x"))["weight"]
    np.testing.assert_allclose(one.values, values.mean((2, 3)), rtol=1e-5)


def test_retrieval_weights_come_with_their_entropy():
    weight = shares((3, 2, 4))
    both = found(weight, ("sample", "head", "retrieved_layer"))
    np.testing.assert_allclose(both["weight"].values, weight.reshape(3, 8), rtol=1e-6)
    expected = -(weight * np.log(weight)).sum(-1)
    np.testing.assert_allclose(both["weight_entropy"].values, expected, rtol=1e-5)


def test_attention_is_averaged_over_queries_and_so_is_its_entropy():
    weight = shares((2, 3, 4, 5))
    both = found(weight, ("sample", "head", "query", "key"))
    np.testing.assert_allclose(both["weight"].values, weight.mean(2).reshape(2, -1), rtol=1e-5)
    rows = -(weight * np.log(weight)).sum(-1)
    np.testing.assert_allclose(both["weight_entropy"].values, rows.mean(2), rtol=1e-5)


@pytest.mark.parametrize("tie", [False, True], ids=["apart", "tied"])
def test_affinities_are_told_as_the_use_of_slots(tie):
    affinity = shares((2, 3, 6, 4))
    affinity[0, 0, 0] = 0.25 if tie else affinity[0, 0, 0]
    dims = ("sample", "head", "token", "slot")
    told = found(affinity, dims)
    array = xr.DataArray(affinity.astype(np.float32), dims=dims)
    mass, first = relative_mass(array), first_share(array)
    np.testing.assert_allclose(told["relative_mass"].values, mass.values.reshape(2, -1), rtol=1e-5)
    np.testing.assert_allclose(told["first_share"].values, first.values.reshape(2, -1), rtol=1e-5)
    expected = entropy(mass / mass.sizes["slot"], over="slot")
    np.testing.assert_allclose(told["relative_mass_entropy"].values, expected.values, rtol=1e-5)


def test_what_no_picture_changes_is_left_out():
    assert found(np.ones(4), ("channel",)) == {}


def test_numbers_without_bounds_are_on_a_signed_scale():
    one = found(np.ones((2, 3)), ("sample", "channel"), unit="activation")["weight"]
    assert one.block.scale == "signed"


def test_predictions_are_the_likeliest_class_and_how_spread_all_are():
    logits = np.random.default_rng(0).standard_normal((4, 5))
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    confidence, spread = predicted(logits)
    np.testing.assert_allclose(confidence.values[:, 0], share.max(1), rtol=1e-6)
    np.testing.assert_allclose(spread.values[:, 0], -(share * np.log(share)).sum(1), rtol=1e-6)
    assert confidence.block.mechanism == "prediction"
