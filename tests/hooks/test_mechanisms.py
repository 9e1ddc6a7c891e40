"""The contract: what holds for every mechanism, whatever it is."""

import copy
from dataclasses import replace

import pytest
import torch
import xarray as xr
from torch import nn

from hooks import (
    MECHANISMS,
    Edit,
    UnexpectedShape,
    Where,
    capture,
    record,
    zeroed,
)
from hooks.dims import TITLES
from hooks.listening import hooked

FULL = {"detail": "full"}


def layers_of(tree):
    return [layer for mechanism in tree.children.values() for layer in mechanism.children.values()]


def state_of(model):
    """Everything a look inside could disturb: hooks, modes, flags, weights and buffers."""
    hooks = [
        len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()
    ]
    modes = [(module.training, getattr(module, "fused_attn", None)) for module in model.modules()]
    return hooks, modes, {name: value.clone() for name, value in model.state_dict().items()}


def assert_unchanged(model, before):
    hooks, modes, values = state_of(model)
    assert (hooks, modes) == before[:2]
    assert all(torch.equal(values[name], before[2][name]) for name in values)


def prepared(mechanism, model):
    """As a pass runs in which everything is read, or something edited."""
    return mechanism.prepare(mechanism.sites(model))


def editable_point(mechanism, model):
    return next(point for point in mechanism.sites(model)[-1].points if point.dims)


@pytest.fixture
def mechanism(family, mechanism_of):
    return next(entry for entry in MECHANISMS if entry.key == mechanism_of(family))


def test_every_mechanism_has_a_tiny_network_here(mechanism_of):
    families = ("base", "light", "dia", "external", "gates", "attending")
    assert {entry.key for entry in MECHANISMS} == {mechanism_of(family) for family in families}


def test_dims_are_in_the_vocabulary_and_have_coordinates(model, batch):
    for layer in layers_of(capture(model, batch, **FULL)):
        assert set(layer.dims) <= set(TITLES)
        assert set(layer.dims) == set(layer.coords)
        for array in layer.data_vars.values():
            assert array.attrs["long_name"]
            assert array.attrs["units"]


def test_the_sample_axis_is_the_batch(model, batch):
    assert all(layer.sizes["sample"] == len(batch) for layer in layers_of(capture(model, batch)))


def test_samples_do_not_mix(model, batch):
    together, alone = capture(model, batch, **FULL), capture(model, batch[1:], **FULL)
    for both, one in zip(layers_of(together), layers_of(alone), strict=True):
        for name, array in both.data_vars.items():
            expected = array.isel(sample=[1]) if "sample" in array.dims else array
            torch.testing.assert_close(
                torch.as_tensor(expected.values), torch.as_tensor(one[name].values)
            )


def test_what_sums_to_one_does(model, batch, mechanism):
    point = editable_point(mechanism, model)
    if mechanism.sums_to_one is None or mechanism.sums_to_one not in point.dims:
        pytest.skip("this form is not normalised by definition")
    for layer in layers_of(capture(model, batch)):
        total = layer[point.name].sum(mechanism.sums_to_one).values
        assert abs(total - 1).max() < 1e-6


def test_verified_to_rounding(model, batch):
    tree = capture(model, batch)
    assert tree.attrs["verified"] == 1
    assert tree.attrs["verified_error"] < 1e-6
    assert all("verified_error" in layer.attrs for layer in layers_of(tree))


def test_chain_and_depth_follow_execution(model, batch):
    layers = layers_of(capture(model, batch))
    assert [layer.attrs["depth"] for layer in layers] == list(range(len(layers)))
    assert all(layer.attrs["chain"] for layer in layers)


def test_summary_arrays_are_part_of_full_and_equal(model, batch):
    short, full = capture(model, batch), capture(model, batch, **FULL)
    for one, other in zip(layers_of(short), layers_of(full), strict=True):
        for name, array in one.data_vars.items():
            there = other[name].sel({dim: array[dim] for dim in array.dims})
            xr.testing.assert_allclose(array, there, rtol=1e-6, atol=1e-6)


def test_nothing_stays_on_the_model(model, batch, mechanism):
    model.train()
    next(iter(model.children())).eval()
    before, twin = state_of(model), copy.deepcopy(model).eval()
    with prepared(mechanism, twin):
        logits = twin(batch)
    output = record(model, batch, **FULL).output
    assert_unchanged(model, before)
    assert torch.equal(output, logits)


def test_nothing_stays_after_an_exception(model, batch):
    before = state_of(model)
    with pytest.raises(RuntimeError):
        capture(model, batch[:, :3])
    assert_unchanged(model, before)


def test_an_edit_that_changes_nothing_leaves_the_output_bit_identical(model, batch, mechanism):
    answered = []

    def answer(moment, tensor):
        answered.append(moment)
        return tensor.clone()

    with torch.no_grad(), prepared(mechanism, model):
        plain = model(batch)
        with hooked(model, mechanism.sites(model), answer=answer):
            assert torch.equal(model(batch), plain)
    assert answered


def test_zeroing_a_label_changes_that_label_only(model, batch, mechanism):
    point = editable_point(mechanism, model)
    dim = next(name for name in reversed(point.dims) if name not in ("_", "sample"))
    with prepared(mechanism, model):
        plain = record(model, batch)
    layer = layers_of(plain.tree)[-1]
    label = layer[dim].values[0].item()
    edit = zeroed(Where(mechanism.key, layer.attrs["layer"], dim, label))
    cut = record(model, batch, edits=[edit])
    after = layers_of(cut.tree)[-1][point.name]
    assert not after.sel({dim: label}).any()
    others = layer[dim].values[1:]
    assert after.sel({dim: others}).equals(layer[point.name].sel({dim: others}))
    assert not torch.equal(cut.output, plain.output)
    assert cut.tree.attrs["verified"] == 1
    assert layers_of(cut.tree)[-1].attrs["edited"] == 1


def lying(mechanism, point, lie):
    """The mechanism, told something else than what passed in the network."""

    def read(call, past, full):
        told = {**call.tensors, point: lie(call.tensors[point])}
        return mechanism.read(replace(call, tensors=told), past, full)

    return replace(mechanism, read=read)


def test_a_swap_is_noticed(model, batch, mechanism):
    point = editable_point(mechanism, model)
    axis = next(place for place, name in enumerate(point.dims) if name not in ("_", "sample"))
    liar = lying(mechanism, point.name, lambda tensor: tensor.flip(axis))
    tree = capture(model, batch, mechanisms=[liar], **FULL)
    assert tree.attrs["verified"] == 0
    assert tree.attrs["verified_error"] > 1e-4


@pytest.mark.parametrize(("factor", "verified"), [(1.0, 1), (1.0001, 0)])
def test_a_deviation_of_one_in_ten_thousand_is_noticed(model, batch, mechanism, factor, verified):
    point = editable_point(mechanism, model).name
    liar = lying(mechanism, point, lambda t: t * factor)
    tree = capture(model, batch, mechanisms=[liar], **FULL)
    assert tree.attrs["verified"] == verified
    for layer in layers_of(tree):
        assert layer.attrs["verified"] == verified
        within = layer.attrs["verified_error"] <= layer.attrs["verified_tolerance"]
        assert within == bool(verified)


def test_what_is_not_a_number_is_not_verified(model, batch, mechanism):
    point = editable_point(mechanism, model).name
    liar = lying(mechanism, point, lambda t: t * float("nan"))
    tree = capture(model, batch, mechanisms=[liar], **FULL)
    assert tree.attrs["verified"] == 0
    assert tree.attrs["verified_error"] == float("inf")


def test_gradients_pass_through_the_hooks(model, batch, mechanism):
    seen = []
    inputs = batch.clone().requires_grad_()
    with prepared(mechanism, model), hooked(model, mechanism.sites(model), seen.append):
        model(inputs).sum().backward()
    assert inputs.grad.abs().sum() > 0
    point = editable_point(mechanism, model).name
    assert seen
    assert all(call.tensors[point].requires_grad for call in seen)


def test_a_folded_sample_axis_is_refused(model, batch):
    class Folding(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(torch.cat([x, x]))

    with pytest.raises(UnexpectedShape, match="4 entries along 'sample' for a batch of 2"):
        capture(Folding(), batch)


def test_edits_are_values():
    where = Where("mrla", "stages.0.1", "head", 0)
    assert where == Where("mrla", "stages.0.1", "head", 0)
    assert isinstance(zeroed(where), Edit)
