"""Edits: what they put where, what they leave alone, and what they refuse."""

import pytest
import torch

from hooks import UnknownLabel, Where, averaged, capture, record, replaced, resampled, zeroed

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
