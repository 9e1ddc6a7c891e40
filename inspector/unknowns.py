"""An unknown is a setting that changes what a network does and leaves no trace in its weights.

Two networks with other settings have the same names and shapes, so a file fits both, and only who
trained it can say which it was. What stands here is assumed until then; whatever the weights do
tell is read from them (`inspector.traits`).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from inspector.cards import CARDS


@dataclass(frozen=True)
class Unknown:
    """A setting that no file of weights tells.

    Attributes:
        what: the setting, for a reader.
        assumed: what is taken for it here.
        stated: how to state another, or why there is no need or no way to; a sentence.
        option: of the network, by which it is stated; None if there is none.
    """

    what: str
    assumed: str
    stated: str
    option: str | None = None


_FIXED = "There is no option, as all published code has this number."
_DROP = Unknown(
    "stochastic depth",
    "as published",
    "It acts in training only: no need to state it.",
    "drop_path",
)

_OF_ALL = (
    Unknown(
        "meaning and order of the classes",
        "those of the paper's data set, if there are as many",
        "Otherwise --classes FILE, a name on each line, or a known set as in --classes cifar-10.",
        "classes",
    ),
    Unknown(
        "preparation of the images",
        "as in the paper's evaluation",
        "Otherwise give images that were prepared alike.",
    ),
)

_OF_KIND: Mapping[str, tuple[Unknown, ...]] = {
    r"resnet\d+_mrlab\w*": (
        Unknown(
            "channels per head",
            "16",
            "Otherwise --option channel_wise=True, which makes it 1.",
            "channel_wise",
        ),
        Unknown(
            "ReLU after the retrieval's norm",
            "there with a deep stem, and not with a plain one",
            "Otherwise choose between resnet50_mrlab and resnet50_mrlab_plain.",
        ),
        _DROP,
    ),
    r"resnet\d+_mrlal": (Unknown("channels per head", "32", _FIXED), _DROP),
    r"deit_mrlab_\w+": (Unknown("layers in a chain", "4", _FIXED),),
    r"deit_\w+": (
        Unknown("channels per head", "16", _FIXED),
        Unknown("channels per head of the self-attention", "64", _FIXED),
        _DROP,
    ),
    r"efficientnet_\w+": (Unknown("heads of a layer", "8", _FIXED), _DROP),
    r"ceit_\w+": (
        Unknown("channels per head", "32", _FIXED),
        Unknown("channels per head of the self-attention", "64", _FIXED),
        _DROP,
    ),
    r"(dia|share_se|share_sge)_resnet50": (
        Unknown(
            "blocks that use what their stage shares",
            "all of them",
            "Otherwise --option 'scheme=(7, 15, 63, 7)', a binary digit per block of each stage.",
            "scheme",
        ),
    ),
    r"dia_wrn": (
        Unknown(
            "dropout",
            "none",
            "It acts in training only: no need to state it.",
            "drop_rate",
        ),
    ),
    r"eamlp_\w+": (_DROP,),
    r"eanet_\w+": (
        Unknown("output stride", "8", "Otherwise --option output_stride=16.", "output_stride"),
    ),
}
"""What holds for the networks so named, the most specific first."""


def unknowns(name: str, stated: Collection[str]) -> tuple[Unknown, ...]:
    """Returns the settings of a network that no file of weights tells.

    Args:
        name: of the network; of one that is not ours only what holds for all is known.
        stated: options that were given with it; the settings they stand for are left out.
    """
    own = [
        unknown
        for names, found in _OF_KIND.items()
        if name in CARDS and re.fullmatch(names, name)
        for unknown in found
    ]
    return tuple(unknown for unknown in (*own, *_OF_ALL) if unknown.option not in stated)
