"""A subject is what is looked at: one network and the photos it is given as a batch."""

from dataclasses import dataclass

from inspector.images import Photo

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Subject:
    """One network, by name, and some photos, the first being the one that was chosen."""

    model: str
    photos: tuple[Photo, ...]

    @property
    def key(self) -> Key:
        """Returns what identifies the subject: the network's name, digest and name of each photo.

        Digests, since Streamlit hashes a sample of a large picture only: two that differ in one
        pixel would share their results.
        """
        return self.model, tuple((photo.sha256, photo.name) for photo in self.photos)

    @property
    def stem(self) -> str:
        """Returns the beginning of file names: a-z, 0-9, hyphens and underscores."""
        return f"{self.model}-{self.photos[0].slug}"
