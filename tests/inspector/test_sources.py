"""Weights are found in files, folders and repositories, and reported missing in words."""

import huggingface_hub
import pytest
import torch
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from safetensors.torch import save_file

from inspector.checkpoints import read_checkpoint
from inspector.sources import file_of, title_of


@pytest.fixture
def folder(tmp_path):
    torch.save({"w": torch.zeros(2)}, tmp_path / "pytorch_model.bin")
    save_file({"w": torch.ones(2)}, tmp_path / "model.safetensors")
    return tmp_path


@pytest.mark.parametrize("source", ["{}", "local-dir:{}"])
def test_a_folder_gives_its_safest_file(folder, source):
    assert file_of(source.format(folder)) == folder / "model.safetensors"
    assert torch.equal(read_checkpoint(source.format(folder)).state["w"], torch.ones(2))


def test_a_folder_without_weights(tmp_path):
    with pytest.raises(ValueError, match=r"no weights under a known name.*model\.safetensors"):
        file_of(tmp_path)


@pytest.mark.parametrize("source", ["nothing.pth", "local-dir:nowhere"])
def test_a_source_that_is_not_there(source):
    with pytest.raises(FileNotFoundError, match="no checkpoint file 'no"):
        file_of(source)


@pytest.fixture
def hub(monkeypatch):
    """Answers for the hub: files by name, or an error; returns what was asked."""

    def answer(answers):
        asked = []

        def download(name, file, *, revision, local_files_only):
            asked.append((name, file, revision, local_files_only))
            if isinstance(answers.get(file), str):
                return answers[file]
            raise answers.get(file) or EntryNotFoundError(file)

        monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
        return asked

    return answer


def test_a_repository_gives_the_first_file_it_has(hub, folder):
    asked = hub({"pytorch_model.bin": str(folder / "pytorch_model.bin")})
    read = read_checkpoint("hf-hub:somebody/net@v2")
    assert torch.equal(read.state["w"], torch.zeros(2))
    assert read.name == "hf-hub:somebody/net@v2"
    assert asked == [
        ("somebody/net", "model.safetensors", "v2", False),
        ("somebody/net", "pytorch_model.bin", "v2", False),
    ]


def test_without_an_answer_the_hub_is_asked_once(hub):
    asked = hub({"model.safetensors": LocalEntryNotFoundError("no connection")})
    with pytest.raises(ValueError, match=r"No weights were had from hf-hub:a/b \(LocalEntry.*path"):
        file_of("hf-hub:a/b")
    assert [local for *_, local in asked] == [False, True, True, True]


def test_readers_see_no_folders_of_this_machine():
    assert title_of("/home/me/runs/mine.pth") == "mine.pth"
    assert title_of("local-dir:/home/me/net") == "net"
