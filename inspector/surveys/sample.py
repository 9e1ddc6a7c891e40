"""A sample is the pictures of a survey whose attention is cut part by part, drawn by a seed.

It is drawn from all items of a source before the first is read, so no shard, engine or resumed run
can change it. An item that turns out to be damaged is not replaced.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.interventions.edges import KINDS as PARTS
from inspector.surveys.items import Shard

KINDS = tuple(kind for kind in PARTS if kind != "head")
"""What is cut unless it is told; networks have hundreds of heads."""


@dataclass(frozen=True)
class Sample:
    """How many pictures, and what is cut of them.

    Attributes:
        number: of pictures; all of them where there are no more.
        kinds: of parts, keys of `inspector.interventions.edges.KINDS`.
        seed: of the draw.
    """

    number: int
    kinds: tuple[str, ...] = KINDS
    seed: int = 0

    def __post_init__(self) -> None:
        strange = [kind for kind in self.kinds if kind not in PARTS]
        if strange or not self.kinds:
            got = ", ".join(strange) or "none"
            raise ValueError(f"Parts are of kind {', '.join(PARTS)}; got {got}.")

    @property
    def told(self) -> str:
        """The sample in words, for the manifest."""
        return f"{self.number} images drawn with seed {self.seed}, cut by {', '.join(self.kinds)}"

    def drawn(self, shards: Sequence[Shard]) -> "Drawn":
        """The places of the pictures in the shards of a whole source."""
        ends = np.cumsum([shard.count for shard in shards])
        total = int(ends[-1]) if len(ends) else 0
        chosen = random.Random(self.seed).sample(range(total), min(self.number, total))
        places: dict[int, list[int]] = defaultdict(list)
        for place in sorted(chosen):
            at = int(np.searchsorted(ends, place, side="right"))
            places[shards[at].number].append(place - int(ends[at]) + shards[at].count)
        return Drawn(self.kinds, {number: frozenset(own) for number, own in places.items()})


@dataclass(frozen=True)
class Drawn:
    """A sample of one source.

    Attributes:
        kinds: as of `Sample`.
        places: of its pictures in a shard, by the number of the shard.
    """

    kinds: tuple[str, ...]
    places: Mapping[int, frozenset[int]]
