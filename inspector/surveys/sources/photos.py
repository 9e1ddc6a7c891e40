"""Photos are a source of pictures that are at hand: those of the gallery, and a user's own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.images import Photo
from inspector.surveys.items import Item, Shard
from inspector.surveys.sources.listing import cut, hash_of

DIGITS = 12
"""Of a picture's digest, in its key."""


@dataclass(frozen=True)
class Photos:
    """Pictures that were read already.

    Attributes:
        photos: without two of the same content.
        title: what they are called.
    """

    photos: tuple[Photo, ...]
    title: str

    @property
    def classes(self) -> None:
        """None: nobody said what is on them."""
        return None

    def listing_hash(self) -> str:
        """SHA-256 over the digests of their files."""
        return hash_of([(photo.sha256,) for photo in self.photos])

    def shards(self, size: int) -> Sequence[Shard]:
        """All of them in their order."""
        return cut(len(self.photos), size)

    def items(self, shard: Shard) -> Iterator[Item]:
        """The pictures of a shard."""
        part = self.photos[shard.part : shard.part + shard.count]
        return (Item(key_of(photo), photo.image) for photo in part)

    def picture(self, key: str) -> Item:
        """One of them.

        Raises:
            ValueError: there is none with this key.
        """
        for photo in self.photos:
            if key_of(photo) == key:
                return Item(key, photo.image)
        raise ValueError(f"Expected a key like {key_of(self.photos[0])}, got {key}.")

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Nothing."""
        return iter(())


def key_of(photo: Photo) -> str:
    """What a picture is known by: its name, and the first digits of its digest."""
    return f"{photo.name} ({photo.sha256[:DIGITS]})"
