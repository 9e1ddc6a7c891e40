"""A stranger's checkpoint is opened apart: what would hang or fill this process ends there."""

import io
import time
from zipfile import ZipFile

import pytest
import torch
from safetensors.torch import save

from inspector import quarantine
from inspector.checkpoints import read_checkpoint
from inspector.quarantine import opened


def saved(content):
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def with_pickle(text):
    """A file of `torch.save` with this pickle in it."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(saved({"w": torch.ones(2)}))) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, text if name.endswith("data.pkl") else old.read(name))
    return file.getvalue()


HASHED_FOREVER = b"\x80\x02}(K\x00\x85" + b"q\x00h\x00\x86" * 60 + b"K\x01u."
"""A pair of a pair of ... twice the same, as the key of a dictionary: 2**60 steps."""

_TRILLION = b"\x8a\x06" + (10**12).to_bytes(6, "little")
MADE_OF_ZEROS = b"\x80\x02cbuiltins\nbytearray\n" + _TRILLION + b"\x85R."
"""bytearray(10**12); it is one of the few functions that a pickle may call."""


@pytest.fixture
def here(monkeypatch, capsys):
    """The quarantine without another process or limits: quick, and as safe as its input."""

    def run(words, _seconds):
        status = quarantine._main(*words)
        return status, capsys.readouterr().out.strip()

    monkeypatch.setattr(quarantine, "_run", run)
    monkeypatch.setattr(quarantine, "_limit", lambda *_: None)


def test_what_comes_out_is_what_a_reader_in_this_process_finds(tmp_path, monkeypatch):
    state = {"module.a": torch.arange(6.0).reshape(2, 3), "module.b": torch.tensor(3)}
    data = saved({"model": state, "model_ema": state, "epoch": 3})
    (tmp_path / "mine.pth.tar").write_bytes(data)
    found = read_checkpoint(tmp_path / "mine.pth.tar")
    (tmp_path / "others").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "others"))
    apart = opened(data, "mine.pth.tar")
    assert all(torch.equal(apart.state[name], value) for name, value in found.state.items())
    assert (apart.name, apart.sha256, apart.entry) == (found.name, found.sha256, found.entry)
    assert (apart.others, apart.notes) == (found.others, found.notes)
    assert list((tmp_path / "others").iterdir()) == []


@pytest.mark.parametrize(
    ("pickled", "seconds"), [(HASHED_FOREVER, 4), (MADE_OF_ZEROS, 20)], ids=["time", "memory"]
)
def test_what_would_take_all_of_it_is_ended(pickled, seconds):
    start = time.monotonic()
    with pytest.raises(ValueError, match=r"evil\.pth (was not opened: it took|could not be read)"):
        opened(with_pickle(pickled), "evil.pth", seconds=seconds, memory=2**30)
    assert time.monotonic() - start < seconds + 4


def test_safetensors_too(here):
    state = {"a": torch.arange(6.0), "b": torch.ones(2, dtype=torch.bfloat16)}
    found = opened(save(state), "mine.safetensors").state
    assert all(torch.equal(found[name], value) for name, value in state.items())


def test_weights_that_share_memory_come_out_apart(here):
    tied = torch.arange(3.0)
    found = opened(saved({"a": tied, "b": tied, "c": tied[::2]}), "mine.pth").state
    assert [value.tolist() for value in found.values()] == [[0, 1, 2], [0, 1, 2], [0, 2]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (saved({"w": torch.tensor([float("nan")])}), "mine.pth holds NaN or infinite values"),
        (b"nothing", "mine.pth could not be read as a checkpoint: it does not begin as"),
    ],
)
def test_a_refusal_comes_through_in_its_words(here, data, said):
    with pytest.raises(ValueError, match=said):
        opened(data, "mine.pth")
