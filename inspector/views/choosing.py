"""Choosing is to set a control by a text: on the command line, in an address.

What one control allows, another does not: each reads the text of its own choice.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from inspector.views.view import Choose, ChooseSome, Control, Slide, Toggle

_TRUTHS = {"yes": True, "true": True, "on": True, "1": True} | {
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}
_SHOWN = 20


def read(control: Control, values: Sequence[str]) -> Any:
    """Returns the value that was set, the last of several; None if it is not allowed."""
    last = values[-1]
    match control:
        case Choose():
            return last if last in control.options else None
        case ChooseSome():
            return _some(control, values)
        case Slide():
            return _number(control, last)
        case Toggle():
            return _TRUTHS.get(last.lower())


def allowed(control: Control) -> str:
    """Returns in words what a control may be set to."""
    match control:
        case Choose():
            return f"one of {_options(control.options)}"
        case ChooseSome():
            return f"up to {control.most}, with commas between, of {_options(control.options)}"
        case Slide():
            return f"{control.low:g} to {control.high:g} in steps of {control.step:g}"
        case Toggle():
            return "yes or no"


def written(value: Any) -> str:
    """Returns the text from which a control reads this value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, tuple | list) else f"{value}"


def _some(control: ChooseSome, values: Sequence[str]) -> tuple[str, ...] | None:
    # an option may hold a comma itself
    parts = [
        part
        for value in values
        for part in ([value] if value in control.options else filter(None, value.split(",")))
    ]
    distinct = tuple(dict.fromkeys(parts))
    fits = len(distinct) <= control.most and all(part in control.options for part in distinct)
    return distinct if fits else None


def _number(control: Slide, value: str) -> float | None:
    try:
        number = type(control.start)(value)
    except ValueError:
        return None
    steps = (number - control.low) / control.step
    on_a_step = math.isfinite(number) and abs(steps - round(steps)) < 1e-6
    return number if on_a_step and control.low <= number <= control.high else None


def _options(options: Mapping[str, str]) -> str:
    shown = [key if key == title else f"{key} ({title})" for key, title in options.items()]
    more = f", ... ({len(shown)} in all)" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more
