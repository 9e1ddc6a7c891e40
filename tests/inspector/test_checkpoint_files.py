"""Of a folder only its own files are offered, and an upload is known by its content."""

import hashlib

import pytest
import torch

from inspector import quarantine
from inspector.checkpoint_files import Folder, uploaded


@pytest.fixture
def folder(tmp_path):
    """A folder beside a secret, with weights and what only looks like them."""
    secret, inside = tmp_path / "secret.pth", tmp_path / "weights"
    inside.mkdir()
    for file in (secret, inside / "b.pth", inside / "a.pth.tar"):
        torch.save({"w": torch.ones(2)}, file)
    (inside / "away.pth").symlink_to(secret)
    (inside / "within.pth").symlink_to(inside / "b.pth")
    (inside / ".hidden.pth").write_bytes(b"x")
    (inside / "notes.txt").write_bytes(b"x")
    (inside / "folder.pth").mkdir()
    (inside / "c\x1b.pth").write_bytes(b"x")
    return inside


def test_only_files_that_lie_in_it_are_offered(folder):
    assert Folder(folder).names() == ["a.pth.tar", "b.pth", "within.pth"]


@pytest.mark.parametrize(
    "name", ["../secret.pth", "away.pth", "/etc/passwd", "notes.txt", "", ".", "b.pth\0"]
)
def test_no_name_leads_out(folder, name):
    with pytest.raises(
        ValueError, match=r"There are no checkpoints .* in the folder of this server"
    ):
        Folder(folder).file(name)


def test_a_file_is_known_by_its_content(folder):
    file = Folder(folder).file("b.pth")
    assert file.sha256 == hashlib.sha256((folder / "b.pth").read_bytes()).hexdigest()
    assert file.read().state["w"].tolist() == [1, 1]
    torch.save({"w": torch.zeros(2)}, folder / "b.pth")
    assert Folder(folder).file("b.pth") != file


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(ValueError, match=r"Expected a folder of checkpoints, got .*/none'"):
        Folder(tmp_path / "none")


def test_an_upload_is_opened_in_quarantine_under_a_plain_name(monkeypatch):
    monkeypatch.setattr(quarantine, "opened", lambda data, name: (data, name))
    file = uploaded("../../etc/a\x1b.pth", b"content")
    assert file.name == "a.pth"
    assert file.sha256 == hashlib.sha256(b"content").hexdigest()
    assert file.read() == (b"content", "a.pth")
