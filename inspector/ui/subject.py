"""A subject is what is looked at: one network, what is changed in it, and a batch of photos."""

from dataclasses import dataclass, replace

from inspector.checkpoint_files import CheckpointFile
from inspector.images import Photo
from inspector.interventions.value import Intervention

Key = tuple[str, str, tuple[tuple[str, str], ...], tuple[Intervention, ...]]


@dataclass(frozen=True)
class Subject:
    """One network, by name, and some photos, the first being the one that was chosen.

    Attributes:
        model: name of the network.
        photos: what it is given.
        interventions: what is changed in its attention meanwhile.
        twin: seed of the random twin that is looked at in the network's place; None for itself.
        checkpoint: its weights; random ones if None.
    """

    model: str
    photos: tuple[Photo, ...]
    interventions: tuple[Intervention, ...] = ()
    twin: int | None = None
    checkpoint: CheckpointFile | None = None

    @property
    def key(self) -> Key:
        """Returns what identifies the subject: network, weights, each photo, changes.

        Digests, since Streamlit hashes a sample of a large picture only: two that differ in one
        pixel would share their results.
        """
        photos = tuple((photo.sha256, photo.name) for photo in self.photos)
        return self.model, self.weights, photos, self.interventions

    @property
    def weights(self) -> str:
        """Returns what identifies the weights: seed of a twin, digest and name of a file."""
        twin = "" if self.twin is None else f"twin {self.twin} of "
        return twin + (
            f"{self.checkpoint.sha256} {self.checkpoint.name}" if self.checkpoint else ""
        )

    @property
    def unchanged(self) -> "Subject":
        """Returns the subject without interventions."""
        return replace(self, interventions=())

    @property
    def stem(self) -> str:
        """Returns the beginning of file names: a-z, 0-9, hyphens and underscores."""
        return f"{self.model}-{self.photos[0].slug}"
