"""A keep is bounded by number and by bytes, and drops what was used longest ago."""

from inspector.keeping import Keep


def kept(keep, keys):
    return [key for key in keys if keep.find(key) is not None]


def test_only_so_many():
    keep = Keep(entries=2, most=100, weigh=len)
    for key in "abc":
        keep.put(key, key)
    assert kept(keep, "abc") == ["b", "c"]


def test_only_so_many_bytes():
    keep = Keep(entries=9, most=10, weigh=len)
    for key in "abcd":
        keep.put(key, key * 4)
    assert kept(keep, "abcd") == ["c", "d"]
    assert keep.bytes == 8


def test_what_was_used_last_stays():
    keep = Keep(entries=2, most=100, weigh=len)
    keep.put("a", "a")
    keep.put("b", "b")
    keep.find("a")
    keep.put("c", "c")
    assert kept(keep, "abc") == ["a", "c"]


def test_the_newest_stays_however_large_and_alone():
    keep = Keep(entries=9, most=10, weigh=len)
    keep.put("small", "x")
    keep.put("large", "x" * 50)
    assert kept(keep, ["small", "large"]) == ["large"]


def test_room_can_be_made_before_something_is_built():
    keep = Keep(entries=9, most=10, weigh=len)
    keep.put("a", "x" * 6)
    keep.clear_for(4)
    assert keep.bytes == 6
    keep.clear_for(5)
    assert keep.bytes == 0


def test_a_value_put_anew_is_counted_once():
    keep = Keep(entries=2, most=10, weigh=len)
    for key, size in (("a", 3), ("b", 4), ("b", 7)):
        keep.put(key, "x" * size)
    assert kept(keep, "ab") == ["a", "b"]
    assert keep.bytes == 10
