"""The words of a comparison: where both come from, what differs between them, and how much."""

from dataclasses import dataclass

import numpy as np

from inspector.comparison.comparing import DIFFERENCE, Compared
from inspector.comparison.over_images import LEVEL, OverImages
from inspector.figures.text import number
from inspector.provenance import Origin
from inspector.views import rendering
from inspector.views.sides import by_side
from inspector.views.words import cell, counted

UNRELATED = ("head", "channel", "group", "slot")
"""Dims whose entries mean the same only in networks with the same weights."""

INTERVAL = ("mean", "low", "high")


@dataclass(frozen=True)
class Row:
    """One of the largest differences.

    Attributes:
        panel: title of the panel.
        place: labels of the cell, "layer stages.2.4, retrieved layer stages.2.0".
        a: the value in A.
        b: the value in B.
        change: B minus A.
        over: over images, the mean of B minus A and the ends of its interval; None without.
    """

    panel: str
    place: str
    a: float
    b: float
    change: float
    over: tuple[float, float, float] | None = None


def lines(compared: Compared) -> list[str]:
    """The caption: what is shown, A and B, how large the difference is, and what to mind."""
    return [
        rendering.subject(compared.view, compared.origins[0].chosen),
        *_origins(compared),
        summary(compared),
        *on_images(compared),
        *compared.notes,
        *caveats(compared),
        *by_side(*(list(one.notes) for one in compared.computed)),
    ]


def warning(a: Origin, b: Origin) -> str | None:
    """The sentences that must not be overlooked, of either side."""
    found = [rendering.warning(origin) for origin in (a, b)]
    told = by_side(*([one] if one else [] for one in found))
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
    a, b = compared.origins
    found = []
    if (dims := _unrelated(compared)) and a.about["weights_sha256"] != b.about["weights_sha256"]:
        numbered = " or ".join(f"{dim}s" for dim in dims)
        found.append(f"The weights differ, so {numbered} of one number need not mean the same.")
    if a.digests != b.digests and any({"y", "x"} <= set(v.dims) for v in compared.drawn.values()):
        found.append("The pictures differ: a cell is the same place, not the same thing.")
    return found + ([] if compared.is_zero else _alone(compared))


def on_images(compared: Compared) -> list[str]:
    """What the images of both say together: the largest mean difference, and how many are sure."""
    over = compared.over
    if over is None or (over.refused and compared.is_zero):
        return []
    if over.refused:
        return [over.refused]
    a, b = over.counts
    whose = f"the same {a} images in both" if over.paired else f"{a} images of A and {b} of B"
    title, place = _largest_mean(over)
    if not title:
        return [f"Over {whose}, {DIFFERENCE} is exactly 0 in every cell."]
    mean, low, high = (float(over.panels[title][name].values[place]) for name in INTERVAL)
    where = cell(over.panels[title]["mean"], place)
    return [
        f"Over {whose}, the largest mean of {DIFFERENCE} is {number(mean)} ({title}: {where}), "
        f"{100 * LEVEL:g} % interval {number(low)} to {number(high)} (Student's t, for "
        f"images like these). {_told_apart(over)}"
    ]


def rows(compared: Compared, count: int = 10) -> list[Row]:
    """The largest differences of what is drawn, the largest first; equal cells are left out."""
    found = [row for title in compared.drawn for row in _of_panel(compared, title, count)]
    return sorted(found, key=lambda row: -abs(row.change))[:count]


def _of_panel(compared: Compared, title: str, count: int) -> list[Row]:
    values = compared.drawn[title]
    sizes = np.nan_to_num(np.abs(values.values).ravel(), nan=-1.0)
    order = np.argsort(-sizes, kind="stable")[:count]
    places = [np.unravel_index(place, values.shape) for place in order if sizes[place] > 0]
    return [_row(compared, title, at) for at in places]


def _row(compared: Compared, title: str, at: tuple[np.intp, ...]) -> Row:
    a, b = (float(one.values[at]) for one in compared.pair(title))
    change = compared.drawn[title]
    place = cell(change, at)
    return Row(title, place, a, b, float(change.values[at]), _interval(compared, title, at))


def _interval(
    compared: Compared, title: str, at: tuple[np.intp, ...]
) -> tuple[float, float, float] | None:
    if not (compared.over and compared.over.panels):
        return None
    mean, low, high = (float(compared.over.panels[title][name].values[at]) for name in INTERVAL)
    return mean, low, high


def _alone(compared: Compared) -> list[str]:
    """What nothing here tells."""
    a, b = compared.origins
    if not (compared.over and compared.over.panels):
        return ["One pair: nothing tells how far another picture or training would differ."]
    if a.about["weights_sha256"] != b.about["weights_sha256"]:
        return ["One pair of networks: nothing tells how far another training would differ."]
    return []


def _largest_mean(over: OverImages) -> tuple[str, tuple[np.intp, ...]]:
    """Panel and place of the largest mean difference; no panel where all are 0 or undefined."""
    largest = 0.0
    found: tuple[str, tuple[np.intp, ...]] = ("", ())
    for title, data in over.panels.items():
        sizes = np.nan_to_num(np.abs(data["mean"].values), nan=-1.0)
        if sizes.max(initial=0.0) > largest:
            largest = float(sizes.max())
            found = title, np.unravel_index(int(sizes.argmax()), sizes.shape)
    return found


def _told_apart(over: OverImages) -> str:
    p = np.concatenate([data["p"].values.ravel() for data in over.panels.values()])
    tested, sure = int(np.isfinite(p).sum()), int((p <= 1 - LEVEL).sum())
    return (
        f"Of {counted(tested, 'cell')}, {sure} can be told apart from 0, all being counted "
        "(Benjamini and Hochberg, 5 %)."
    )


def _origins(compared: Compared) -> list[str]:
    return by_side(*(rendering.lines(origin, compared.choices) for origin in compared.origins))


def _unrelated(compared: Compared) -> list[str]:
    """Dims by which cells are told apart that mean nothing outside one network."""
    drawn = {str(dim) for values in compared.drawn.values() for dim in values.dims}
    chosen = {key for key in compared.choices if str(compared.choices[key]).isdigit()}
    return [dim for dim in UNRELATED if dim in drawn | chosen]
