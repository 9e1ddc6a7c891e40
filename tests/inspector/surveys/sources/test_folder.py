import os
import shutil

import pytest

from inspector.surveys.items import Damaged
from inspector.surveys.sources import Vanished, open_source
from inspector.surveys.sources.folder import Folder


@pytest.fixture
def zoo(tmp_path, png, write):
    """Two classes of which one has a folder more, and a picture beside them."""
    root = tmp_path / "zoo"
    for name, number in {"cat/b": 1, "cat/a": 0, "ant/z/9": 2, "ant/z/10": 3, "loose": 4}.items():
        write(root / f"{name}.png", png(number))
    return root


def test_folders_are_classes_and_paths_are_in_order(zoo, read, shown):
    source = open_source(zoo)
    assert (source.title, source.classes) == ("zoo", ("ant", "cat"))
    assert [(item.key, item.label, shown(item)) for item in read(source)] == [
        ("ant/z/10.png", 0, 3),
        ("ant/z/9.png", 0, 2),
        ("cat/a.png", 1, 0),
        ("cat/b.png", 1, 1),
        ("loose.png", None, 4),
    ]


def test_a_flat_folder_has_no_classes(tmp_path, png, write, read):
    write(tmp_path / "b.PNG", png(1))
    write(tmp_path / "notes/why.txt", b"no picture")
    source = open_source(str(tmp_path))
    assert source.classes is None
    assert [(item.key, item.label) for item in read(source)] == [("b.PNG", None)]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_every_cut_has_every_picture_once(zoo, read, size):
    source = open_source(zoo)
    assert [item.key for item in read(source, size)] == [item.key for item in read(source, 3)]
    assert len(source.shards(size)) == -(-5 // size)


def test_what_is_no_picture_is_told_with_its_reason(zoo, png, write, read):
    write(zoo / ".git/objects/a.png", png(5))
    write(zoo / "cat/.hidden.png", png(5))
    write(zoo / "README.md", b"# Zoo")
    (zoo / "cat/gone.png").symlink_to(zoo / "nowhere.png")
    (zoo / "cat/again").symlink_to(zoo / "cat")
    os.mkfifo(zoo / "pipe.png")
    write(zoo / os.fsdecode(b"\xff.png"), png(5))
    source = open_source(zoo)
    assert len(read(source)) == 5
    assert dict(source.left_out()) == {
        ".git": "hidden: its name begins with a dot",
        "README.md": "not named as a picture is",
        "cat/.hidden.png": "hidden: its name begins with a dot",
        "cat/again": "a link that leads back to a folder it lies in",
        "cat/gone.png": "neither a file nor a folder; a broken link, perhaps",
        "pipe.png": "neither a file nor a folder; a broken link, perhaps",
        r"\xff.png": "its name is no text in UTF-8",
    }


def test_links_to_pictures_elsewhere_are_followed(tmp_path, zoo, read):
    other = tmp_path / "other"
    other.mkdir()
    (other / "felines").symlink_to(zoo / "cat")
    assert [item.key for item in read(open_source(other))] == ["felines/a.png", "felines/b.png"]


def test_a_damaged_picture_says_why_and_the_others_are_read(zoo, write, read):
    write(zoo / "cat/a.png", b"<svg/>")
    pictures = {item.key: item.picture for item in read(open_source(zoo))}
    assert "got markup such as SVG or HTML" in pictures.pop("cat/a.png").reason
    assert not any(isinstance(picture, Damaged) for picture in pictures.values())


@pytest.mark.parametrize(
    "change",
    [
        lambda zoo: shutil.copy(zoo / "cat/a.png", zoo / "cat/c.png"),
        lambda zoo: (zoo / "cat/a.png").unlink(),
        lambda zoo: (zoo / "cat/a.png").rename(zoo / "cat/aa.png"),
        lambda zoo: (zoo / "cat").rename(zoo / "dog"),
        lambda zoo: (zoo / "cat/a.png").write_bytes(b"short"),
    ],
    ids=["added", "removed", "renamed", "other class", "other size"],
)
def test_the_hash_changes_with_the_listing(zoo, change):
    before = open_source(zoo).listing_hash()
    assert open_source(zoo).listing_hash() == before
    change(zoo)
    assert open_source(zoo).listing_hash() != before


def test_the_hash_does_not_depend_on_where_the_folder_lies(tmp_path, zoo):
    shutil.copytree(zoo, tmp_path / "copy")
    assert open_source(tmp_path / "copy").listing_hash() == open_source(zoo).listing_hash()


@pytest.mark.parametrize("gone", ["cat/a.png", "cat", "."])
def test_what_vanished_is_no_damaged_picture(zoo, gone, read):
    source = open_source(zoo)
    shards = source.shards(10)
    (zoo / "cat/a.png").unlink() if gone == "cat/a.png" else shutil.rmtree(zoo / gone)
    with pytest.raises(Vanished, match=r"is not there now.*put it back .* and resume"):
        list(source.items(shards[0]))


def test_a_folder_that_vanished_cannot_be_listed(zoo):
    source = open_source(zoo)
    shutil.rmtree(zoo)
    with pytest.raises(Vanished, match="zoo was there when the pictures were listed"):
        source.listing_hash()


def test_one_picture_by_its_path(zoo, shown):
    source = open_source(zoo)
    item = source.picture("cat/b.png")
    assert (item.key, item.label, shown(item)) == ("cat/b.png", 1, 1)


@pytest.mark.parametrize("key", ["../secret.png", "cat/nobody.png", "/etc/passwd", "cat"])
def test_no_other_file_can_be_asked_for(zoo, png, write, key):
    write(zoo.parent / "secret.png", png(9))
    with pytest.raises(ValueError, match="Expected the path of a picture in zoo, got"):
        open_source(zoo).picture(key)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Expected pictures in .*found none.*\.jpeg"):
        open_source(tmp_path)


@pytest.mark.shared
def test_hostile_files_end_in_words_and_not_in_the_run(pytestconfig, read):
    source = open_source(pytestconfig.rootpath.parent / "shared/data/nasty")
    refused = {item.key for item in read(source) if isinstance(item.picture, Damaged)}
    assert isinstance(source, Folder)
    assert {"zip_bomb.png", "huge_header.png", "truncated.jpg", "zero_bytes.png"} <= refused
    assert not refused & {"exif_5.jpg", "cmyk.jpg", "gray16.png", "wrong_extension.png"}
    assert {key for key, _ in source.left_out()} >= {"billion_laughs.svg", "favicon.ico"}
