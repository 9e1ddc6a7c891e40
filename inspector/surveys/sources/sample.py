"""A sample is a part of a source: some of its shards, as far apart from one another as can be.

The first pictures of a folder are those of its first classes; every tenth stretch is of all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from inspector.surveys.items import Item, Shard, Source
from inspector.surveys.sources.listing import hash_of

STRETCH = 8
"""Pictures that follow one another in a sample, at most."""


@dataclass(frozen=True)
class Sample:
    """A part of a source.

    Attributes:
        of: the whole.
        most: pictures that it has at most; the first shard of a source with large ones of its own
            may have more.
    """

    of: Source
    most: int

    @property
    def title(self) -> str:
        """The source's, and how much of it."""
        taken, whole = (sum(s.count for s in shards) for shards in (self._taken, self._whole))
        return self.of.title if taken == whole else f"{self.of.title}, {taken} of {whole} images"

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The source's."""
        return self.of.classes

    def listing_hash(self) -> str:
        """SHA-256 over the source's own, and over how much of it."""
        return hash_of([(self.of.listing_hash(), self.most, STRETCH)])

    def shards(self, size: int) -> Sequence[Shard]:
        """Its stretches, numbered anew; ``size`` is theirs."""
        return [replace(shard, number=number) for number, shard in enumerate(self._taken)]

    def items(self, shard: Shard) -> Iterator[Item]:
        """The source's items of a stretch; raises as it does."""
        return self.of.items(shard)

    def picture(self, key: str) -> Item:
        """One item of the source, in the sample or not; raises as it does."""
        return self.of.picture(key)

    def left_out(self) -> Iterator[tuple[str, str]]:
        """What the source leaves out."""
        return self.of.left_out()

    @cached_property
    def _whole(self) -> Sequence[Shard]:
        return self.of.shards(STRETCH)

    @cached_property
    def _taken(self) -> Sequence[Shard]:
        whole = self._whole
        count = max(min(self.most // STRETCH, len(whole)), 1)
        return [whole[place * len(whole) // count] for place in range(count)]
