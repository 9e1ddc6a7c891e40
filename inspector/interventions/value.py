"""An intervention is one change of a network's attention, as a value: to be saved or put in a link.

It names a part of the attention, and what is put there in place of what the network computed. Parts
are named as captures label them: a mechanism, a layer, a label along one dim. What cannot be told
without the network (whether it has such a layer) is refused when the network is run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

EVERY = "*"
"""In place of a layer: each one that has the label, but not its own; of a label: all of them."""

How = Literal["cut", "scale", "set", "average", "resample"]
HOWS: tuple[str, ...] = get_args(How)
TAKES_A_VALUE = {"scale": "a factor", "set": "a value"}

Label = str | int


@dataclass(frozen=True)
class Intervention:
    """One change.

    Attributes:
        mechanism: key of the mechanism, such as "mrla".
        layer: whose attention is changed, such as "stages.2.4"; `EVERY` for each layer that has the
            label, save the one that the label names: a whole retrieved layer, for all later ones.
        dim: along which the part is one entry, such as "retrieved_layer", "head" or "slot".
        label: of that entry, such as "stages.2.0" or 3; `EVERY` for all of them.
        how: "cut" puts 0 there, "scale" multiplies, "set" puts a value, "average" the mean over
            other images (or over the batch), "resample" what another image has.
        value: the factor of "scale", the value of "set".
        within: labels of other dims that the part is confined to: one edge of head 3 is
            ``(("head", 3),)``.
        quantity: which tensor, where it is not the captured one: "cell_before" and "gate_before" of
            DIA, "shortcut" (what the decay multiplies) of MRLA-light.
        renormalise: whether the other entries are scaled so that the dim keeps its sum.

    Raises:
        ValueError: a word is missing or makes no sense beside the others.
    """

    mechanism: str
    layer: str
    dim: str
    label: Label
    how: How = "cut"
    value: float | None = None
    within: tuple[tuple[str, Label], ...] = ()
    quantity: str = ""
    renormalise: bool = False

    def __post_init__(self) -> None:
        _require_words(self)
        _require_value(self)
        _require_dims(self)

    @property
    def done(self) -> str:
        """What is done there, in words: "scaled by 0.5"."""
        return {
            "cut": "cut",
            "scale": f"scaled by {self.value:g}" if self.value is not None else "",
            "set": f"set to {self.value:g}" if self.value is not None else "",
            "average": "averaged",
            "resample": "resampled",
        }[self.how]


Interventions = Intervention | Sequence[Intervention]


def several(interventions: Interventions) -> tuple[Intervention, ...]:
    """One or several, as a tuple.

    Raises:
        ValueError: something else is among them.
    """
    given = (interventions,) if isinstance(interventions, Intervention) else tuple(interventions)
    for entry in given:
        if not isinstance(entry, Intervention):
            raise ValueError(
                f"Expected interventions, got {entry!r}. Make one with Intervention(...), or read "
                "its text with inspector.interventions.from_text."
            )
    return given


def _require_words(one: Intervention) -> None:
    if one.how not in HOWS:
        raise ValueError(f"how is one of {', '.join(HOWS)}; got {one.how!r}.")
    for name in ("mechanism", "layer", "dim"):
        if not isinstance(getattr(one, name), str) or not getattr(one, name):
            raise ValueError(
                f"An intervention needs a {name}, as captures name it; got {getattr(one, name)!r}."
            )
    if one.label == "" or isinstance(one.label, bool) or not isinstance(one.label, str | int):
        raise ValueError(
            f"The label along '{one.dim}' is a name or a whole number; got {one.label!r}."
        )


def _require_value(one: Intervention) -> None:
    wanted = TAKES_A_VALUE.get(one.how)
    if wanted is None and one.value is not None:
        raise ValueError(f"'{one.how}' takes no value; got {one.value!r}. Leave it out, or 'set'.")
    if wanted is not None and (one.value is None or not isfinite(one.value)):
        raise ValueError(f"'{one.how}' needs {wanted}, a number; got {one.value!r}.")


def _require_dims(one: Intervention) -> None:
    dims = [one.dim, *(dim for dim, _ in one.within)]
    if len(set(dims)) < len(dims):
        raise ValueError(f"An intervention names each dim once; got {', '.join(dims)}.")
    if one.renormalise and one.label == EVERY:
        raise ValueError(
            f"Where all of '{one.dim}' is changed nothing is left to renormalise. Leave "
            "renormalise out, or name one label."
        )
