"""A label is the word for one of a network's classes; labels come in sets that data sets define."""

import hashlib
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from inspector.cards import Card

LARGEST = 2**20
"""Bytes of a file of names; of a million names, most could not be read anyway."""

_LONGEST = 120
"""Characters of a name."""


@dataclass(frozen=True)
class NameFile:
    """A text file of class names that was read.

    Attributes:
        name: for readers, without folders.
        sha256: of its content, in hexadecimal.
        names: one for each line, distinct.
    """

    name: str
    sha256: str
    names: tuple[str, ...]


Classes = str | Path | Sequence[str] | NameFile
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
    if isinstance(classes, str) and classes in LABEL_SETS:
        _require_count(card, len(_names(classes)), classes)
        return replace(card, label_set=classes, labels=None, named_by=classes)
    file = classes if isinstance(classes, NameFile) else _given(classes)
    _require_count(card, len(file.names), file.name)
    told = f"{file.name}, sha256 {file.sha256[:12]}"
    return replace(card, label_set=None, labels=file.names, named_by=told)


def read_names(data: bytes, name: str) -> NameFile:
    """The class names in the bytes of a text file, one on each line.

    Args:
        data: the whole file, which a stranger may have written.
        name: of the file, for readers.

    Raises:
        ValueError: it is too large, no text in UTF-8, has an empty line or too long a name.
    """
    if len(data) > LARGEST:
        raise ValueError(
            f"Expected class names, at most {LARGEST // 2**20} MiB of text; {name} has "
            f"{len(data) / 2**20:.1f} MiB. Give a file with one name on each line."
        )
    lines = _lines(data, name)
    strange = (n for n, line in enumerate(lines) if len(line) > _LONGEST or not line.isprintable())
    if (place := next(strange, None)) is not None:
        raise ValueError(
            f"Line {place + 1} of {name} is no name: expected at most {_LONGEST} characters that "
            "can be printed. Give a text file with one name on each line."
        )
    return NameFile(name, hashlib.sha256(data).hexdigest(), _distinct(lines))


def _require_count(card: Card, count: int, what: str) -> None:
    if count != card.num_classes:
        raise ValueError(
            f"Expected {card.num_classes} class names, one for each logit of {card.name}; "
            f"{what} has {count}. Give other names, or the num_classes that these belong to."
        )


def _given(classes: str | Path | Sequence[str]) -> NameFile:
    if not isinstance(classes, str | Path):
        names = _distinct([name.strip() for name in classes])
        return NameFile("the list", hashlib.sha256("\n".join(names).encode()).hexdigest(), names)
    path = Path(classes)
    if not path.is_file():
        raise ValueError(
            f"Expected class names in a text file or one of {', '.join(LABEL_SETS)}; there is no "
            f"file {str(path)!r}."
        )
    return read_names(path.read_bytes(), path.name)


def _lines(data: bytes, name: str) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"Expected {name} to be text in UTF-8. Save it as such.") from error
    lines = [line.strip() for line in text.rstrip().splitlines()]
    if "" in lines:
        raise ValueError(
            f"Line {lines.index('') + 1} of {name} is empty. Give every class a name: the line is "
            "the number of the logit."
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
