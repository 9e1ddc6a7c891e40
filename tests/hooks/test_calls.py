"""Which call belongs to which layer: modules that run twice, share parts, are bypassed or raced."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from hooks import MechanismNotFound, Where, capture, record, stack, zeroed


class Twice(nn.Module):
    """The mean over a picture and its mirror image: every module runs twice in a pass."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return (self.model(x) + self.model(x.flip(-1))) / 2


class Beside(nn.Module):
    """Two networks on one input."""

    def __init__(self, *models):
        super().__init__()
        self.models = nn.ModuleList(models)

    def forward(self, x):
        return sum(model(x) for model in self.models)


def of(tree, mechanism_of, family):
    return tree[mechanism_of(family)].children


def test_a_second_run_is_kept_beside_the_first(model, batch, family, mechanism_of):
    first = of(capture(model, batch), mechanism_of, family)
    mirrored = of(capture(model, batch.flip(-1)), mechanism_of, family)
    both = of(capture(Twice(model), batch), mechanism_of, family)
    assert len(both) == 2 * len(first)
    for name in first:
        once, again = f"model.{name}", f"model.{name}#2"
        assert both[once].dataset.equals(relabelled(first[name], "model.", ""))
        assert both[again].dataset.equals(relabelled(mirrored[name], "model.", "#2"))


def relabelled(layer, prefix, suffix):
    data = layer.to_dataset()
    if "retrieved_layer" in data.coords:
        names = [f"{prefix}{name}{suffix}" for name in data["retrieved_layer"].values]
        data = data.assign_coords(retrieved_layer=names)
    return data


def test_two_runs_of_a_chain_are_two_chains(build, batch):
    for family, key in (("base", "mrla"), ("light", "mrla"), ("dia", "dia")):
        layers = capture(Twice(build(family)), batch, detail="full")[key].children
        chains = {layer.attrs["chain"] for layer in layers.values()}
        assert len(chains) == 4, family


@pytest.mark.parametrize("detail", ["summary", "full"])
def test_a_light_block_that_runs_again_begins_a_chain_at_any_detail(light_block, batch, detail):
    layers = capture(nn.Sequential(*[light_block(8)] * 2), batch, detail=detail)["mrla"].children
    assert [layer.attrs["chain"] for layer in layers.values()] == ["0", "0#2"]


def test_one_block_used_three_times_keeps_three_rows(build, batch):
    model = build("base")
    model.stages[0] = nn.ModuleList([model.stages[0][0]] * 3)
    rows = stack(capture(model, batch)["mrla"], "stages.0")["weight"]
    assert rows["layer"].values.tolist() == ["stages.0.0", "stages.0.0#2", "stages.0.0#3"]
    assert rows["retrieved_layer"].values.tolist() == rows["layer"].values.tolist()
    assert np.isfinite(rows.values[2]).all()


def test_stack_keeps_labels_of_layers_that_were_not_chosen(build, batch):
    tree = capture(build("base"), batch, layers=["stages.0.2"])["mrla"]
    row = stack(tree)["weight"]
    assert row["retrieved_layer"].values.tolist() == ["stages.0.0", "stages.0.1", "stages.0.2"]
    assert abs(row.sum("retrieved_layer") - 1).max() < 1e-6


@pytest.mark.parametrize("family", ["dia"])
def test_a_bare_stage_names_its_blocks(build, batch, family):
    tree = capture(build(family).layer1, batch)["dia"]
    assert list(tree.children) == [f"ModuleList.{block}" for block in range(3)]


def test_blocks_may_be_named_children(build, batch):
    stage = build("dia").layer1
    blocks, cell = list(stage.ModuleList), stage.lstm

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.block0, self.block1, self.pool = *blocks[:2], nn.AdaptiveAvgPool2d(1)
            self.cell = cell

        def forward(self, x):
            state = (torch.zeros(1, len(x), 8),) * 2
            for block in (self.block0, self.block1):
                branch = block(x)
                state = self.cell(self.pool(branch).flatten(1), state)
                x = x + branch * state[0][-1][:, :, None, None]
            return x

    assert list(capture(Named(), batch)["dia"].children) == ["block0", "block1"]


def test_calls_whose_block_is_unknown_are_numbered_not_guessed(build, batch):
    """A host that bypasses its blocks' hooks leaves no trace of which block it is."""
    stage = build("dia", (False, True, True)).layer1
    for block in stage.ModuleList:
        block.__class__ = type("Bypassed", (nn.Conv2d,), {"__call__": nn.Conv2d.forward})
    assert list(capture(stage, batch)["dia"].children) == ["lstm", "lstm#2"]


def test_a_bypassed_layer_is_named_and_weights_across_it_are_left_out(build, batch):
    model = build("light")
    wrapper = model.layer1[1].mrla
    wrapper.__class__ = type("Bypassed", (type(wrapper),), {"__call__": type(wrapper).forward})
    tree = capture(model, batch, detail="full")
    assert tree.attrs["not_run"] == "layer1.1.mrla"
    assert "nominal_weight" not in tree["mrla"]["layer1.2"]
    assert "nominal_weight" in tree["mrla"]["layer2.1"]


def test_an_unused_mechanism_does_not_hide_the_others(build, batch):
    class Auxiliary(nn.Module):
        def __init__(self):
            super().__init__()
            self.main, self.unused = build("dia"), build("base")

        def forward(self, x):
            return self.main(x)

    tree = capture(Auxiliary(), batch)
    assert list(tree.children) == ["dia"]
    assert "unused.stages.0.0.mrla.mrla" in tree.attrs["not_run"]


def test_two_attentions_of_one_block_have_names_of_their_own(build):
    blocks = build("external").blocks
    block = nn.Sequential(*(entry["attn"] for entry in blocks))
    pair = nn.ModuleDict({"0": nn.ModuleDict({"first": block[0], "second": block[1]})})
    pair.forward = lambda x: pair["0"]["second"](pair["0"]["first"](x))
    tree = capture(pair, torch.randn(2, 9, 8))["external_attention"]
    assert list(tree.children) == ["0.first", "0.second"]
    assert [layer.attrs["layer"] for layer in tree.children.values()] == list(tree.children)


def test_a_number_around_a_whole_network_names_no_layer(build, batch):
    wrapped = nn.Sequential(nn.Identity(), build("external"))
    names = list(capture(wrapped, batch)["external_attention"].children)
    assert names == ["1.linu", "1.performer", "1.transformer", "1.blocks.0", "1.blocks.1"]
    where = Where("external_attention", "1.performer", "slot", 0)
    cut = record(wrapped, batch, edits=[zeroed(where)]).tree["external_attention"]
    edited = [name for name, layer in cut.children.items() if layer.attrs["edited"]]
    assert edited == ["1.performer"]


def test_an_edit_stays_in_its_layer_when_a_softmax_is_shared(build, batch):
    model = build("base")
    shared = nn.Softmax(dim=-1)
    for stage in model.stages:
        for block in stage:
            block.mrla.mrla.softmax = shared
    cut = record(model, batch, edits=[zeroed(Where("mrla", "stages.0.0", "head", 1))]).tree
    assert not cut["mrla"]["stages.0.0"]["weight"].sel(head=1).any()
    for name in ("stages.0.1", "stages.1.0"):
        assert cut["mrla"][name]["weight"].sel(head=1).all()
        assert cut["mrla"][name].attrs["verified"] == 1


def test_base_and_light_in_one_network_keep_apart(build, batch):
    tree = capture(Beside(build("base"), build("light")), batch, detail="full")
    assert tree.attrs["verified"] == 1
    variants = [layer.attrs["variant"] for layer in tree["mrla"].children.values()]
    assert variants == ["base"] * 5 + ["light"] * 5


def test_an_edit_reaches_its_own_mechanism_only(build, batch):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer1, self.net = build("light").layer1, build("dia")

        def forward(self, x):
            return self.net(self.layer1(x))

    tree = record(Both(), batch, edits=[zeroed(Where("mrla", "layer1.0", "head", 0))]).tree
    edited = [
        name
        for node in tree.children.values()
        for name, layer in node.children.items()
        if layer.attrs["edited"]
    ]
    assert edited == ["layer1.0"]


@pytest.mark.parametrize("family", ["light", "dia", "external"])
def test_another_threads_passes_stay_out(build, batch, family, mechanism_of):
    model = build(family)
    expected = of(capture(model, batch), mechanism_of, family)
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            with torch.no_grad():
                model(batch[:1] + 1)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(20):
            got = of(capture(model, batch), mechanism_of, family)
            assert list(got) == list(expected)
            assert all(got[name].dataset.equals(expected[name].dataset) for name in expected)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": []}, "at least one name; got \\[\\]"),
        ({"layers": "stages.0.1"}, "takes a list of at least one name; got 'stages.0.1'"),
        ({"detail": "ful"}, "one of summary, full; got 'ful'"),
    ],
)
def test_what_makes_no_sense_is_refused(build, batch, options, message):
    with pytest.raises(ValueError, match=message):
        capture(build("base"), batch, **options)


def test_an_empty_batch_is_refused(build, batch):
    with pytest.raises(ValueError, match="holds no sample"):
        capture(build("base"), batch[:0])


def test_renormalising_what_sums_to_nothing_is_refused(build, batch):
    cut = zeroed(Where("dia", "layer1.ModuleList.0", "channel", 0), renormalise=True)
    with pytest.raises(ValueError, match="Nothing sums to one over 'channel'"):
        record(build("dia"), batch, edits=[cut])


def test_only_bypassed_modules_are_an_error(build, batch):
    model = build("base")
    model.forward = lambda x: x.mean((2, 3))
    with pytest.raises(MechanismNotFound, match="5 modules of MRLA"):
        capture(model, batch)
