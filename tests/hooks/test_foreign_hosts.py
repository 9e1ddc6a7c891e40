"""Attention of the published classes in other people's hosts: captured as it is, or refused."""

import numpy as np
import pytest
import torch
from torch import nn

from hooks import UnexpectedShape, Where, capture, record, zeroed
from tests.hooks import foreign
from tests.hooks.verdicts import assert_verified, layers_of


@pytest.fixture
def bases(build):
    return [block.mrla for stage in build("base").stages for block in stage]


@pytest.fixture
def lights(build):
    return [block.mrla for block in build("light").layer1]


@pytest.fixture
def cell(build):
    return build("dia").layer1.lstm


def chains_of(tree):
    """Layers of each chain in execution order."""
    chains = {}
    for layer in layers_of(tree):
        chains.setdefault(layer.attrs["chain"], []).append(layer.attrs["layer"])
    return chains


def assert_retrieves(tree, *chains):
    """Each layer of each chain retrieves from those of the chain before it and from itself."""
    assert_verified(tree)
    for names in chains:
        for place, name in enumerate(names):
            layer = tree["mrla"][name]
            assert layer["retrieved_layer"].values.tolist() == names[: place + 1]
            assert layer.attrs["chain"] == tree["mrla"][names[0]].attrs["chain"]
    assert len(layers_of(tree)) == sum(map(len, chains))
    assert len(chains_of(tree)) == len(chains)


def outputs_of(model, module, batch):
    """What a module returns at each of its calls in a pass, as arrays."""
    seen = []
    handle = module.register_forward_hook(lambda _m, _i, out: seen.append(out.detach().numpy()))
    with torch.no_grad():
        model(batch)
    handle.remove()
    return seen


# MRLA base ----------------------------------------------------------------------------------------


def test_base_in_blocks_with_names_of_their_own(bases, batch):
    blocks = {
        "first": foreign.Retrieving("attention", bases[0]),
        "second": foreign.Retrieving("across_layers", bases[1]),
        "third": foreign.Retrieving("retrieval", bases[2].mrla),  # without its outer module
    }
    model = foreign.Attributes(**blocks).eval()
    tree = capture(model, batch)
    assert_retrieves(tree, ["first", "second", "third"])
    (weight,) = outputs_of(model, bases[2].mrla.softmax, batch)
    np.testing.assert_array_equal(tree["mrla"]["third"]["weight"].values, weight[:, :, 0])


def test_base_deep_inside_blocks_is_one_chain_across_them(bases, batch):
    """Each layer stands in a container of its own, so that only the weights tell the chain."""
    blocks = {f"block{place}": foreign.Nested(base) for place, base in enumerate(bases[:3])}
    model = foreign.Attributes(**blocks).eval()
    names = [f"block{place}.parts.1" for place in range(3)]
    assert_retrieves(capture(model, batch), names)
    edge = Where("mrla", names[2], "retrieved_layer", names[1])
    cut = record(model, batch, edits=[zeroed(edge)]).tree["mrla"][names[2]]["weight"]
    assert cut.retrieved_layer.values[(cut == 0).all(("sample", "head"))].tolist() == [names[1]]


def test_base_chains_deep_inside_blocks_end_where_a_cache_does(bases, batch):
    halves = [
        foreign.Attributes(**{name: foreign.Nested(bases.pop(0)) for name in names})
        for names in ("abc", "de")
    ]
    first, second = ([f"{h}.{n}.parts.1" for n in names] for h, names in enumerate(("abc", "de")))
    assert_retrieves(capture(nn.Sequential(*halves).eval(), batch), first, second)


def test_a_chain_deep_inside_blocks_runs_twice(bases, batch):
    blocks = {f"b{place}": foreign.Nested(base) for place, base in enumerate(bases[:3])}
    model = foreign.Attributes(**blocks).eval()
    twice = nn.Sequential(model)
    twice.forward = lambda x: model(x) + model(x.flip(-1))
    names = [f"0.b{place}.parts.1" for place in range(3)]
    assert_retrieves(capture(twice, batch), names, [f"{name}#2" for name in names])


@pytest.mark.parametrize("side", [4, 28])
def test_a_chain_of_another_size_is_not_taken_up(bases, side):
    """A first layer that is bypassed must not leave its place to a layer of the stage before."""
    batch = torch.rand(2, 8, side, side)
    second = foreign.Attributes(b=foreign.Nested(bases[1]), c=foreign.Nested(bases[2]))
    layer = bases[1].mrla
    layer.__class__ = type("Around", (type(layer),), {"__call__": type(layer).forward})
    first = foreign.Attributes(a=foreign.Nested(bases[0]))
    with pytest.raises(UnexpectedShape, match=r"retrieves from 2 layers.* only 0 MRLA layers"):
        capture(nn.Sequential(first, nn.AvgPool2d(2), second).eval(), batch)


def test_base_layers_apart_from_their_blocks_in_another_order(bases, batch):
    tree = capture(foreign.Apart(bases[:3], order=(2, 0, 1)).eval(), batch)
    assert_retrieves(tree, ["retrieval.2", "retrieval.0", "retrieval.1"])


def test_base_chains_that_take_turns(bases, batch):
    tree = capture(foreign.Towers(bases[:2], bases[2:4]).eval(), batch)
    assert_retrieves(tree, ["left.0", "left.1"], ["right.0", "right.1"])


def test_base_on_tokens_with_a_cache_that_restarts(bases, batch):
    attentions = [foreign.TokenMrla(base.mrla, light=False) for base in bases[:4]]
    tree = capture(foreign.Transformer(attentions, restart=2).eval(), batch)
    names = [f"trunk.step_{name}" for name in "abcd"]
    assert_retrieves(tree, names[:2], names[2:])


# MRLA light ---------------------------------------------------------------------------------------


def test_light_with_arguments_by_name_in_another_order(lights, batch):
    blocks = [foreign.Carrying(foreign.Named(light.mrla)) for light in lights]
    model = nn.Sequential(*blocks).eval()
    tree = capture(model, batch, detail="full")
    assert_verified(tree)
    assert chains_of(tree) == {"model": ["0", "1", "2"]}
    for place, block in enumerate(blocks):
        (gate,) = outputs_of(model, block.memory.mrla.sigmoid, batch)
        layer = tree["mrla"][str(place)]
        np.testing.assert_array_equal(layer["gate"].values, gate[..., 0, 0, 0])
        assert layer["nominal_weight"].sizes["retrieved_layer"] == place + 1


def test_light_on_tokens_decays_the_normalised_input(lights, batch):
    attentions = [foreign.TokenMrla(light.mrla, light=True) for light in lights]
    model = foreign.Transformer(attentions).eval()
    tree = capture(model, batch, detail="full")
    assert_verified(tree)
    assert chains_of(tree) == {"trunk": [f"trunk.step_{name}" for name in "abc"]}
    assert "exact_weight" not in tree["mrla"]["trunk.step_c"]  # LayerNorm mixes the channels
    for name, attention in zip("abc", attentions, strict=True):
        decay = tree["mrla"][f"trunk.step_{name}"]["decay"].values
        assert decay.tolist() == attention.lambda_t.tolist()


@pytest.mark.parametrize("detail", ["summary", "full"])
def test_light_blocks_of_other_widths_in_one_list_are_another_chain(light_block, batch, detail):
    """As in hosts that number the blocks of all stages through."""
    wider = nn.Conv2d(8, 16, 1)
    blocks = (*map(light_block, (8, 8)), wider, *map(light_block, (16, 16)))
    tree = capture(nn.Sequential(*blocks).eval(), batch, detail=detail)
    assert_verified(tree)
    assert chains_of(tree) == {"0-1": ["0", "1"], "3-4": ["3", "4"]}


# DIA ----------------------------------------------------------------------------------------------


def assert_gates(model, cell, batch, names):
    """The gates of these blocks are the hidden states that their cell returned, call by call."""
    tree = capture(model, batch, detail="full")
    assert_verified(tree)
    assert list(tree["dia"].children) == names
    returned = []
    handle = cell.register_forward_hook(lambda _m, _i, out: returned.append(out[0][-1].numpy()))
    with torch.no_grad():
        model(batch)
    handle.remove()
    for name, gate in zip(names, returned, strict=True):
        np.testing.assert_array_equal(tree["dia"][name]["gate"].values, gate)
    assert len(chains_of(tree)) == 1


def test_a_cell_with_its_state_by_name_among_blocks_called_last_to_first(cell, batch):
    shared = foreign.Tupled(cell)
    model = foreign.Sharing(shared).eval()
    assert_gates(model, shared, batch, ["units.2", "units.1", "units.0"])
    cut = record(model, batch, edits=[zeroed(Where("dia", "units.2", "channel", 3))])
    assert isinstance(cut.output[1], foreign.State)
    assert not torch.equal(cut.output[0], model(batch)[0])
    assert cut.tree.attrs["verified"] == 1


def test_a_cell_inside_a_module_that_pools_and_multiplies(cell, batch):
    model = foreign.Wrapped(cell).eval()
    assert_gates(model, cell, batch, ["units.0", "units.1", "units.2"])


def test_a_cell_that_blocks_and_stage_hold(cell, batch):
    model = foreign.Held(cell).eval()
    assert_gates(model, cell, batch, ["head", "tail.0", "tail.1"])


def test_a_network_that_is_registered_twice(build, batch):
    """An averaged copy that was not copied: all paths lead to the same blocks."""
    net = build("dia")
    model = nn.ModuleDict({"net": net, "average": net})
    model.forward = net.forward
    names = list(capture(net, batch)["dia"].children)
    tree = capture(model, batch)
    assert_verified(tree)
    assert list(tree["dia"].children) == [f"net.{name}" for name in names]


# External attention -------------------------------------------------------------------------------


def test_external_attention_under_other_names(build, batch):
    source = build("external")
    attentions = {
        "context": source.linu,
        "reading": source.performer,
        "second_reading": source.transformer,
        "heads": source.blocks[0]["attn"],
    }
    model = foreign.Mixing(**attentions).eval()
    tree = capture(model, batch, detail="full")
    assert_verified(tree)
    names = [f"{name}.memory_mixer" for name in attentions]
    assert list(tree["external_attention"].children) == names
    variants = [layer.attrs["variant"] for layer in layers_of(tree)]
    assert variants == ["segmentation head", *["tokens-to-token"] * 2, "multi-head block"]
    for attention, name in zip(attentions.values(), names, strict=True):
        score = tree["external_attention"][name]["score"].values
        soft = np.exp(score) / np.exp(score).sum(2, keepdims=True)
        expected = soft / (1e-9 + soft.sum(3, keepdims=True))
        affinity = tree["external_attention"][name]["affinity"].values
        np.testing.assert_allclose(affinity, expected, atol=1e-6)
        memory = attention.get_submodule(attention.names[1]).weight.detach().flatten(1).numpy()
        kept = tree["external_attention"][name]["memory_value"].values
        np.testing.assert_array_equal(kept, memory.T)


# What cannot be read is refused -------------------------------------------------------------------


def test_a_softmax_that_is_no_module_is_refused(bases, batch):
    model = foreign.Apart(bases[:2], order=(0, 1)).eval()
    bases[0].mrla.softmax.__class__ = type(
        "Function", (nn.Softmax,), {"__call__": lambda _, x: x.softmax(-1)}
    )
    with pytest.raises(UnexpectedShape, match=r"weight of layer 'retrieval.0' .* a function"):
        capture(model, batch)


def test_a_memory_that_is_read_by_a_function_is_refused(build, batch):
    attention = build("external").performer
    weight = attention.linear_0.weight
    attention.linear_0.__class__ = type(
        "Function", (nn.Linear,), {"__call__": lambda _, x: x @ weight.T}
    )
    model = foreign.Mixing(reading=attention).eval()
    with pytest.raises(UnexpectedShape, match=r"(score|query) of layer .* a function"):
        capture(model, batch)


def test_base_layers_out_of_sight_are_missed(bases, batch):
    """A plain list hides its modules from torch, and so from hooks; the chain shows the gap."""
    model = foreign.Attributes(
        first=foreign.Retrieving("attention", bases[0]),
        second=foreign.Retrieving("attention", nn.Identity()),
        third=foreign.Retrieving("attention", bases[2]),
    ).eval()
    hidden = [bases[1]]
    model.second.attention = type(
        "Hiding", (nn.Module,), {"forward": lambda _, *a: hidden[0](*a)}
    )()
    with pytest.raises(UnexpectedShape, match=r"retrieves from 3 layers.* only 1 MRLA layers"):
        capture(model, batch)
