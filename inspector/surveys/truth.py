"""A truth is the logit that is right for a picture: known only where a class is the network's own.

A source names its classes, and so does a network. Where a name of one is a name of the other, a
picture of that class is classified right or wrong; elsewhere nothing is said of it. ImageNet's
classes go by any of their synonyms and by their WordNet number (n01440764).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspector.cards import Card
from inspector.labels import class_names

_SHOWN = 3
_WORDNET = "imagenet"


@dataclass(frozen=True)
class Truth:
    """What is right for each class of a source.

    Attributes:
        logits: number of the logit, None where the network has no such class; by class.
        sentence: which classes that is so for, for the user.
    """

    logits: tuple[int | None, ...]
    sentence: str


def truth_of(classes: Sequence[str] | None, card: Card) -> Truth:
    """Returns which logit of a network is right for each class of a source.

    >>> from inspector.zoo import CARDS
    >>> truth_of(["maple_tree", "unicorn"], CARDS["dia_resnet"]).logits
    (47, None)
    """
    if not classes:
        return Truth((), "The pictures have no classes: right and wrong is not told.")
    numbers = _numbers(card)
    if not numbers:
        why = f"the classes of {card.name} have no names: right and wrong is not told."
        return Truth((None,) * len(classes), why[0].upper() + why[1:])
    logits = tuple(_logit(name, numbers) for name in classes)
    return Truth(logits, _sentence(classes, logits, card))


def _logit(name: str, numbers: dict[str, int]) -> int | None:
    """The logit that every known name of a class stands for, None if none is or they differ."""
    found = {numbers[word] for word in _synonyms(name) if word in numbers}
    return found.pop() if len(found) == 1 else None


def _numbers(card: Card) -> dict[str, int]:
    """Number of the logit by every name that only one class has."""
    spoken = _spoken(card)
    count = Counter(word for words in spoken for word in words)
    return {
        word: number for number, words in enumerate(spoken) for word in words if count[word] == 1
    }


def _spoken(card: Card) -> list[set[str]]:
    """All names of each of a network's classes."""
    names = class_names(card) or ()
    if card.label_set is None or not card.label_set.startswith(_WORDNET):
        return [_synonyms(name) for name in names]
    from timm.data import ImageNetInfo  # noqa: PLC0415 - timm takes seconds to import

    about = ImageNetInfo(card.label_set)
    pairs = zip(about.label_names(), about.label_descriptions(), strict=True)
    return [{wordnet, *_synonyms(words)} for wordnet, words in pairs]


def _synonyms(names: str) -> set[str]:
    """Words between commas, in small letters, with blanks for what else folders join them by."""
    words = (re.sub(r"[\W_]+", " ", name).strip().lower() for name in names.split(","))
    return {word for word in words if word}


def _sentence(classes: Sequence[str], logits: Iterable[int | None], card: Card) -> str:
    strange = [name for name, logit in zip(classes, logits, strict=True) if logit is None]
    if not strange:
        return f"All {len(classes)} classes are classes of {card.name}."
    named = ", ".join(strange[:_SHOWN]) + (", ..." if len(strange) > _SHOWN else "")
    return (
        f"{len(classes) - len(strange)} of {len(classes)} classes are classes of {card.name}; of "
        f"the others ({named}) right and wrong is not told."
    )
