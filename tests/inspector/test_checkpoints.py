"""Checkpoints of every published layout load, and what does not fit is named."""

import argparse

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from inspector.checkpoints import digest, read_checkpoint
from inspector.fits import compare, load_into


def tiny():
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


@pytest.fixture
def state():
    torch.manual_seed(7)
    return tiny().state_dict()


@pytest.fixture
def save(tmp_path):
    """Saves an object as a checkpoint and returns its path."""

    def write(content, name="mine.pth.tar"):
        torch.save(content, tmp_path / name)
        return tmp_path / name

    return write


def same(found, expected):
    return found.keys() == expected.keys() and all(
        torch.equal(found[name], expected[name]) for name in expected
    )


@pytest.mark.parametrize(
    ("entry", "wrap"),
    [
        (None, lambda state: state),
        ("state_dict", lambda state: {"state_dict": state, "best_acc1": torch.tensor(1.0)}),
        ("state_dict_ema", lambda state: {"state_dict": zeros(state), "state_dict_ema": state}),
        ("model", lambda s: {"model": s, "model_ema": zeros(s), "args": argparse.Namespace(lr=1)}),
        ("net", lambda state: {"net": state, "acc": 71.7, "epoch": 3}),
    ],
)
def test_published_layouts(save, state, entry, wrap):
    checkpoint = read_checkpoint(save(wrap(state)))
    assert checkpoint.entry == entry
    assert checkpoint.name == "mine.pth.tar"
    assert same(checkpoint.state, state)


def zeros(state):
    return {name: torch.zeros_like(value) for name, value in state.items()}


def test_another_entry_may_be_chosen(save, state):
    file = save({"model": state, "model_ema": zeros(state), "swa": state, "epoch": 3})
    taken = read_checkpoint(file)
    assert (taken.entry, taken.others) == ("model", ("model_ema", "swa"))
    assert "took the entry model of mine.pth.tar (choose model_ema or swa" in taken.choice
    assert same(read_checkpoint(file, "model_ema").state, zeros(state))
    assert same(read_checkpoint(file, "swa").state, state)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda state: {"model": state, "net": state}, "weights under model, net. Choose one"),
        (lambda state: {"epoch": 3}, "weights under no entry"),
        (lambda state: state, "which holds bare weights and no entries. Leave the entry out"),
    ],
)
def test_an_entry_that_is_not_there(save, state, content, said):
    with pytest.raises(ValueError, match="Expected the entry 'ema' in mine") as caught:
        read_checkpoint(save(content(state)), "ema")
    assert said in str(caught.value)


def test_weights_under_an_unknown_entry_are_pointed_out(save, state):
    with pytest.raises(ValueError, match=r"found epoch, swa\. Choose the entry swa yourself"):
        read_checkpoint(save({"epoch": 3, "swa": state}))


def test_weights_that_are_there_twice(save):
    value = torch.ones(2)
    with pytest.raises(ValueError, match="holds 1 weights twice"):
        read_checkpoint(save({"module.a": value, "a": value}))


def test_wrapper_prefix_and_old_names(save):
    value = torch.ones(2)
    checkpoint = read_checkpoint(save({"module.layer1.0.mrla.mla.Wq.weight": value}))
    assert list(checkpoint.state) == ["layer1.0.mrla.mrla.Wq.weight"]


def test_safetensors(tmp_path, state):
    save_file(state, tmp_path / "mine.safetensors")
    assert same(read_checkpoint(tmp_path / "mine.safetensors").state, state)


def test_digests_follow_the_content(save, state):
    first = read_checkpoint(save(state, "a.pth"))
    copy = save({}, "b.pth")
    copy.write_bytes(save(state, "a.pth").read_bytes())
    other = read_checkpoint(save(zeros(state), "c.pth"))
    assert first.sha256 == read_checkpoint(copy).sha256 != other.sha256
    assert len(first.sha256) == 16


def test_digest_of_a_network_follows_names_and_values(state):
    network, other = tiny(), tiny()
    network.load_state_dict(state)
    other.load_state_dict(state)
    assert digest(network) == digest(other)
    other[0].bias.data[0] += 1e-6
    assert digest(network) != digest(other)


def test_loading_needs_no_counters(save, state):
    state.pop("1.num_batches_tracked")
    network = tiny()
    fit = load_into(network, read_checkpoint(save(state | {"0.total_ops": torch.zeros(1)})))
    assert fit.missing == ("1.num_batches_tracked",)
    assert fit.unexpected == ("0.total_ops",)
    assert torch.equal(network[0].weight, state["0.weight"])


def test_a_misfit_names_the_first_of_each_kind_and_loads_nothing(save, state):
    state["head.weight"] = state.pop("0.bias")
    state["0.weight"] = torch.zeros(5, 3)
    network = tiny()
    before = digest(network)
    with pytest.raises(ValueError, match="does not fit this network") as caught:
        load_into(network, read_checkpoint(save(state)))
    assert "1 missing: 0.bias;" in str(caught.value)
    assert "1 unexpected: head.weight;" in str(caught.value)
    assert "0.weight (5x3 in the file, 2x3 in the network)" in str(caught.value)
    assert "num_classes" in str(caught.value)
    assert digest(network) == before


def test_a_long_misfit_is_cut(save):
    names = {f"layer{number}.weight": torch.zeros(1) for number in range(9)}
    checkpoint = read_checkpoint(save(names))
    assert len(compare(checkpoint.state, tiny()).unexpected) == 9
    with pytest.raises(ValueError, match=r"9 unexpected: layer0.*layer4.weight, \.\.\.") as caught:
        load_into(tiny(), checkpoint)
    assert "layer5" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite(save, state, value):
    state["1.running_var"][0] = value
    with pytest.raises(ValueError, match=r"NaN or infinite values, first in 1\.running_var"):
        read_checkpoint(save(state))


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.eye(3).to_sparse(),
        lambda: torch.ones(3, device="meta"),
        lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
    ],
    ids=["sparse", "without values", "quantized"],
)
@pytest.mark.filterwarnings("ignore::UserWarning:torch", "ignore:.*quantize:UserWarning")
def test_tensors_that_are_no_plain_arrays(save, state, make):
    with pytest.raises(ValueError, match=r"holds 0\.odd sparse, quantized or without values"):
        read_checkpoint(save(state | {"0.odd": make()}))


def test_a_number_that_is_repeated_beyond_all_memory(save, state):
    """A mask of a few megabytes may be; torch saves what is repeated once."""
    mask = torch.zeros(1).expand(2000, 2000)
    assert read_checkpoint(save(state | {"mask": mask})).state["mask"].shape == (2000, 2000)
    bomb = torch.zeros(1).expand(10**9, 10**9)
    with pytest.raises(ValueError, match=r"and claims 4000000000000000000 for 0\.bias alone"):
        read_checkpoint(save(state | {"0.bias": bomb}))


def test_a_file_of_something_else(save):
    with pytest.raises(ValueError, match=r"holds no weights: .* found epoch, loss"):
        read_checkpoint(save({"epoch": 3, "loss": 0.1}))


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no checkpoint file"):
        read_checkpoint(tmp_path / "nothing.pth")


@pytest.mark.parametrize("name", ["cut.pth", "cut.safetensors", "empty.pth", "text.pth"])
def test_broken_files(tmp_path, name):
    content = {"cut": b"PK\3\4 and no more", "empty": b"", "text": b"hello"}
    (tmp_path / name).write_bytes(content[name.split(".")[0]])
    with pytest.raises(ValueError, match=f"{name} could not be read as a checkpoint"):
        read_checkpoint(tmp_path / name)
