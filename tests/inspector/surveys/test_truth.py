from dataclasses import replace

import pytest

from inspector.cards import CARDS
from inspector.surveys.truth import truth_of

IMAGENET = CARDS["resnet50_mrlab"]
CIFAR = replace(CARDS["dia_resnet"], num_classes=10, label_set="cifar-10")


def test_names_of_the_network_are_found_however_folders_write_them():
    truth = truth_of(["frog", "Airplane", "truck"], CIFAR)
    assert truth.logits == (6, 0, 9)
    assert truth.sentence == f"All 3 classes are classes of {CIFAR.name}."


def test_imagenet_goes_by_wordnet_number_and_by_any_synonym():
    names = ["n01440764", "tench", "Tinca_tinca", "great white shark, white shark", "man-eater"]
    assert truth_of(names, IMAGENET).logits == (0, 0, 0, 2, 2)


@pytest.mark.parametrize("name", ["crane", "maillot", "unicorn", "0", ""])
def test_a_name_of_two_classes_or_none_is_nobodys(name):
    assert truth_of([name], IMAGENET).logits == (None,)


def test_what_is_not_told_is_said():
    truth = truth_of(["cat", "unicorn", "dragon", "griffin", "yeti"], CIFAR)
    assert truth.logits == (3, None, None, None, None)
    assert truth.sentence == (
        f"1 of 5 classes are classes of {CIFAR.name}; of the others (unicorn, dragon, griffin, "
        "...) right and wrong is not told."
    )


def test_without_names_on_either_side_nothing_is_told():
    assert truth_of(None, CIFAR).logits == ()
    nameless = truth_of(["cat"], replace(CIFAR, label_set=None))
    assert nameless.logits == (None,)
    assert "have no names: right and wrong is not told" in nameless.sentence
