"""An axis is one side of a panel: which labels it shows in the room it has, and its title."""

import re
from collections.abc import Sequence
from math import ceil, log10

import numpy as np

from inspector.figures.table import Side
from inspector.figures.text import FONT_SIZE, plain, width
from inspector.figures.theme import MUTED

LABEL_SIZE = FONT_SIZE - 1
_ROW = 13
"""Pixels that a line of labels needs."""

_GAP = 6
"""Pixels between a panel and its labels, and between labels and title."""

_TITLE = 17
_TICKS = 6
MEASURED_HEIGHT = _ROW + 2 * _GAP + _TITLE
"""Pixels that an axis of numbers needs where it lies below a panel."""

_MOST_DIGITS = 7
"""Of a number in single precision, which has no more."""

_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)


def shared_prefix(*sides: Side) -> str:
    """The dotted path that the labels of a panel have in common: "stages.2" of stages.2.0 to .5.

    Returns:
        "" where there is none, or where two sides have different ones.
    """
    found = {_prefix(side.labels) for side in sides} - {""}
    return found.pop() if len(found) == 1 else ""


def across(side: Side, prefix: str, length: int) -> tuple[dict, int]:
    """The axis below a panel of `length` pixels, and the room below that it needs."""
    shown = _short(side.labels, prefix)
    longest = max(width(label, LABEL_SIZE) for label in shown)
    flat = longest + _GAP <= length / len(shown) or longest <= 4 * LABEL_SIZE
    step = _step(len(shown), length, longest + _GAP if flat else _ROW)
    axis = _axis(side, shown, step) | {
        "range": [-0.5, len(shown) - 0.5],
        "tickangle": 0 if flat else -90,
        "constraintoward": "left",
    }
    axis["title"]["text"] += _crowded(len(shown), length)
    return axis, (_ROW if flat else longest) + 2 * _GAP + _TITLE


def down(side: Side, prefix: str, length: int) -> tuple[dict, int]:
    """The axis left of a panel of `length` pixels, first label on top, and the room it needs."""
    shown = _with_notes(_short(side.labels, prefix), side.notes)
    step = _step(len(shown), length, _ROW)
    axis = _axis(side, shown, step) | {
        "range": [len(shown) - 0.5, -0.5],
        "constraintoward": "top",
    }
    return axis, max(width(label, LABEL_SIZE) for label in shown) + 2 * _GAP + _TITLE


def measured(title: str, limits: tuple[float, float]) -> tuple[dict, int]:
    """An axis of numbers from one limit to the other, and the room beside it that it needs."""
    digits = _digits(limits)
    axis = {
        "range": list(limits),
        "nticks": _TICKS,
        "tickformat": f".{digits}~g",
        "automargin": False,
        "showgrid": True,
        "gridcolor": "rgba(128,128,128,0.25)",
        "zeroline": limits[0] < 0 < limits[1],
        "zerolinecolor": MUTED,
        "zerolinewidth": 1,
        "title": {"text": plain(title), "standoff": _GAP},
    }
    return axis, width(f"-0.{'0' * digits}", LABEL_SIZE) + 2 * _GAP + _TITLE


def panel_name(name: str, prefix: str) -> str:
    """Title of a panel; it carries the path that its labels lost, as in "stages.2: effect"."""
    first = re.split(r"[,:] ", name, maxsplit=1)[0]
    more = name[len(first) :]
    if prefix and prefix not in first.split() and not first.startswith(f"{prefix}."):
        first = prefix if prefix.startswith(f"{first}.") else f"{first} · {prefix}".strip(" ·")
    return first + more


def _axis(side: Side, shown: Sequence[str], step: int) -> dict:
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": side.labels,
        "tickmode": "array",
        "tickvals": side.labels[::step],
        "ticktext": [plain(label) for label in shown[::step]],
        "ticklabelstandoff": 3,
        "automargin": False,
        "showgrid": False,
        "zeroline": False,
        "constrain": "domain",
        "title": {"text": plain(side.title), "standoff": _GAP},
    }


def _digits(limits: tuple[float, float]) -> int:
    """How many digits tell neighbouring ticks apart: more than three from 1 to 1.02."""
    far = max(map(abs, limits))
    step = (limits[1] - limits[0]) / _TICKS
    return int(np.clip(ceil(log10(far / step)) + 1, 3, _MOST_DIGITS)) if step > 0 else 3


def _prefix(labels: Sequence[str]) -> str:
    """The shared path; the numbers 0.25 and 0.5 have none, though both begin with 0 and a dot."""
    shared: list[str] = []
    for parts in zip(*(label.split(".")[:-1] for label in labels), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return ".".join(shared) if not "".join(shared[:1]).isdigit() else ""


def _short(labels: Sequence[str], prefix: str) -> list[str]:
    return [label.removeprefix(f"{prefix}.") if prefix else label for label in labels]


def _with_notes(labels: list[str], notes: Sequence[str]) -> list[str]:
    if not notes:
        return labels
    return [f"{label} \N{MIDDLE DOT} {note}" for label, note in zip(labels, notes, strict=True)]


def _step(count: int, length: int, room: int) -> int:
    """Show every so-many-th label, so that each has `room` pixels."""
    least = ceil(room * count / length)
    return next((step for step in _STEPS if step >= least), least)


def _crowded(count: int, length: int) -> str:
    if count <= length:
        return ""
    return f" ({count:,} in {length} px: zoom in to tell neighbours apart)"
