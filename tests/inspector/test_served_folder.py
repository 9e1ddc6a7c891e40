"""A served folder: what lies in it by name, and nothing that a name or a link leads to."""

import pytest

from inspector import survey_files
from inspector.served_folder import ServedFolder


@pytest.fixture
def served(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    for name in ("b.txt", "a.txt", ".hidden.txt", "c.bin"):
        (folder / name).write_text("")
    (tmp_path / "secret.txt").write_text("")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return ServedFolder(folder, "texts", lambda entry: entry.name.endswith(".txt"))


def test_it_offers_what_fits_and_lies_in_it(served):
    assert served.names() == ["a.txt", "b.txt"]
    assert served.path("a.txt").name == "a.txt"


@pytest.mark.parametrize("name", ["../secret.txt", "link.txt", ".hidden.txt", "c.bin", "/etc", ""])
def test_no_text_of_a_visitor_leads_elsewhere(served, name):
    with pytest.raises(ValueError, match=r"There are no texts .* in the folder of this server"):
        served.path(name)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Expected a folder of surveys, got .* Give one that"):
        survey_files.finished(tmp_path / "nowhere")


def test_surveys_are_stores_and_pictures_are_folders_and_packed_files(tmp_path):
    for name in ("out.zarr", "empty.zarr", "validation", "a*b"):
        (tmp_path / name).mkdir()
    (tmp_path / "out.zarr" / ".zgroup").write_text("{}")
    for name in ("test.npz", "notes.txt", "x.npz:test.npz"):
        (tmp_path / name).write_text("")
    assert survey_files.finished(tmp_path).names() == ["out.zarr"]
    pictures = survey_files.pictures(tmp_path).names()
    assert pictures == ["empty.zarr", "out.zarr", "test.npz", "validation"]
