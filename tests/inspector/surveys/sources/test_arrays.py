import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from inspector.surveys.sources import Unreadable, Vanished, npz, open_source


def test_a_stack_of_pictures_is_read_by_number(tmp_path, stack, read, shown):
    np.save(tmp_path / "x.npy", stack(7))
    source = open_source(tmp_path / "x.npy")
    items = read(source, 3)
    assert (source.title, source.classes) == ("x.npy", None)
    assert [(item.key, item.label, shown(item)) for item in items] == [
        (str(number), None, number) for number in range(7)
    ]
    assert shown(source.picture("5")) == 5


def test_a_stack_is_mapped_and_not_read(tmp_path):
    """The file claims 3 GB and its disk has none of them: reading it would be noticed."""
    with (tmp_path / "large.npy").open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (1000, 1000, 1000, 3)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + 3 * 10**9)
    source = open_source(tmp_path / "large.npy")
    last = source.shards(4)[-1]
    assert [item.picture.sum() for item in source.items(last)] == [0] * 4


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_named_arrays_have_labels_and_classes(tmp_path, stack, read, shown, save, order):
    labels = np.array([1, 0, 2, 2, 1], dtype=np.uint8)
    pictures = np.asarray(stack(5), order=order)
    save(tmp_path / "x.npz", images=pictures, labels=labels, classes=np.array(["a", "b", "c"]))
    source = open_source(tmp_path / "x.npz")
    assert source.classes == ("a", "b", "c")
    assert [(shown(item), item.label) for item in read(source, 2)] == list(enumerate(labels))


def test_classes_without_names_are_called_by_number(tmp_path, stack):
    np.savez(tmp_path / "x.npz", images=stack(3), y=np.array([0, 2, 2]))
    assert open_source(tmp_path / "x.npz").classes == ("0", "1", "2")


def test_a_split_is_told_by_a_word_of_its_name(tmp_path, stack, read):
    y = np.array([0, 1])
    np.savez(tmp_path / "x.npz", x_train=stack(4), y_train=np.arange(4), x_test=stack(2), y_test=y)
    source = open_source(f"{tmp_path}/x.npz:test")
    assert source.title == "x.npz:test"
    assert [item.label for item in read(source)] == [0, 1]
    with pytest.raises(ValueError, match=r"several in x.npz: x_train, x_test.*x.npz:test"):
        open_source(tmp_path / "x.npz")


@pytest.fixture
def strips(tmp_path, stack):
    """Two lossless strips, of three pictures and of two, as PNG, with their labels."""

    def encoded(pictures: np.ndarray) -> np.ndarray:
        file = io.BytesIO()
        Image.fromarray(pictures.reshape(-1, pictures.shape[2], 3)).save(file, "PNG")
        return np.frombuffer(file.getvalue(), dtype=np.uint8)

    def packed(path, **changed):
        pictures = stack(5)
        arrays = {"test_x_000": encoded(pictures[:3]), "test_x_001": encoded(pictures[3:])}
        arrays |= {"test_y": np.arange(5, dtype=np.uint8), "classes": np.array(list("abcde"))}
        np.savez(path, **(arrays | changed))
        return path

    return packed


def test_strips_are_cut_into_their_pictures(tmp_path, strips, read, shown):
    source = open_source(strips(tmp_path / "x.npz"))
    assert source.classes == tuple("abcde")
    assert [(shown(item), item.label) for item in read(source, 2)] == [(n, n) for n in range(5)]
    assert shown(source.picture("4")) == 4


def test_pictures_of_a_damaged_strip_are_damaged(tmp_path, strips, read, shown):
    whole = np.load(strips(tmp_path / "whole.npz"))["test_x_001"]
    broken = whole.copy()
    broken[50:-20] = 0  # behind the header, which tells the size
    source = open_source(strips(tmp_path / "x.npz", test_x_001=broken))
    items = [shown(item) for item in read(source)]
    assert items[:3] == [0, 1, 2]
    assert all(words.startswith("The strip test_x_001") for words in items[3:])
    assert len(items) == 5


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.zeros((2, 4, 4, 3))}, r"got x float64 \(2, 4, 4, 3\)"),
        ({"x": np.zeros((2, 4, 4), np.uint8)}, r"got x uint8 \(2, 4, 4\)"),
        ({"x": np.zeros((2, 1, 4, 3), np.uint8)}, "Expected pictures as uint8"),
        ({"x": np.array([{}], dtype=object)}, "no array of that name"),
    ],
)
def test_other_arrays_are_refused_in_words(tmp_path, arrays, words):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(ValueError, match=words):
        open_source(tmp_path / "x.npz")


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_a_file_of_something_else_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(ValueError, match=r"Expected .* got"):
        open_source(tmp_path / name)


@pytest.mark.parametrize("kept", [0, 60, -1])
def test_a_file_cut_short_is_refused_when_it_is_opened(tmp_path, stack, kept):
    np.save(tmp_path / "x.npy", stack(5))
    (tmp_path / "x.npy").write_bytes((tmp_path / "x.npy").read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"in x\.npy, .* got no whole array"):
        open_source(tmp_path / "x.npy")


def test_a_packed_array_that_would_grow_is_refused(tmp_path, stack, monkeypatch):
    monkeypatch.setattr(npz, "MOST", 100)
    np.savez_compressed(tmp_path / "x.npz", images=stack(5))
    source = open_source(tmp_path / "x.npz")
    with pytest.raises(Unreadable, match=r"Save it with numpy.savez, without packing"):
        list(source.items(source.shards(2)[0]))


def test_the_hash_follows_names_labels_and_pictures(tmp_path, stack):
    def hashed(**arrays) -> str:
        np.savez(tmp_path / "x.npz", **arrays)
        return open_source(tmp_path / "x.npz").listing_hash()

    y = np.array([0, 1, 1])
    changed = [
        hashed(x=stack(3), y=y),
        hashed(x=stack(3), y=y[::-1]),
        hashed(x=stack(3)[::-1], y=y),
        hashed(x=stack(2), y=y[:2]),
    ]
    assert len(set(changed)) == 4
    assert hashed(x=stack(3), y=y) == changed[0]


def test_a_file_that_vanished_says_so(tmp_path, stack):
    np.save(tmp_path / "x.npy", stack(3))
    source = open_source(tmp_path / "x.npy")
    (tmp_path / "x.npy").unlink()
    with pytest.raises(Vanished, match=r"x.npy was there"):
        list(source.items(source.shards(2)[0]))


@pytest.mark.parametrize("key", ["3", "-1", "one", "²"])
def test_only_numbers_of_pictures_are_keys(tmp_path, stack, key):
    np.save(tmp_path / "x.npy", stack(3))
    with pytest.raises(ValueError, match="by its number, 0 to 2"):
        open_source(tmp_path / "x.npy").picture(key)


@pytest.mark.shared
def test_cifar_10_is_read_as_it_was_packed(pytestconfig):
    path = pytestconfig.rootpath.parent / "shared/data/cifar10.npz"
    source = open_source(f"{path}:test")
    shard = source.shards(500)[3]
    with np.load(path) as pack:
        strip = np.asarray(Image.open(io.BytesIO(pack["test_x_003"].tobytes())))
        labels = pack["test_y"][1500:2000]
    items = list(source.items(shard))
    np.testing.assert_array_equal([item.picture for item in items], strip.reshape(-1, 32, 32, 3))
    np.testing.assert_array_equal([item.label for item in items], labels)
    assert source.classes[:2] == ("airplane", "automobile")


def test_a_zip_of_other_files_has_no_arrays(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(ValueError, match="no array of that name"):
        open_source(tmp_path / "x.npz")
