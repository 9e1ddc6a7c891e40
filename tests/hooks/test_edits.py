"""Edits: what they put where, what they leave alone, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hooks import (
    EVERY,
    UnknownLabel,
    Where,
    averaged,
    capture,
    donated,
    editing,
    noted,
    record,
    replaced,
    resampled,
    scaled,
    zeroed,
)

LAYER = "stages.0.2"
EDGE = Where("mrla", LAYER, "retrieved_layer", "stages.0.0")


@pytest.fixture
def model(build):
    return build("base")


def weight(model, batch, *edits):
    return record(model, batch, edits=edits).tree["mrla"][LAYER]["weight"]


def test_renormalised_rows_sum_to_one_and_keep_their_proportions(model, batch):
    before, after = weight(model, batch), weight(model, batch, zeroed(EDGE, renormalise=True))
    assert abs(after.sum("retrieved_layer") - 1).max() < 1e-6
    kept = before.sel(retrieved_layer=["stages.0.1", LAYER])
    expected = kept / kept.sum("retrieved_layer")
    assert abs(after.sel(retrieved_layer=kept["retrieved_layer"]) - expected).max() < 1e-6


def test_a_row_of_one_entry_keeps_its_loss(model, batch):
    first = Where("mrla", "stages.0.0", "retrieved_layer", "stages.0.0")
    tree = record(model, batch, edits=[zeroed(first, renormalise=True)]).tree
    assert not tree["mrla"]["stages.0.0"]["weight"].any()


def test_a_value_is_put_there(model, batch):
    after = weight(model, batch, replaced(EDGE, 0.5))
    assert (after.sel(retrieved_layer="stages.0.0") == 0.5).all()


def test_mean_over_the_batch(model, batch):
    before, after = weight(model, batch), weight(model, batch, averaged(EDGE))
    mean = before.sel(retrieved_layer="stages.0.0").mean("sample")
    assert abs(after.sel(retrieved_layer="stages.0.0") - mean).max() < 1e-7


def test_values_of_another_sample(model, batch):
    before, after = weight(model, batch), weight(model, batch, resampled(EDGE, [1, 0]))
    swapped = before.sel(retrieved_layer="stages.0.0").values[::-1]
    assert (after.sel(retrieved_layer="stages.0.0").values == swapped).all()


def test_two_edits_of_one_layer_both_hold(model, batch):
    other = Where("mrla", LAYER, "head", 1)
    after = weight(model, batch, zeroed(EDGE), zeroed(other))
    assert not after.sel(retrieved_layer="stages.0.0").any()
    assert not after.sel(head=1).any()


def test_a_dia_gate_edit_reaches_the_next_block(build, batch):
    model = build("dia")
    cut = zeroed(Where("dia", "layer1.ModuleList.0", "channel", 3))
    before = capture(model, batch)["dia"]["layer1.ModuleList.1"]["gate"]
    after = record(model, batch, edits=[cut]).tree["dia"]["layer1.ModuleList.1"]["gate"]
    assert not before.equals(after)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (Where("mrla", "stages.9.9", "head", 0), "No layer 'stages.9.9'.*stages.0.0"),
        (Where("dia", LAYER, "head", 0), "there are: none of this mechanism"),
        (Where("mrla", LAYER, "slot", 0), "has no dim 'slot'; it has: sample, head"),
        (Where("mrla", LAYER, "retrieved_layer", "stages.1.0"), "no label 'stages.1.0'; it has:"),
    ],
)
def test_what_does_not_exist_is_refused(model, batch, where, message):
    plain = model(batch)
    with pytest.raises(UnknownLabel, match=message):
        record(model, batch, edits=[zeroed(where)])
    assert torch.equal(model(batch), plain)


def test_an_edit_that_met_no_layer_is_refused(build, batch):
    model = build("dia", (True, False, True))
    with pytest.raises(UnknownLabel, match=r"'layer1.ModuleList.1' was never applied"):
        record(model, batch, edits=[zeroed(Where("dia", "layer1.ModuleList.1", "channel", 0))])


def test_what_passes_is_scaled(model, batch):
    before, after = weight(model, batch), weight(model, batch, scaled(EDGE, 0.25))
    expected = before.sel(retrieved_layer="stages.0.0") / 4
    assert (after.sel(retrieved_layer="stages.0.0") == expected).all()


@pytest.mark.parametrize("family", ["base", "light", "dia", "external", "gates"])
def test_a_factor_of_one_leaves_the_output_bit_identical(build, family, batch, mechanism_of):
    model = build(family)
    key = mechanism_of(family)
    layer, data = list(capture(model, batch)[key].children.items())[-1]
    dim = next(dim for dim in data.dims if dim in ("head", "channel", "slot"))
    plain = record(model, batch).output
    edited = record(model, batch, edits=[scaled(Where(key, layer, dim, EVERY), 1.0)])
    assert torch.equal(edited.output, plain)


def test_one_head_of_an_edge_is_renormalised_by_itself(model, batch):
    before = weight(model, batch)
    one = Where("mrla", LAYER, "retrieved_layer", "stages.0.0", within=(("head", 1),))
    after = weight(model, batch, replaced(one, 0.5, renormalise=True))
    assert after.sel(head=0).equals(before.sel(head=0))
    row = before.sel(head=1).values
    rest = row[:, 1:] / row[:, 1:].sum(1, keepdims=True) * 0.5
    expected = np.concatenate([np.full((2, 1), 0.5), rest], 1)
    np.testing.assert_allclose(after.sel(head=1).values, expected, rtol=1e-6)


def test_one_sample_has_an_edit_of_its_own(model, batch):
    before = weight(model, batch)
    one = replace(EDGE, within=(("sample", 1),))
    after = weight(model, batch, zeroed(one))
    assert after.sel(sample=0).equals(before.sel(sample=0))
    assert not after.sel(sample=1, retrieved_layer="stages.0.0").any()


def test_a_whole_retrieved_layer_is_cut_from_every_later_one(model, batch):
    cut = zeroed(Where("mrla", EVERY, "retrieved_layer", "stages.0.0"))
    tree = record(model, batch, edits=[cut]).tree["mrla"]
    for layer, data in tree.children.items():
        weights = data["weight"]
        found = "stages.0.0" in weights["retrieved_layer"].values
        later = layer in ("stages.0.1", "stages.0.2")
        if found:
            assert bool(weights.sel(retrieved_layer="stages.0.0").any()) != later


def test_the_state_before_a_block_is_cut(build, batch):
    model, layer = build("dia"), "layer1.ModuleList.2"
    cut = zeroed(Where("dia", layer, "channel", EVERY, point="cell_before"))
    inside = record(model, batch, edits=[cut], detail="full").tree["dia"][layer]
    # With nothing kept, the cell holds what the block wrote.
    written = inside["input_gate"] * inside["candidate"]
    np.testing.assert_allclose(inside["cell"].values, written.values, atol=1e-7)
    plain = capture(model, batch)["dia"]
    edited = record(model, batch, edits=[cut]).tree["dia"]
    assert edited["layer1.ModuleList.1"]["gate"].equals(plain["layer1.ModuleList.1"]["gate"])
    assert not edited[layer]["gate"].equals(plain[layer]["gate"])


def test_cutting_the_shortcut_is_a_decay_of_zero(build, batch):
    model, layer = build("light"), "layer1.1"
    cut = zeroed(Where("mrla", layer, "channel", EVERY, point="shortcut"))
    edited = record(model, batch, edits=[cut]).output
    with torch.no_grad():
        model.layer1[1].mrla.lambda_t.zero_()
        torch.testing.assert_close(edited, model(batch))


def test_the_mean_of_a_gate_is_over_samples(build, batch):
    model, layer = build("dia"), "layer1.ModuleList.1"
    where = Where("dia", layer, "channel", 2)
    before = capture(model, batch)["dia"][layer]["gate"].sel(channel=2)
    after = record(model, batch, edits=[averaged(where)]).tree["dia"][layer]["gate"].sel(channel=2)
    np.testing.assert_allclose(after.values, before.values.mean(), rtol=1e-6)


def test_another_pass_donates_what_it_had(model, batch):
    other, kept = batch.flip(3) * 2, {}
    there = record(model, other, edits=[noted(EDGE, kept)])
    assert torch.equal(there.output, record(model, other).output)
    after = weight(model, batch, donated(EDGE, {k: v[:1] for k, v in kept.items()}, "donated"))
    expected = weight(model, other).sel(retrieved_layer="stages.0.0", sample=0)
    for sample in (0, 1):
        got = after.sel(retrieved_layer="stages.0.0", sample=sample)
        assert (got.values == expected.values).all()


def test_editing_leaves_the_model_as_it_was_and_notices_what_was_missed(model, batch):
    with torch.no_grad():
        plain = model(batch)
        with editing(model, [zeroed(EDGE)]):
            assert not torch.equal(model(batch), plain)
        assert torch.equal(model(batch), plain)
    absent = zeroed(replace(EDGE, point="cell_before"))
    said = pytest.raises(UnknownLabel, match="none of its tensors is called 'cell_before'")
    with said, editing(model, [absent]):
        model(batch)


def test_a_whole_dim_leaves_nothing_to_renormalise(model, batch):
    every = replace(EDGE, label=EVERY)
    with pytest.raises(ValueError, match="nothing is left to renormalise"):
        record(model, batch, edits=[zeroed(every, renormalise=True)])
