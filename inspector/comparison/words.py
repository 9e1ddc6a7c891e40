"""The words of a comparison: where both come from, what differs between them, and how much."""

from dataclasses import dataclass

import numpy as np

from inspector.comparison.comparing import DIFFERENCE, Compared
from inspector.comparison.matching import SIDES
from inspector.figures.text import number
from inspector.inspection import Inspection
from inspector.views import rendering
from inspector.views.words import cell, counted

UNRELATED = ("head", "channel", "group", "slot")
"""Dims whose entries mean the same only in networks with the same weights."""


@dataclass(frozen=True)
class Row:
    """One of the largest differences.

    Attributes:
        panel: title of the panel.
        place: labels of the cell, "layer stages.2.4, retrieved layer stages.2.0".
        a: the value in A.
        b: the value in B.
        change: B minus A.
    """

    panel: str
    place: str
    a: float
    b: float
    change: float


def lines(compared: Compared) -> list[str]:
    """The caption: what is shown, A and B, how large the difference is, and what to mind."""
    view, choices = compared.view, compared.choices
    return [
        rendering.subject(view, rendering.chosen(view, compared.seen[0], choices)),
        *_origins(compared),
        summary(compared),
        *compared.notes,
        *caveats(compared),
        *_by_side(*(list(one.notes) for one in compared.computed)),
    ]


def warning(a: Inspection, b: Inspection) -> str | None:
    """The sentences that must not be overlooked, of either side."""
    found = [rendering.warning(seen) for seen in (a, b)]
    told = _by_side(*([one] if one else [] for one in found))
    return " ".join(told) or None


def summary(compared: Compared) -> str:
    """How large the difference is, in a sentence."""
    if compared.is_zero:
        return f"{DIFFERENCE} is exactly 0 in every cell."
    if np.isnan(compared.largest):
        return f"{DIFFERENCE} is undefined: no cell has a value in both."
    one_sided = compared.one_sided
    alone = f" Left out: {counted(one_sided, 'cell')} of one side alone." if one_sided else ""
    if not compared.largest:
        return f"{DIFFERENCE} is exactly 0 in every cell that both have.{alone}"
    most = rows(compared, 1)[0]
    return (
        f"{DIFFERENCE}: the largest is {number(most.change)} ({most.panel}: {most.place}), from "
        f"{number(most.a)} to {number(most.b)}.{alone}"
    )


def caveats(compared: Compared) -> list[str]:
    """What a difference between these two does not mean."""
    a, b = compared.seen
    found = []
    if (dims := _unrelated(compared)) and a.about["weights_sha256"] != b.about["weights_sha256"]:
        numbered = " or ".join(f"{dim}s" for dim in dims)
        found.append(f"The weights differ, so {numbered} of one number need not mean the same.")
    if a.digests != b.digests and any({"y", "x"} <= set(v.dims) for v in compared.drawn.values()):
        found.append("The pictures differ: a cell is the same place, not the same thing.")
    if not compared.is_zero:
        found.append("One pair: nothing tells how far another picture or training would differ.")
    return found


def rows(compared: Compared, count: int = 10) -> list[Row]:
    """The largest differences of what is drawn, the largest first; equal cells are left out."""
    found = [row for title in compared.drawn for row in _of_panel(compared, title, count)]
    return sorted(found, key=lambda row: -abs(row.change))[:count]


def _of_panel(compared: Compared, title: str, count: int) -> list[Row]:
    values = compared.drawn[title]
    a, b = compared.pair(title)
    sizes = np.nan_to_num(np.abs(values.values).ravel(), nan=-1.0)
    order = np.argsort(-sizes, kind="stable")[:count]
    places = [np.unravel_index(place, values.shape) for place in order if sizes[place] > 0]
    return [
        Row(title, cell(values, at), *(float(one.values[at]) for one in (a, b, values)))
        for at in places
    ]


def _origins(compared: Compared) -> list[str]:
    return _by_side(*(rendering.lines(seen, compared.choices) for seen in compared.seen))


def _by_side(a: list[str], b: list[str]) -> list[str]:
    """Sentences of both once, then what only one says, behind its letter."""
    both = [line for line in a if line in b]
    alone = {
        side: [line for line in own if line not in both]
        for side, own in zip(SIDES, (a, b), strict=True)
    }
    told = [f"{side}: {line}" for side, found in alone.items() for line in found]
    return [f"A and B: {line}" for line in both] + told


def _unrelated(compared: Compared) -> list[str]:
    """Dims by which cells are told apart that mean nothing outside one network."""
    drawn = {str(dim) for values in compared.drawn.values() for dim in values.dims}
    chosen = {key for key in compared.choices if str(compared.choices[key]).isdigit()}
    return [dim for dim in UNRELATED if dim in drawn | chosen]
