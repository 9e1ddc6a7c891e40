"""Labels are distinct words, one per logit."""

from dataclasses import replace

import pytest

from inspector.cards import CARDS
from inspector.labels import LABEL_SETS, class_names, named


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("resnet50_mrlal", 0, "tench"),
        ("resnet50_mrlal", 134, "crane (class 134)"),
        ("resnet50_mrlal", 517, "crane (class 517)"),
        ("resnet50_mrlal", 999, "toilet tissue"),
        ("dia_resnet", 0, "apple"),
        ("dia_resnet", 50, "mouse"),
        ("dia_resnet", 99, "worm"),
    ],
)
def test_class_names(name, number, expected):
    assert class_names(CARDS[name])[number] == expected


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.name)
def test_as_many_distinct_names_as_logits(card):
    names = class_names(card)
    assert len(set(names)) == len(names) == card.num_classes


def test_cifar_names_are_in_the_order_of_the_data_set():
    names = class_names(CARDS["dia_resnet"])
    assert list(names) == sorted(names)


def test_unknown_classes_have_no_names():
    assert class_names(replace(CARDS["dia_resnet"], label_set=None)) is None


TEN = replace(CARDS["dia_resnet"], num_classes=10, label_set=None)


@pytest.fixture
def listed(tmp_path):
    def write(text, encoding="utf-8"):
        (tmp_path / "mine.txt").write_text(text, encoding=encoding)
        return tmp_path / "mine.txt"

    return write


def test_names_from_a_file_are_in_the_order_of_its_lines(listed):
    lines = [f"  kind {n} " for n in range(9)] + ["Käfer"]
    for encoding in ("utf-8", "utf-8-sig"):  # the latter is what an editor of Windows writes
        file = listed("\n".join(lines) + "\n\n", encoding)
        names = class_names(named(TEN, str(file)))
        assert names[:2] == ("kind 0", "kind 1")
        assert names[9] == "Käfer"


def test_names_may_be_given_themselves_and_are_made_distinct():
    names = class_names(named(replace(TEN, num_classes=3), ["cat", "dog", "cat"]))
    assert names == ("cat (class 0)", "dog", "cat (class 2)")


def test_a_known_set_is_taken_by_its_name():
    names = class_names(named(TEN, "cifar-10"))
    assert names[:3] == ("airplane", "automobile", "bird")
    assert names[9] == "truck"


@pytest.mark.parametrize("label_set", LABEL_SETS)
def test_every_known_set_has_distinct_names(label_set):
    count = {"cifar-10": 10, "cifar-100": 100, "pascal-voc": 21, "imagenet-1k": 1000}
    count |= {"imagenet-12k": 11821, "imagenet-21k-goog": 21843}
    count |= {"imagenet-21k-miil": 11221, "imagenet-22k": 21841}
    names = class_names(named(replace(TEN, num_classes=count[label_set]), label_set))
    assert len(set(names)) == count[label_set]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\nb\n", r"Expected 10 class names, one for each logit of dia_resnet; .*mine\.txt has 2"),
        ("a\n\nb\n", r"Line 2 of mine\.txt is empty"),
        ("", r"mine\.txt has 0"),
    ],
)
def test_a_file_of_other_names_is_refused(listed, text, said):
    with pytest.raises(ValueError, match=said):
        named(TEN, listed(text))


def test_what_is_no_list_of_names_is_refused(listed):
    with pytest.raises(ValueError, match=r"one of cifar-10, cifar-100, .* no file 'cifar'"):
        named(TEN, "cifar")
    with pytest.raises(ValueError, match=r"mine\.txt to be text in UTF-8"):
        named(TEN, listed("Käfer", "latin-1"))
    with pytest.raises(ValueError, match="the list has 1"):
        named(TEN, ["cat"])
