import numpy as np
import pytest

from inspector.surveys.sources import open_source


def test_an_address_is_refused():
    with pytest.raises(ValueError, match=r"got an address, https://.* Download it first"):
        open_source("https://example.org/x.tar")


def test_what_is_not_there_is_told_with_what_could_be(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file or folder .*nowhere\. Expected a folder"):
        open_source(tmp_path / "nowhere")


def test_a_file_of_another_kind_is_refused(tmp_path, png, write):
    with pytest.raises(ValueError, match=r"Expected a folder of pictures.*got one\.png"):
        open_source(write(tmp_path / "one.png", png(1)))


def test_a_pattern_of_two_kinds_is_refused(tmp_path, write):
    write(tmp_path / "x-1.tar", b"")
    write(tmp_path / "x-2.parquet", b"")
    with pytest.raises(ValueError, match=r"several files of one kind.*got \.parquet, \.tar"):
        open_source(tmp_path / "x-*")


def test_pictures_beside_shards_make_it_a_folder_of_pictures(tmp_path, png, write, read):
    write(tmp_path / "all.tar", b"")
    write(tmp_path / "a.png", png(1))
    assert [item.key for item in read(open_source(tmp_path))] == ["a.png"]


def test_a_path_with_letters_of_a_pattern_is_a_path(tmp_path, png, write, read):
    write(tmp_path / "set [1]/a.png", png(1))
    assert len(read(open_source(tmp_path / "set [1]"))) == 1


def test_a_path_with_a_colon_is_a_path(tmp_path, stack):
    (tmp_path / "a.npz:b").mkdir()
    np.save(tmp_path / "a.npz:b/x.npy", stack(2))
    assert open_source(f"{tmp_path}/a.npz:b/x.npy").title == "x.npy"
