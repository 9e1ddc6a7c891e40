import io
import tarfile

import pytest

from inspector.surveys.sources import Unreadable, Vanished, open_source


@pytest.fixture
def packed():
    """Writes files by name into a tar file, in order."""

    def to(path, files, kind=tarfile.PAX_FORMAT):
        path.parent.mkdir(exist_ok=True)
        with tarfile.open(path, "w", format=kind) as tar:
            for name, content in files:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return path

    return to


@pytest.fixture
def samples(png):
    """Files of samples with these numbers."""

    def files(numbers):
        for n in numbers:
            yield f"zoo/{n:03}.cls", str(n % 2).encode()
            yield f"zoo/{n:03}.png", png(n)
            yield f"zoo/{n:03}.json", b"{}"

    return files


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_samples_of_all_files_are_items_in_order(  # noqa: PLR0917 - fixtures
    tmp_path, packed, samples, read, shown, size, kind
):
    packed(tmp_path / "set/b.tar", samples(range(5, 8)), kind)
    packed(tmp_path / "set/a.tar", samples(range(5)), kind)
    (tmp_path / "set/classes.txt").write_text("even\nodd\n", encoding="utf-8")
    source = open_source(tmp_path / "set")
    items = read(source, size)
    assert (source.title, source.classes) == ("set", ("even", "odd"))
    assert [(shown(item), item.label) for item in items] == [(n, n % 2) for n in range(8)]
    assert [items[4].key, items[5].key] == ["a.tar/zoo/004", "b.tar/zoo/005"]


def test_names_longer_than_a_header_are_read_from_any_place(tmp_path, packed, png, read, shown):
    files = [("deep/" * 40 + f"{'n' * 90}{number}.png", png(number)) for number in range(4)]
    source = open_source(packed(tmp_path / "x.tar", files))
    items = read(source, 1)
    assert [shown(item) for item in items] == [0, 1, 2, 3]
    assert items[3].key == "x.tar/" + "deep/" * 40 + "n" * 90 + "3"


def test_labels_that_nothing_names_are_not_read(tmp_path, packed, samples, read):
    source = open_source(packed(tmp_path / "x.tar", samples(range(3))))
    assert source.classes is None
    assert [item.label for item in read(source)] == [None] * 3


@pytest.mark.parametrize("label", [b"2", b"-1", b"cat", b"", b"9" * 10**6])
def test_a_label_of_no_class_is_none(tmp_path, packed, png, read, label):
    packed(tmp_path / "x.tar", [("a.png", png(1)), ("a.cls", label)])
    (tmp_path / "classes.txt").write_text("even\nodd\n", encoding="utf-8")
    assert [item.label for item in read(open_source(tmp_path / "x.tar"))] == [None]


def test_a_sample_without_a_picture_is_damaged(tmp_path, packed, png, read, shown):
    files = [("a.png", png(1)), ("b.txt", b"words"), ("c.jpg", b"broken"), ("._a.png", b"")]
    items = read(open_source(packed(tmp_path / "x.tar", files)))
    assert [item.key for item in items] == ["x.tar/a", "x.tar/b", "x.tar/c"]
    assert shown(items[1]) == "The sample has no picture among its files."
    assert shown(items[2]).startswith("Expected a picture")


def test_a_file_cut_short_gives_what_is_whole_and_tells(tmp_path, packed, png, read, shown):
    path = packed(tmp_path / "x.tar", [(f"{n}.png", png(n)) for n in range(4)])
    assert list(open_source(path).left_out()) == []
    with tarfile.open(path) as tar:
        cut = tar.getmember("2.png").offset_data + 10
    path.write_bytes(path.read_bytes()[:cut])
    source = open_source(path)
    items = read(source)
    assert [shown(item) for item in items[:2]] == [0, 1]
    assert shown(items[2]) == "The tar file ends in the middle of the picture."
    assert list(source.left_out()) == [("x.tar", "cut short or damaged behind its sample 3")]


def test_a_file_damaged_inside_is_told_as_well(tmp_path, packed, png):
    path = packed(tmp_path / "x.tar", [(f"{n}.png", png(n)) for n in range(4)])
    with tarfile.open(path) as tar:
        place = tar.getmember("2.png").offset
    content = bytearray(path.read_bytes())
    content[place : place + 300] = b"\xff" * 300
    path.write_bytes(content)
    assert list(open_source(path).left_out()) == [
        ("x.tar", "cut short or damaged behind its sample 2")
    ]


def test_links_and_devices_in_a_tar_are_no_samples(tmp_path, png, read):
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        link = tarfile.TarInfo("passwd.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        picture = tarfile.TarInfo("../a.png")
        picture.size = len(png(1))
        tar.addfile(picture, io.BytesIO(png(1)))
    assert [item.key for item in read(open_source(tmp_path / "x.tar"))] == ["x.tar/../a"]


def test_one_sample_by_its_name(tmp_path, packed, samples, shown):
    source = open_source(packed(tmp_path / "x.tar", samples(range(5))))
    assert shown(source.picture("x.tar/zoo/003")) == 3
    with pytest.raises(ValueError, match=r"Expected a sample of x\.tar as FILE/SAMPLE"):
        source.picture("x.tar/zoo/009")


def test_a_packed_tar_is_refused(tmp_path, samples):
    with tarfile.open(tmp_path / "x.tar", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.png"))
    with pytest.raises(Unreadable, match=r"Expected a tar file that is not packed.*gunzip"):
        open_source(tmp_path / "x.tar")


def test_a_tar_without_pictures_is_refused(tmp_path, packed):
    with pytest.raises(ValueError, match=r"Expected pictures in x.tar, as NAME.jpg"):
        open_source(packed(tmp_path / "x.tar", [("a.txt", b"words")]))


def test_a_file_that_vanished_or_lost_samples_says_so(tmp_path, packed, samples):
    source = open_source(packed(tmp_path / "x.tar", samples(range(5))))
    shard = source.shards(5)[0]
    packed(tmp_path / "x.tar", samples(range(3)))
    with pytest.raises(Vanished):
        list(source.items(shard))
    (tmp_path / "x.tar").unlink()
    with pytest.raises(Vanished, match=r"x.tar was there"):
        list(source.items(shard))
