"""Labels are distinct words, one per logit."""

from dataclasses import replace

import pytest

from inspector.cards import CARDS
from inspector.labels import class_names


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
