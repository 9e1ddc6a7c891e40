"""The capture as a whole: selection, refusal, stacking, and models that are shared."""

import gc
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from hooks import (
    MECHANISMS,
    MechanismNotFound,
    UnexpectedShape,
    UnknownLabel,
    capture,
    record,
    stack,
)
from hooks.states import model_lock


def test_chosen_layers_keep_their_place(build, batch):
    tree = capture(build("base"), batch, layers=["stages.0.2"])["mrla"]
    assert list(tree.children) == ["stages.0.2"]
    assert tree["stages.0.2"].attrs["depth"] == 2
    assert tree["stages.0.2"].sizes["retrieved_layer"] == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": ["stages.7"]}, "No layer is called 'stages.7'; there ran: stages.0.0"),
        ({"mechanisms": ["mlra"]}, "No mechanism is called 'mlra'; there are: mrla, dia"),
    ],
)
def test_unknown_names_are_refused(build, batch, options, message):
    with pytest.raises(UnknownLabel, match=message):
        capture(build("base"), batch, **options)


def test_an_unknown_model_is_told_what_was_looked_for_and_found(batch):
    model = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Flatten())
    with pytest.raises(MechanismNotFound) as error:
        capture(model, batch)
    for part in ("Wq, Wk, Wv", "w_ih and w_hh", "two memories", "Sequential (0, 1)", "mechanisms="):
        assert part in str(error.value)


def test_a_mechanism_that_never_runs_is_an_error_not_an_empty_tree(build, batch):
    model = build("dia")
    model.forward = lambda x: x.mean((2, 3))
    with pytest.raises(MechanismNotFound, match=r"2 modules .* none was called"):
        capture(model, batch)


def test_a_module_with_the_names_but_not_the_interface_is_refused(build, batch):
    model = build("dia")
    model.layer1.lstm.forward = lambda pooled, state: (state[0] + pooled).sum(0)
    with pytest.raises(UnexpectedShape, match=r"should hold tensor number 2 .'cell'."):
        capture(model, batch)


def test_stack_keeps_depth_order_past_ten_layers(build, batch):
    model = build("base")
    block = type(model.stages[0][0])
    model.stages[0] = nn.ModuleList([block() for _ in range(12)])
    joined = stack(capture(model, batch)["mrla"], "stages.0")
    names = [f"stages.0.{place}" for place in range(12)]
    assert joined["layer"].values.tolist() == names
    assert joined["retrieved_layer"].values.tolist() == names
    absent = np.isnan(joined["weight"].values[:, 0, 0])
    assert (absent == np.triu(np.ones((12, 12), bool), 1)).all()


def test_stack_names_the_chains_there_are(build, batch):
    tree = capture(build("base"), batch)
    with pytest.raises(UnknownLabel, match=r"chain 'layer3'; there are: stages.0, stages.1"):
        stack(tree["mrla"], "layer3")


def test_the_tree_survives_a_netcdf_file(build, batch, tmp_path):
    tree = capture(build("light"), batch, detail="full")
    tree.to_netcdf(tmp_path / "out.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "out.nc", engine="h5netcdf") as back:
        assert back.equals(tree)
        assert back.attrs["verified_error"] == tree.attrs["verified_error"]
        assert back["mrla"]["layer1.0"].attrs["chain"] == "layer1"


def test_half_precision_is_verified_to_its_own_rounding(build, batch):
    tree = capture(build("base").to(torch.bfloat16), batch.to(torch.bfloat16))
    assert tree.attrs["verified"] == 1
    assert tree["mrla"]["stages.0.2"]["weight"].dtype == np.float32


def test_a_mechanism_of_ones_own_needs_no_registry(build, batch):
    own = type(MECHANISMS[0])(**{**vars(MECHANISMS[0]), "key": "mine"})
    assert list(capture(build("base"), batch, mechanisms=[own]).children) == ["mine"]


def test_what_is_reduced_on_the_way_is_verified_as_the_whole_is(build, batch):
    def halved(name, quantity):
        return {f"half_{name}": replace(quantity, values=quantity.values / 2)}

    model = build("base")
    whole, half = capture(model, batch), record(model, batch, reduce=halved).tree
    for path in ("stages.0.2", "stages.0.0"):
        kept, expected = half["mrla"][path], whole["mrla"][path]
        assert set(kept.data_vars) == {f"half_{name}" for name in expected.data_vars}
        np.testing.assert_array_equal(kept["half_weight"].values, expected["weight"].values / 2)
        assert kept["half_weight"].dims == expected["weight"].dims
        assert kept.attrs == expected.attrs
    assert half.attrs == whole.attrs


def test_what_is_reduced_into_one_place_is_copied_before_it_is_filled_again(build, batch):
    place = torch.empty(2, 2)

    def reduced(name, quantity):
        return (
            {name: replace(quantity, values=place.copy_(quantity.values))} if name == "gate" else {}
        )

    model = build("light")
    whole, kept = capture(model, batch)["mrla"], record(model, batch, reduce=reduced).tree["mrla"]
    assert len(kept.children) > 1
    for name, layer in kept.children.items():
        np.testing.assert_array_equal(layer["gate"].values, whole[name]["gate"].values)


def test_what_is_reduced_to_nothing_leaves_an_empty_layer(build, batch):
    tree = record(build("base"), batch, reduce=lambda *_: {}).tree
    assert tree["mrla"]["stages.0.2"].attrs["verified"] == 1
    assert not tree["mrla"]["stages.0.2"].data_vars


def test_two_threads_on_one_model_never_see_each_others_tensors(build):
    model = build("base")
    batches = [torch.randn(1, 8, 4, 4, generator=torch.Generator().manual_seed(n)) for n in (1, 2)]
    expected = [capture(model, batch)["mrla"]["stages.0.2"]["weight"] for batch in batches]
    wrong = []

    def work(which):
        for _ in range(20):
            got = capture(model, batches[which])["mrla"]["stages.0.2"]["weight"]
            if not got.equals(expected[which]):
                wrong.append(which)

    threads = [threading.Thread(target=work, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_model_has_one_lock_for_life(build):
    model = build("base")
    assert model_lock(model) is model_lock(model)
    assert model_lock(model) is not model_lock(build("base"))


def test_memory_does_not_grow_from_pass_to_pass(build, batch):
    """Nothing of a pass may outlive it: count the tensors that the collector can see."""
    model = build("light")

    def alive():
        record(model, batch, detail="full")
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    alive()
    assert alive() == alive()


def test_the_tree_is_one_of_plain_nodes_as_xarray_makes_it(model, batch):
    """Its layers are attached without the comparison with the nodes above, which hold nothing."""
    tree = capture(model, batch)
    assert {type(node) for node in tree.subtree} == {xr.DataTree}
    made = xr.DataTree.from_dict({node.path: node.to_dataset() for node in tree.subtree})
    assert tree.identical(made)
    assert [node.path for node in tree.subtree] == [node.path for node in made.subtree]
