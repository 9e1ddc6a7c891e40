"""A subject is what is looked at: one network, what is changed in it, and a batch of photos."""

from dataclasses import dataclass, replace

from inspector import stored
from inspector.checkpoint_files import CheckpointFile
from inspector.images import Photo
from inspector.interventions.value import Intervention
from inspector.labels import NameFile

Key = tuple[str, str, tuple[tuple[str, str], ...], tuple[Intervention, ...], str, bool]


@dataclass(frozen=True)
class Subject:
    """One network, by name, and some photos, the first being the one that was chosen.

    Attributes:
        model: name of the network.
        photos: what it is given.
        interventions: what is changed in its attention meanwhile.
        twin: seed of the random twin that is looked at in the network's place; None for itself.
        checkpoint: its weights; random ones if None.
        classes: what its classes are called: the name of a known set, or a file; as it tells itself
            if None.
        stored: whether it is looked at as it was stored, without the network.
    """

    model: str
    photos: tuple[Photo, ...]
    interventions: tuple[Intervention, ...] = ()
    twin: int | None = None
    checkpoint: CheckpointFile | None = None
    classes: str | NameFile | None = None
    stored: bool = False

    @property
    def key(self) -> Key:
        """Returns what identifies the subject: network, weights, photos, changes, class names.

        Digests, since Streamlit hashes a sample of a large picture only: two that differ in one
        pixel would share their results.
        """
        photos = tuple((photo.sha256, photo.name) for photo in self.photos)
        return self.model, self.weights, photos, self.interventions, self._called, self.stored

    @property
    def weights(self) -> str:
        """Returns what identifies the weights: seed of a twin, digest and name of a file."""
        twin = "" if self.twin is None else f"twin {self.twin} of "
        return twin + (
            f"{self.checkpoint.sha256} {self.checkpoint.name}" if self.checkpoint else ""
        )

    @property
    def _called(self) -> str:
        """What identifies the names of the classes; the name of a file stands in captions."""
        file = self.classes
        return f"{file.sha256} {file.name}" if isinstance(file, NameFile) else file or ""

    @property
    def unchanged(self) -> "Subject":
        """Returns the subject without interventions."""
        return replace(self, interventions=())

    @property
    def as_stored(self) -> "Subject | None":
        """Returns the subject as it lies in the toolkit; None for all but the first of the app."""
        plain = Subject(self.model, self.photos, checkpoint=self.checkpoint)
        if plain != self or self.checkpoint is None or len(self.photos) > 1:
            return None
        fits = stored.stands_for(self.model, self.checkpoint, self.photos[0])
        return replace(self, stored=True) if fits else None

    @property
    def stem(self) -> str:
        """Returns the beginning of file names: a-z, 0-9, hyphens and underscores."""
        return f"{self.model}-{self.photos[0].slug}"
