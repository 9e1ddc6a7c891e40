"""A finding is what a trained network shows of one question, beside what a paper says of it.

It is a value: sentences made of numbers, a table, a figure, and the verdict of its control.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go
import xarray as xr

from inspector.measures import held_in_range, range_sentence

NETWORKS = "networks with random weights"

Numbers = Mapping[str, xr.DataArray]
"""What is compared with random twins: arrays by title."""


@dataclass(frozen=True)
class Table:
    """Cells of text below a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Returns it as lines of Markdown."""
        lines = (self.head, ("---",) * len(self.head), *self.rows)
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclass(frozen=True)
class Finding:
    """One question and its answer.

    Attributes:
        title: the question's subject.
        claim: what a paper says of it, with the paper.
        found: sentences on what was seen, each made of numbers.
        table: the numbers, with intervals.
        caveat: what it does not show.
        figures: by what they show.
        verdict: of the numbers against those of random twins, from `held_in_range`.
    """

    title: str
    claim: str
    found: tuple[str, ...]
    table: Table
    caveat: str
    figures: Mapping[str, go.Figure] = field(default_factory=dict)
    verdict: Mapping[str, xr.Dataset] = field(default_factory=dict)

    @property
    def told_apart(self) -> bool | None:
        """Returns whether its numbers tell the trained network from its twins; None if untold."""
        first = next(iter(self.verdict.values()), None)
        return None if first is None else bool(first.attrs["differs"])

    @property
    def control(self) -> str:
        """Returns the verdict in a sentence; empty without one."""
        if self.told_apart is None:
            return ""
        plainly = "" if self.told_apart else " So nothing above can be said to have been learnt."
        return range_sentence(self.verdict) + plainly


def held(own: Numbers, twins: Sequence[Numbers]) -> dict[str, xr.Dataset]:
    """Numbers of a trained network beside the range of those of its twins; see `held_in_range`.

    Args:
        own: of as many images as the twins were shown.
        twins: the same of each twin.
    """
    controls = {
        title: xr.concat(
            [one[title] for one in twins], "control", coords="minimal", compat="override"
        )
        for title in own
    }
    return held_in_range(own, controls, NETWORKS)
