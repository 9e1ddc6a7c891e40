"""A file is read without running anything in it, and one that asks for that is refused by name."""

import argparse
import pickle
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from torch import nn

from inspector.archives import content
from inspector.numpy_scalars import STAND_INS


class Runs:
    """Unpickled by a careless reader, it creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def hidden(bomb):
    """The places of a checkpoint where code has been hidden."""
    weights = {"w": torch.ones(2)}
    return {
        "alone": bomb,
        "beside": {"state_dict": weights, "best": bomb},
        "in a namespace": {"state_dict": weights, "args": argparse.Namespace(hook=bomb)},
        "in a list": {"state_dict": weights, "history": [1, [bomb]]},
        "as a weight": {"state_dict": {"w": bomb}},
    }


@pytest.mark.parametrize("layout", ["zip", "legacy", "pickle"])
@pytest.mark.parametrize("place", hidden(None))
def test_nothing_in_a_file_is_run(tmp_path, place, layout):
    trace, file = tmp_path / "was-run", tmp_path / "evil.pth"
    found = hidden(Runs(trace))[place]
    if layout == "pickle":
        file.write_bytes(pickle.dumps(found))
    else:
        torch.save(found, file, _use_new_zipfile_serialization=layout == "zip")
    with pytest.raises(ValueError, match=r"evil\.pth (was not opened|could not be read)"):
        content(file)
    assert not trace.exists()
    careless = (
        pickle.loads if layout == "pickle" else lambda _: torch.load(file, weights_only=False)
    )
    careless(file.read_bytes())
    assert trace.exists(), "the bomb is a dud"


def test_namespaces_are_bags_of_values_at_any_depth(tmp_path):
    inner = argparse.Namespace(name="deit", sizes=[1, 2])
    found = {"args": argparse.Namespace(lr=0.1, model=inner), "log": [{"args": inner}]}
    torch.save(found, tmp_path / "mine.pth")
    read = content(tmp_path / "mine.pth")
    assert read["args"].model == read["log"][0]["args"] == inner


NUMBERS = [
    *(np.float64(71.25), np.float32(-0.5), np.float16(2)),
    *(np.int64(-3), np.uint8(200), np.bool_(True)),
]


@pytest.mark.parametrize("layout", ["zip", "legacy"])
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_of_numpy_are_read_as_plain_ones(tmp_path, number, layout):
    torch.save({"best": number}, tmp_path / "a.pth", _use_new_zipfile_serialization=layout == "zip")
    read = content(tmp_path / "a.pth")["best"]
    assert type(read) is type(number.item())
    assert read == number


def test_numbers_of_numpys_first_version(tmp_path):
    """It had the function under another name, of the same length but for an underscore."""
    torch.save({"best": np.float64(0.7)}, tmp_path / "two.pth", pickle_protocol=2)
    old = rewritten(tmp_path / "two.pth", lambda text: text.replace(b"numpy._core", b"numpy.core"))
    assert content(old) == {"best": 0.7}


def test_numbers_of_a_machine_that_writes_bytes_the_other_way_round(tmp_path):
    turned = np.float64(0.7).byteswap()
    torch.save({"best": turned}, tmp_path / "here.pth")
    there = rewritten(tmp_path / "here.pth", lambda text: text.replace(b"<", b">"))
    assert content(there) == {"best": 0.7}


def rewritten(file, change):
    """A copy of a file of `torch.save` with another pickle in it."""
    copy = file.with_name(f"other-{file.name}")
    with ZipFile(file) as old, ZipFile(copy, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("data.pkl"):
                assert change(text) != text
                text = change(text)
            new.writestr(name, text)
    return copy


@pytest.mark.parametrize(
    ("kind", "other"),
    [(b"f8", b"O8"), (b"f8", b"f2"), (b"X\x02\x00\x00\x00f8", b"K\x01")],
    ids=["an object", "too many bytes", "no text"],
)
def test_what_only_looks_like_a_number_of_numpy_is_refused(tmp_path, kind, other):
    torch.save({"best": np.float64(0.7)}, tmp_path / "a.pth")
    file = rewritten(tmp_path / "a.pth", lambda text: text.replace(kind, other))
    with pytest.raises(ValueError, match=r"other-a\.pth (was not opened|could not be read)"):
        content(file)


def test_a_file_that_would_grow_is_refused(tmp_path):
    """Of zeros, a thousandth of the room is enough."""
    torch.save({"w": torch.zeros(100_000)}, tmp_path / "plain.pth")
    with ZipFile(tmp_path / "plain.pth") as old, ZipFile(tmp_path / "z.pth", "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert content(tmp_path / "plain.pth")["w"].sum() == 0
    assert torch.load(tmp_path / "z.pth")["w"].shape == (100_000,)
    with pytest.raises(ValueError, match=r"z\.pth would grow from \d{4} to 40\d{4} bytes"):
        content(tmp_path / "z.pth")


def test_what_only_torchs_own_reader_opens_is_refused(tmp_path):
    """Or the sizes it tells could not be judged: here it asks for a version of ZIP to come."""
    torch.save({"w": torch.zeros(3)}, tmp_path / "plain.pth")
    entry = b"PK\x01\x02\x00\x00"
    data = (tmp_path / "plain.pth").read_bytes()
    changed = bytearray(data)
    at = data.index(entry) + len(entry)
    changed[at : at + 2] = b"\xff\xff"
    (tmp_path / "new.pth").write_bytes(changed)
    assert torch.load(tmp_path / "new.pth")["w"].shape == (3,)
    with pytest.raises(
        ValueError, match=r"new\.pth could not be read as a checkpoint: it is damaged"
    ):
        content(tmp_path / "new.pth")


def test_what_poses_as_a_type_makes_no_number():
    """A file can make a namespace with any attributes, those of a type among them."""
    number = next(
        stand_in for stand_in, name in STAND_INS if name == "numpy.core.multiarray.scalar"
    )
    with pytest.raises(pickle.UnpicklingError, match="Expected the type of a number"):
        number(argparse.Namespace(order="<", code="f8"), bytes(8))


class NotABag(argparse.Namespace):
    """A class of the user's own, which the reader does not know."""


@pytest.mark.parametrize(
    ("thing", "wanted"),
    [
        (Path("out"), r"pathlib\.\w*PosixPath"),
        (np.zeros(2), r"numpy\._core\.multiarray\._reconstruct"),
        (np.str_("best"), r"numpy\.dtype"),
        (NotABag(lr=1), r"test_archives\.NotABag"),
        (nn.Linear(2, 2), r"torch\.nn\.modules\.linear\.Linear"),
    ],
)
def test_a_file_that_needs_more_is_refused_with_the_way_to_convert_it(tmp_path, thing, wanted):
    torch.save({"state_dict": {"w": torch.ones(2)}, "more": thing}, tmp_path / "mine.pth")
    with pytest.raises(ValueError, match=f"run code of .*{wanted}") as caught:
        content(tmp_path / "mine.pth")
    said = str(caught.value)
    assert "Namespace, " not in said  # it is not what is wanted too much
    assert "torch.load('mine.pth', map_location='cpu', weights_only=False)" in said
    assert "torch.save(content['state_dict'], 'weights.pth')" in said


@pytest.mark.parametrize(
    ("name", "beginning", "said"),
    [
        ("a.pth", b"", "it is empty"),
        ("a.pth", b"\xff\xd8\xff\xe0 a photograph", "it does not begin as a file of torch.save"),
        ("a.pth", b"some text", "it does not begin as a file of torch.save"),
        ("a.pth", b"PK\x03\x04 no archive", "it is damaged, cut short, or holds something else"),
        ("a.safetensors", b"\x08", "it is damaged, cut short, or holds something else"),
    ],
)
def test_a_file_that_is_none_is_told_for_what_it_is(tmp_path, name, beginning, said):
    (tmp_path / name).write_bytes(beginning)
    with pytest.raises(ValueError, match=f"{name} could not be read as a checkpoint: {said}"):
        content(tmp_path / name)


def test_the_way_to_convert_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": {"w": torch.ones(2)}, "more": np.zeros(2)}, "mine.pth")
    with pytest.raises(ValueError, match="was not opened") as caught:
        content(Path("mine.pth"))
    load = str(caught.value).partition("made: content = ")[2].partition(", then")[0]
    save = str(caught.value).partition("then ")[2].partition(", with")[0]
    exec(save, {"torch": torch, "content": eval(load)})
    assert torch.equal(content(Path("weights.pth"))["w"], torch.ones(2))


def test_all_that_is_wanted_is_named_up_to_a_limit(tmp_path):
    parts = [nn.ReLU(), nn.GELU(), nn.SiLU(), nn.Tanh(), nn.ELU(), nn.Mish()]
    torch.save(parts[:5], tmp_path / "five.pth")
    torch.save(parts, tmp_path / "six.pth")
    with pytest.raises(ValueError, match=r"ELU, .*GELU, .*ReLU, .*SiLU, .*Tanh\. Expected"):
        content(tmp_path / "five.pth")
    with pytest.raises(ValueError, match=r"SiLU, \.\.\.\. Expected tensors"):
        content(tmp_path / "six.pth")
