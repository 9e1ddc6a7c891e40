"""An assignment is KEY=VALUE on the command line, behind `--option` or `--set`."""

import ast
from collections.abc import Sequence
from typing import Any

_HAVE_A_FLAG = ("checkpoint", "entry", "partial", "classes", "device", "seed")


def pairs(words: Sequence[str], flag: str) -> list[tuple[str, str]]:
    """Returns the key and the value of each word.

    Raises:
        ValueError: a word is not KEY=VALUE.
    """
    parted = [(word, *word.partition("=")) for word in words]
    for word, key, _, value in parted:
        if not key or not value:
            raise ValueError(f"Expected {flag} KEY=VALUE, got {word!r}.")
    return [(key.strip(), value) for _, key, _, value in parted]


def literals(words: Sequence[str]) -> dict[str, Any]:
    """Returns the options of a network by name, numbers and tuples as such, the rest as text.

    >>> literals(["depth=20", "se=True", "scheme=(7, 15, 63, 7)", "act=gelu"])
    {'depth': 20, 'se': True, 'scheme': (7, 15, 63, 7), 'act': 'gelu'}

    Raises:
        ValueError: a word is not KEY=VALUE, or its key has a flag of its own.
    """
    given = pairs(words, "--option")
    for key, value in given:
        if key in _HAVE_A_FLAG:
            raise ValueError(f"Expected --{key} {value}, got --option {key}={value}.")
    return {key: _literal(value) for key, value in given}


def _literal(value: str) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
