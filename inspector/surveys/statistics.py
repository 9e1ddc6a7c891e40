"""Statistics are all that a survey keeps of its pictures; of two sets of pictures they add up.

They are a pure function of the numbers seen: a matrix (picture, column), what the columns are,
each picture's key, its class if it has one, and what the network took it for.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any, Self, TypeVar

import numpy as np

from inspector.surveys.classes import Classes, Confusion
from inspector.surveys.columns import Columns, by_class, profile
from inspector.surveys.effects import Effects
from inspector.surveys.extremes import Extremes
from inspector.surveys.histograms import Histograms
from inspector.surveys.kinship import Kinship
from inspector.surveys.moments import Moments, Products
from inspector.surveys.packing import Packed

About = dict[str, dict[str, dict[str, Any]]]

NAMED = 100_000
"""Items without statistics that are named; of more there is the number, and the log."""
UNJUDGED, WRONG, CORRECT = range(3)
"""Groups that pictures are split into; without classes that can be right there is only the first.
"""


def splits(moments: Moments) -> dict[str, Moments]:
    """Moments of all pictures and, where it can be told, of those right and wrong."""
    whole = moments.at(UNJUDGED)
    for group in range(1, len(moments.count)):
        whole = whole.merged(moments.at(group))
    if len(moments.count) == 1:
        return {"all": whole}
    return {"all": whole, "correct": moments.at(CORRECT), "wrong": moments.at(WRONG)}


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network showed of some pictures.

    Attributes:
        matrix: float32 (picture, column).
        keys: by picture.
        labels: place of the class, by picture; -1 without one.
        taken: place of the likeliest class, by picture; -1 where there is none.
        correct: by picture, 1 or 0, -1 where it cannot be told; None where it never can.
    """

    matrix: np.ndarray = field(repr=False)
    keys: tuple[str, ...]
    labels: np.ndarray
    taken: np.ndarray
    correct: np.ndarray | None

    def groups(self) -> tuple[np.ndarray, int]:
        """The group of each picture, and how many groups there are."""
        if self.correct is None:
            return np.full(len(self.keys), UNJUDGED), 1
        return self.correct + 1, 3


@dataclass(frozen=True, eq=False)
class Statistics(Packed):
    """Of some pictures; of two sets they add up to those of both."""

    moments: Moments
    histograms: Histograms
    products: Products
    extremes: Extremes
    classes: Classes
    confusion: Confusion
    kinship: Kinship

    @classmethod
    def of(cls, columns: Columns, seen: Seen) -> Self:
        """Statistics of what was seen of at least one picture."""
        groups, number = seen.groups()
        chosen = profile(columns).values(seen.matrix)
        return cls(
            Moments.of(seen.matrix, groups, number),
            Histograms.of(seen.matrix, columns, groups, number),
            Products.of(chosen),
            Extremes.of(chosen, seen.keys),
            Classes.of(by_class(columns).values(seen.matrix), seen.labels),
            Confusion.of(seen.labels, seen.taken),
            Kinship.of(seen.matrix, columns),
        )

    def merged(self, other: Self) -> Self:
        """Statistics of both."""
        names = [entry.name for entry in fields(self)]
        return type(self)(*(getattr(self, name).merged(getattr(other, name)) for name in names))


@dataclass(frozen=True, eq=False)
class Skipped(Packed):
    """Items that no statistics are of.

    Attributes:
        told: key and reason of the first of them, in the order of the source (item, 2).
        count: of all of them.
    """

    told: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, told: Iterable[tuple[str, str]]) -> "Skipped":
        """Keys and reasons."""
        every = iter(told)
        kept = list(islice(every, NAMED))
        count = len(kept) + sum(1 for _ in every)
        return cls(np.array(kept, dtype=np.str_).reshape(-1, 2), np.array(count))

    def merged(self, other: "Skipped") -> "Skipped":
        """Those of both."""
        told = np.concatenate([self.told, other.told])[:NAMED]
        return Skipped(told, np.add(self.count, other.count, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Tally:
    """What is committed of a shard, or of several that follow one another.

    Attributes:
        skipped: items without statistics.
        verified_error: the largest of any capture; see ``hooks.capture``.
        columns: what the statistics are of; None without a picture.
        statistics: of all pictures; None without one.
        about: chain, depth and variant of the layers, by mechanism and layer.
        effects: of cutting parts of the sample's pictures; None without one.
    """

    skipped: Skipped
    verified_error: float = 0.0
    columns: Columns | None = None
    statistics: Statistics | None = None
    about: About = field(default_factory=dict)
    effects: Effects | None = None

    @property
    def pictures(self) -> int:
        """How many pictures the statistics are of."""
        return 0 if self.statistics is None else int(self.statistics.moments.count.sum())

    def merged(self, other: "Tally") -> "Tally":
        """The tally of this and of what follows it.

        Raises:
            ValueError: they are not of the same columns.
        """
        if self.columns and other.columns:
            self._require_alike(other)
        return Tally(
            self.skipped.merged(other.skipped),
            max(self.verified_error, other.verified_error),
            self.columns or other.columns,
            _both(self.statistics, other.statistics),
            self.about if self.columns else other.about,
            _both(self.effects, other.effects),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it as arrays by name."""
        told = {
            "columns": self.columns.told() if self.columns else None,
            "verified_error": self.verified_error,
            "about": self.about,
            "effects": self.effects is not None,
        }
        found = {"told": np.array(json.dumps(told)), **self.skipped.arrays("skipped.")}
        found |= self.statistics.arrays("statistics.") if self.statistics else {}
        return found | (self.effects.arrays("effects.") if self.effects else {})

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray]) -> "Tally":
        """What `arrays` was of."""
        told = json.loads(str(arrays["told"]))
        held = told["columns"] is not None
        return cls(
            Skipped.of_arrays(arrays, "skipped."),
            told["verified_error"],
            Columns.read(told["columns"]) if held else None,
            Statistics.of_arrays(arrays, "statistics.") if held else None,
            told["about"],
            Effects.of_arrays(arrays, "effects.") if told["effects"] else None,
        )

    def _require_alike(self, other: "Tally") -> None:
        if self.columns != other.columns:
            raise ValueError(
                "Expected the same layers and quantities of every picture, but some pictures had "
                "others. Choose layers that always run, with --layer."
            )


S = TypeVar("S", Statistics, Effects)


def _both(one: S | None, two: S | None) -> S | None:
    """What is there of the two, merged where both are."""
    if one is None or two is None:
        return two if one is None else one
    return one.merged(two)
