"""A naming is how one code base calls the parameters of a network that another calls differently.

Weights arrive under the names of the code that saved them. What is only called differently gets the
name that the network at hand has; what is really another layer is set aside, and said.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

_WRAPPERS = ("module.", "_orig_mod.")
"""What data parallel training and torch.compile put before a name."""
_OLD, _NEW = ".mrla.mla.", ".mrla.mrla."
"""The inner module of MRLA, as it was called first; the EfficientNets and CeiTs still have that."""

ATTENTION = re.compile(r"(?:^|\.)(?:\w*mrla|lstm|share_fc|bn_additional)\.")
"""Names of what MRLA, DIA and shared gates add to a backbone that exists without them."""

_STEM = re.compile(r"(?:conv1|bn1)\.")
_PLAIN_STEM, _DEEP_STEM = "conv1.weight", "conv1.0.weight"
_SHORTCUT = re.compile(r"\.downsample\.")
_POOLED = re.compile(r"\.downsample\.2\.")


@dataclass(frozen=True)
class Adapted:
    """Weights under the names that a network has.

    Attributes:
        state: by name.
        notes: what was done to them, in sentences without a full stop.
        aside: names of what was taken out because the network has another layer there.
    """

    state: Mapping[str, Tensor] = field(repr=False)
    notes: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


def unwrapped(name: str) -> str:
    """Returns a published name without what wrappers put before it, the old name replaced.

    >>> unwrapped("module._orig_mod.layer1.0.mrla.mla.Wq.weight")
    'layer1.0.mrla.mrla.Wq.weight'
    """
    while name.startswith(_WRAPPERS):
        name = name.partition(".")[2]
    # torch.compile can also wrap a part of a network
    return name.replace("._orig_mod.", ".").replace(_OLD, _NEW)


def changes(names: Iterable[str]) -> tuple[str, ...]:
    """Returns what `unwrapped` changes in some names, in sentences without a full stop."""
    names = list(names)
    counts = {
        "left out a wrapper's prefix (module. or _orig_mod.) of {} names": sum(
            unwrapped(name) != name.replace(_OLD, _NEW) for name in names
        ),
        "understood {} names of MRLA's earlier code (.mrla.mla.)": sum(
            _OLD in name for name in names
        ),
    }
    return tuple(words.format(count) for words, count in counts.items() if count)


def adapted(state: Mapping[str, Tensor], own: Iterable[str]) -> Adapted:
    """Returns weights by the names that a network has for them.

    Args:
        state: weights by published name.
        own: names of the network's own weights.
    """
    own = set(own)
    if any(_OLD in name for name in own):
        state = {name.replace(_NEW, _OLD): value for name, value in state.items()}
    if not _is_plain_backbone(state, own):
        return Adapted(state)
    return _backbone(state, own)


def _is_plain_backbone(state: Mapping[str, Tensor], own: set[str]) -> bool:
    """Whether the weights are of a ResNet as torchvision and timm have it, the network's not."""
    return (
        "layer1.0.conv1.weight" in state
        and any(ATTENTION.search(name) for name in own)
        and not any(ATTENTION.search(name) for name in state)
    )


def _backbone(state: Mapping[str, Tensor], own: set[str]) -> Adapted:
    """Returns the weights of a plain ResNet for a network that keeps one inside."""
    notes = []
    if any(name.startswith("stages.") for name in own):
        state = {_staged(name): value for name, value in state.items()}
        notes.append("layer1 to layer4 of the file are stages.0 to stages.3 here")
    aside: list[str] = []
    for names, reason in (_other_stem(state, own), _pooled_shortcuts(state)):
        if names:
            aside += names
            notes.append(reason)
    kept = {name: value for name, value in state.items() if name not in aside}
    return Adapted(kept, tuple(notes), tuple(aside))


def _staged(name: str) -> str:
    return re.sub(r"^layer(\d)\.", lambda found: f"stages.{int(found[1]) - 1}.", name)


def _other_stem(state: Mapping[str, Tensor], own: set[str]) -> tuple[list[str], str]:
    """Returns the stem's names, if the file's is of the other form; its norm belongs to it."""
    forms = {_PLAIN_STEM: "one 7x7 convolution", _DEEP_STEM: "three 3x3 convolutions"}
    ours = next((form for form in forms if form in own), None)
    theirs = next((form for form in forms if form in state), None)
    if ours is None or theirs is None or ours == theirs:
        return [], ""
    reason = (
        f"the stem of the file is {forms[theirs]} and this network's is {forms[ours]}, so the "
        "stem was set aside"
    )
    return [name for name in state if _STEM.match(name)], reason


def _pooled_shortcuts(state: Mapping[str, Tensor]) -> tuple[list[str], str]:
    """Returns the names of shortcuts that are of ResNet-D's kind."""
    if not any(_POOLED.search(name) for name in state):
        return [], ""
    reason = (
        "the shortcuts of the file pool before their convolution (ResNet-D) and this network's "
        "do not, so they were set aside"
    )
    return [name for name in state if _SHORTCUT.search(name)], reason
