"""A label is the word for one of a network's classes; labels come in sets that data sets define."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from functools import cache

from inspector.cards import Card

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
_OURS = {"cifar-100": _CIFAR_100, "pascal-voc": _PASCAL_VOC}


def class_names(card: Card) -> tuple[str, ...] | None:
    """Returns a distinct word for each logit of a network, None where its classes are unknown."""
    return None if card.label_set is None else _names(card.label_set)


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
