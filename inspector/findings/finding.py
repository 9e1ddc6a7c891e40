"""A finding is what a trained network shows of one question, beside what a paper says of it.

It is a value: sentences made of numbers, a table, a figure, and the verdict of its control.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr

from inspector.figures import Figure
from inspector.measures import Outlying

NETWORKS = "networks with random weights"

UNTOLD = "So nothing told of it here can be said to have been learnt."

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
        verdicts: of the numbers against those of random twins, by network.
    """

    title: str
    claim: str
    found: tuple[str, ...]
    table: Table
    caveat: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    verdicts: Mapping[str, Outlying] = field(default_factory=dict)

    @property
    def told_apart(self) -> dict[str, bool]:
        """Returns whether its numbers tell a trained network from its twins, by network."""
        return {name: verdict.differs for name, verdict in self.verdicts.items()}

    @property
    def controls(self) -> dict[str, str]:
        """Returns each verdict in words, by network."""
        return {name: _sentence(verdict) for name, verdict in self.verdicts.items()}


def _sentence(verdict: Outlying) -> str:
    plainly = "" if verdict.differs else f" {UNTOLD}"
    return verdict.sentence(NETWORKS) + plainly
