"""A choice on the command line is a control of a view, set by key: ``--set head=mean``."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.cli.assignments import pairs
from inspector.views.choosing import allowed, read
from inspector.views.view import Control


def chosen(controls: Sequence[Control], words: Sequence[str]) -> dict[str, Any]:
    """Returns the value of every control: as set, or as it begins.

    Args:
        controls: what the view offers for the inspection at hand.
        words: KEY=VALUE each; one that takes several values may be set several times.

    Raises:
        ValueError: a key that no control has, or a value that its control does not allow; the
            sentence names the allowed ones.
    """
    known = {control.key: control for control in controls}
    given: dict[str, list[str]] = {}
    for key, value in pairs(words, "--set"):
        if key not in known:
            raise ValueError(f"Expected --set of {_keys(known)}, got {key!r}.")
        given.setdefault(key, []).append(value)
    return {
        key: _value(control, given[key]) if key in given else control.start
        for key, control in known.items()
    }


def _value(control: Control, values: Sequence[str]) -> Any:
    found = read(control, values)
    if found is None:
        got = ",".join(values)
        raise ValueError(f"Expected for --set {control.key}: {allowed(control)}; got {got!r}.")
    return found


def _keys(known: Mapping[str, Control]) -> str:
    return " or ".join(known) if known else "nothing, since this view has no controls"
