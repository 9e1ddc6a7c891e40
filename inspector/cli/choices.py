"""A choice on the command line is a control of a view, set by key: ``--set head=mean``."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.cli.assignments import pairs
from inspector.cli.tables import aligned
from inspector.views.choosing import allowed, read, written
from inspector.views.view import Control, Described


def told_views(reasons: Sequence[tuple[Described, str | None]], what: str) -> str:
    """Returns which views can be drawn, and why others cannot.

    Args:
        reasons: each view, with the sentence why not, or None.
        what: they are of, in words.
    """
    ready = [(view.key, view.title) for view, reason in reasons if reason is None]
    others = [(view.key, reason) for view, reason in reasons if reason is not None]
    return "\n".join(
        [
            *([f"views of {what}:", aligned(ready)] if ready else []),
            *([f"not of {what}:", aligned(others)] if others else []),
        ]
    )


def told_choices(view: Described, controls: Sequence[Control]) -> str:
    """Returns what a view shows, and what can be chosen in it."""
    rows = [(f"{c.key}={written(c.start)}", c.label, allowed(c)) for c in controls]
    about = f"{view.title}. {view.shows}\n{view.caveat}"
    return f"{about}\n--set (as it is now, meaning, allowed):\n{aligned(rows)}" if rows else about


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
