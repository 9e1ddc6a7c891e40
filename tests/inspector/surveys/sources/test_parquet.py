import json
import sys

import pytest

from inspector.surveys.sources import Unreadable, Vanished, open_source

pa = pytest.importorskip("pyarrow", reason="pyarrow, of the extra survey, is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow, of the extra survey, is not installed")

_ROW = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_NAMES = ["ant", "bee", "cow"]


@pytest.fixture
def written(png):
    """Writes pictures of these numbers as the Hugging Face hub does; -1 is a row without one."""

    def to(path, numbers, names=_NAMES, group=2):
        rows = [{"bytes": png(n) if n >= 0 else None, "path": f"{n}.png"} for n in numbers]
        labels = [n % 3 if n >= 0 else -1 for n in numbers]
        features = {"picture": {"_type": "Image"}, "kind": {"_type": "ClassLabel", "names": names}}
        told = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
        fields = [("kind", pa.int64()), ("picture", _ROW)]
        arrays = [pa.array(labels), pa.array(rows, _ROW)]
        table = pa.table(arrays, pa.schema(fields, metadata=told))
        path.parent.mkdir(exist_ok=True)
        pq.write_table(table, path, row_group_size=group)
        return path

    return to


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_rows_of_all_files_are_items_in_order(tmp_path, written, read, shown, size):
    written(tmp_path / "data/b-00001.parquet", range(7, 10))
    written(tmp_path / "data/b-00000.parquet", range(7))
    source = open_source(tmp_path / "data")
    items = read(source, size)
    assert (source.title, source.classes) == ("data", ("ant", "bee", "cow"))
    assert [(shown(item), item.label) for item in items] == [(n, n % 3) for n in range(10)]
    assert [items[6].key, items[7].key] == ["b-00000.parquet:6", "b-00001.parquet:0"]


def test_a_row_without_a_picture_is_damaged(tmp_path, written, read, shown):
    source = open_source(written(tmp_path / "x.parquet", [1, -1, 2]))
    items = read(source)
    assert [item.label for item in items] == [1, None, 2]
    assert shown(items[1]).startswith("The row has no picture")


def test_columns_are_known_by_their_usual_names_too(tmp_path, png, read, shown):
    table = pa.table({"image": [png(4), b"broken"], "label": [1, 0]})
    pq.write_table(table, tmp_path / "x.parquet")
    source = open_source(tmp_path / "x.parquet")
    first, second = read(source)
    assert (source.classes, shown(first), first.label) == (None, 4, None)
    assert shown(second).startswith("Expected a picture")
    (tmp_path / "classes.txt").write_text("ant\nbee\n", encoding="utf-8")
    named = open_source(tmp_path / "x.parquet")
    assert (named.classes, [item.label for item in read(named)]) == (("ant", "bee"), [1, 0])
    assert named.listing_hash() != source.listing_hash()


def test_files_without_pictures_say_what_they_have(tmp_path):
    pq.write_table(pa.table({"text": ["a"], "label": [1]}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=r"Expected a column of pictures.*got text, label"):
        open_source(tmp_path / "x.parquet")


def test_a_pattern_stands_for_several_files(tmp_path, written, read):
    for name in ("train-0", "train-1", "test-0"):
        written(tmp_path / f"{name}.parquet", [1])
    keys = [item.key for item in read(open_source(f"{tmp_path}/train-*.parquet"))]
    assert keys == ["train-0.parquet:0", "train-1.parquet:0"]


def test_one_row_by_file_and_number(tmp_path, written, shown):
    source = open_source(written(tmp_path / "x.parquet", range(5)))
    assert shown(source.picture("x.parquet:3")) == 3


@pytest.mark.parametrize("key", ["x.parquet:5", "x.parquet:-1", "x.parquet", "../x.parquet:1"])
def test_no_other_row_can_be_asked_for(tmp_path, written, key):
    source = open_source(written(tmp_path / "x.parquet", range(5)))
    with pytest.raises(ValueError, match="Expected a"):
        source.picture(key)


def test_the_hash_follows_the_files(tmp_path, written):
    def hashed() -> str:
        return open_source(tmp_path / "data").listing_hash()

    written(tmp_path / "data/a.parquet", [1, 2])
    one = hashed()
    assert hashed() == one
    written(tmp_path / "data/b.parquet", [1])
    two = hashed()
    written(tmp_path / "data/b.parquet", [2])
    three = hashed()
    (tmp_path / "data/b.parquet").rename(tmp_path / "data/c.parquet")
    assert len({one, two, three, hashed()}) == 4


def test_a_file_that_vanished_or_was_replaced_says_so(tmp_path, written):
    source = open_source(written(tmp_path / "x.parquet", range(5)))
    shard = source.shards(5)[0]
    written(tmp_path / "x.parquet", range(3))
    with pytest.raises(Vanished):
        list(source.items(shard))
    (tmp_path / "x.parquet").unlink()
    with pytest.raises(Vanished, match=r"x.parquet was there"):
        list(source.items(shard))


def test_a_damaged_file_is_named(tmp_path, written):
    path = written(tmp_path / "x.parquet", range(5))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Unreadable, match=r"got x.parquet, which cannot be read .* Fetch it anew"):
        open_source(path)


def test_without_pyarrow_the_way_to_it_is_told(tmp_path, written, monkeypatch):
    path = written(tmp_path / "x.parquet", [1])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"pip install 'attention-inspector\[survey\]'"):
        open_source(path)
