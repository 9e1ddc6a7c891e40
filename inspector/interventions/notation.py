"""A notation is how interventions are written down: a text for links and captions, or JSON.

The text of one is its words with ``~`` between them; several have ``~~`` between them:

    mrla~stages.2.4~retrieved_layer~stages.2.0~cut~in~head~3~renormalised

Letters, digits and ``.-_~*`` pass through an address as they are; any other character of a name is
written as in addresses (``%23``). The same interventions always have the same text.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, cast
from urllib.parse import quote, unquote

from inspector.interventions.value import (
    EVERY,
    TAKES_A_VALUE,
    How,
    Intervention,
    Interventions,
    Label,
    several,
)

BETWEEN, BEHIND = "~", "~~"
NAMED_DIMS = frozenset({"retrieved_layer"})
"""Dims whose labels are names; those of others are whole numbers."""

_EXAMPLE = "mrla~stages.2.4~retrieved_layer~stages.2.0~cut"


def to_text(interventions: Interventions) -> str:
    """Interventions as one line; empty for none.

    >>> to_text(Intervention("mrla", "stages.2.4", "head", 3, "scale", 0.5))
    'mrla~stages.2.4~head~3~scale~0.5'
    """
    return BEHIND.join(BETWEEN.join(_words(one)) for one in several(interventions))


def from_text(text: str) -> tuple[Intervention, ...]:
    """The interventions that `to_text` wrote.

    Raises:
        ValueError: the text is not of that form; the sentence says what was expected where.
    """
    return tuple(_read(part) for part in text.split(BEHIND)) if text else ()


def to_json(interventions: Interventions) -> str:
    """Interventions as a JSON list of objects without what is as usual."""
    usual = {field.name: field.default for field in fields(Intervention)}
    kept = [
        {name: value for name, value in vars(one).items() if value != usual[name]}
        for one in several(interventions)
    ]
    return json.dumps(kept)


def from_json(text: str) -> tuple[Intervention, ...]:
    """The interventions that `to_json` wrote.

    Raises:
        ValueError: the text is not of that form.
    """
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"Expected interventions as JSON, got a text that is none: {error}."
        ) from None
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError("Expected a JSON list of objects, one for each intervention.")
    return tuple(map(_from_object, entries))


def _words(one: Intervention) -> Iterator[str]:
    yield from map(_written, (one.mechanism, one.layer, one.dim, one.label))
    yield one.how
    if one.value is not None:
        yield _number(one.value)
    for dim, label in one.within:
        yield from ("in", _written(dim), _written(label))
    if one.quantity:
        yield from ("of", _written(one.quantity))
    if one.renormalise:
        yield "renormalised"


def _written(word: Label) -> str:
    # quote leaves the tilde as it is, which separates words here
    return quote(str(word), safe="*").replace("~", "%7E")


def _number(value: float) -> str:
    """The shortest digits that give the same number, without a plus: links read it as a space."""
    return f"{float(value)!r}".replace("+", "").removesuffix(".0")


def _read(part: str) -> Intervention:
    words = iter(part.split(BETWEEN))
    mechanism, layer, dim = (_next(words, what) for what in ("mechanism", "layer", "dim"))
    label = _label(dim, _next(words, "label"))
    how = _next(words, "word for what is done")
    value = _value(_next(words, TAKES_A_VALUE[how])) if how in TAKES_A_VALUE else None
    return Intervention(mechanism, layer, dim, label, cast(How, how), value, **_rest(words))


def _rest(words: Iterator[str]) -> dict[str, Any]:
    """What may follow: parts to be confined to, the quantity, renormalised."""
    found: dict[str, Any] = {"within": ()}
    for word in words:
        if word == "in":
            dim = _next(words, "dim")
            found["within"] += ((dim, _label(dim, _next(words, "label"))),)
        elif word == "of":
            found["quantity"] = _next(words, "quantity")
        elif word == "renormalised":
            found["renormalise"] = True
        else:
            raise ValueError(
                f"Expected 'in', 'of' or 'renormalised' in the text of an intervention, got "
                f"{word!r}. A text looks like {_EXAMPLE}."
            )
    return found


def _next(words: Iterator[str], what: str) -> str:
    word = unquote(next(words, ""))
    if not word:
        raise ValueError(
            f"Expected a {what.removeprefix('a ')} in the text of an intervention, got nothing. "
            f"A text looks like {_EXAMPLE}."
        )
    return word


def _label(dim: str, word: str) -> Label:
    if dim in NAMED_DIMS or word == EVERY:
        return word
    if not word.isdecimal():
        raise ValueError(f"Expected a whole number as label along '{dim}', got {word!r}.")
    return int(word)


def _value(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ValueError(
            f"Expected a number in the text of an intervention, got {word!r}."
        ) from None


def _from_object(entry: Mapping[str, Any]) -> Intervention:
    known = {field.name for field in fields(Intervention)}
    if unknown := sorted(set(entry) - known):
        raise ValueError(
            f"An intervention has no {unknown[0]!r}; it has: {', '.join(sorted(known))}."
        )
    if missing := [name for name in ("mechanism", "layer", "dim", "label") if name not in entry]:
        raise ValueError(f"An intervention needs a {missing[0]}; got {dict(entry)}.")
    within = tuple((dim, label) for dim, label in entry.get("within", ()))
    return Intervention(**{**entry, "within": within})
