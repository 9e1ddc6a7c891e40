"""A subject is what is looked at: one network, what is changed in it, and a batch of photos."""

from dataclasses import dataclass, replace

from inspector.images import Photo
from inspector.interventions.value import Intervention

Key = tuple[str, tuple[tuple[str, str], ...], tuple[Intervention, ...]]


@dataclass(frozen=True)
class Subject:
    """One network, by name, and some photos, the first being the one that was chosen.

    Attributes:
        model: name of the network.
        photos: what it is given.
        interventions: what is changed in its attention meanwhile.
    """

    model: str
    photos: tuple[Photo, ...]
    interventions: tuple[Intervention, ...] = ()

    @property
    def key(self) -> Key:
        """Returns what identifies the subject: network, digest and name of each photo, changes.

        Digests, since Streamlit hashes a sample of a large picture only: two that differ in one
        pixel would share their results.
        """
        photos = tuple((photo.sha256, photo.name) for photo in self.photos)
        return self.model, photos, self.interventions

    @property
    def unchanged(self) -> "Subject":
        """Returns the subject without interventions."""
        return replace(self, interventions=())

    @property
    def stem(self) -> str:
        """Returns the beginning of file names: a-z, 0-9, hyphens and underscores."""
        return f"{self.model}-{self.photos[0].slug}"
