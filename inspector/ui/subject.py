"""A subject is what is looked at: one network, what is changed in it, and a batch of photos."""

from dataclasses import dataclass, replace

from inspector.images import Photo
from inspector.interventions.value import Intervention

Key = tuple[str, int | None, tuple[tuple[str, str], ...], tuple[Intervention, ...]]


@dataclass(frozen=True)
class Subject:
    """One network, by name, and some photos, the first being the one that was chosen.

    Attributes:
        model: name of the network.
        photos: what it is given.
        interventions: what is changed in its attention meanwhile.
        twin: seed of the random twin that is looked at in the network's place; None for itself.
    """

    model: str
    photos: tuple[Photo, ...]
    interventions: tuple[Intervention, ...] = ()
    twin: int | None = None

    @property
    def key(self) -> Key:
        """Returns what identifies the subject: network, twin, name and digest of photos, changes.

        Digests, since Streamlit hashes a sample of a large picture only: two that differ in one
        pixel would share their results.
        """
        photos = tuple((photo.sha256, photo.name) for photo in self.photos)
        return self.model, self.twin, photos, self.interventions

    @property
    def unchanged(self) -> "Subject":
        """Returns the subject without interventions."""
        return replace(self, interventions=())

    @property
    def stem(self) -> str:
        """Returns the beginning of file names: a-z, 0-9, hyphens and underscores."""
        return f"{self.model}-{self.photos[0].slug}"
