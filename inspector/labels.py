"""A label is the word for one of a network's classes; labels come in sets that data sets define."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from inspector.cards import Card

Classes = str | Path | Sequence[str]
"""Names of classes as a user gives them: a file, the name of a known set, or themselves."""

_CIFAR_10 = "airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck"
_CIFAR_100 = textwrap.dedent("""\
    apple, aquarium fish, baby, bear, beaver, bed, bee, beetle, bicycle, bottle, bowl, boy, bridge,
    bus, butterfly, camel, can, castle, caterpillar, cattle, chair, chimpanzee, clock, cloud,
    cockroach, couch, crab, crocodile, cup, dinosaur, dolphin, elephant, flatfish, forest, fox,
    girl, hamster, house, kangaroo, keyboard, lamp, lawn mower, leopard, lion, lizard, lobster,
    man, maple tree, motorcycle, mountain, mouse, mushroom, oak tree, orange, orchid, otter,
    palm tree, pear, pickup truck, pine tree, plain, plate, poppy, porcupine, possum, rabbit,
    raccoon, ray, road, rocket, rose, sea, seal, shark, shrew, skunk, skyscraper, snail, snake,
    spider, squirrel, streetcar, sunflower, sweet pepper, table, tank, telephone, television,
    tiger, tractor, train, trout, tulip, turtle, wardrobe, whale, willow tree, wolf, woman, worm
""")

_PASCAL_VOC = textwrap.dedent("""\
    background, aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow, dining table,
    dog, horse, motorbike, person, potted plant, sheep, sofa, train, tv monitor
""")
_OURS = {"cifar-10": _CIFAR_10, "cifar-100": _CIFAR_100, "pascal-voc": _PASCAL_VOC}
_OF_TIMM = ("imagenet-1k", "imagenet-12k", "imagenet-21k-goog", "imagenet-21k-miil", "imagenet-22k")

LABEL_SETS = (*_OURS, *_OF_TIMM)
"""Known sets of labels, by the names that `load_model(classes=...)` takes."""


def class_names(card: Card) -> tuple[str, ...] | None:
    """Returns a distinct word for each logit of a network, None where its classes are unknown."""
    return card.labels or (None if card.label_set is None else _names(card.label_set))


def named(card: Card, classes: Classes) -> Card:
    """Returns the card of a network with other names for its classes.

    Args:
        card: of the network, with the class count it really has.
        classes: a text file with one name on each line, a name in `LABEL_SETS`, or the names.

    Raises:
        ValueError: there is no such file or set, or the number of names is not that of the classes.
    """
    is_set = isinstance(classes, str) and classes in LABEL_SETS
    names = _names(str(classes)) if is_set else _given(classes)
    if len(names) != card.num_classes:
        raise ValueError(
            f"Expected {card.num_classes} class names, one for each logit of {card.name}; "
            f"{classes if isinstance(classes, str | Path) else 'the list'} has {len(names)}. Give "
            "other names, or the num_classes that these belong to."
        )
    if is_set:
        return replace(card, label_set=str(classes), labels=None)
    return replace(card, label_set=None, labels=names)


def _given(classes: Classes) -> tuple[str, ...]:
    if not isinstance(classes, str | Path):
        return _distinct([name.strip() for name in classes])
    path = Path(classes)
    if not path.is_file():
        raise ValueError(
            f"Expected class names in a text file or one of {', '.join(LABEL_SETS)}; there is no "
            f"file {str(path)!r}."
        )
    return _distinct(_lines(path))


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"Expected {path.name} to be text in UTF-8. Save it as such.") from error
    lines = [line.strip() for line in text.rstrip().splitlines()]
    if "" in lines:
        raise ValueError(
            f"Line {lines.index('') + 1} of {path.name} is empty. Give every class a name: the "
            "line is the number of the logit."
        )
    return lines


@cache
def _names(label_set: str) -> tuple[str, ...]:
    if label_set in _OURS:
        return tuple(name.strip() for name in _OURS[label_set].split(","))
    from timm.data import ImageNetInfo  # noqa: PLC0415 - timm takes seconds to import

    synonyms = ImageNetInfo(label_set).label_descriptions()
    return _distinct([names.split(",")[0] for names in synonyms])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Returns the names, with its class number behind each that occurs more than once."""
    count = Counter(names)
    return tuple(
        f"{name} (class {number})" if count[name] > 1 else name for number, name in enumerate(names)
    )
