"""A study is trained networks, their random twins, and the images that are shown to them all."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from torch import Tensor

from hooks import capture
from hooks.recording import Detail
from inspector.progress import tracked
from inspector.settling import is_settled, settle_on
from inspector.training.evaluation import normalised
from inspector.training.images import Images
from inspector.twins import twin
from inspector.zoo import LoadedModel, load_model

BATCH = 100

Seen = Mapping[str, xr.DataArray]
"""What was kept of what a network did, by name, each with dim ``sample``."""

Look = Callable[[LoadedModel, Tensor], Seen]
"""What is kept of a batch of images, uint8 [n, 3, 32, 32]."""


@dataclass(frozen=True)
class Subject:
    """What is looked at.

    Attributes:
        network: name of a network that ships.
        look: how.
        costly: whether a look takes long, so that fewer images are shown.
    """

    network: str
    look: Look
    costly: bool = False


@dataclass(frozen=True)
class Sizes:
    """How many of everything.

    Attributes:
        twins: random networks beside each trained one.
        beside: images that the twins are shown.
        few: images of what takes long.
        few_beside: such images that the twins are shown.
        settling: images, the last of all, whose statistics the twins' batch normalisations have.
    """

    twins: int = 19
    beside: int = 200
    few: int = 200
    few_beside: int = 10
    settling: int = 200


@dataclass(eq=False)
class Study:
    """Networks and images.

    Attributes:
        images: all that are shown.
        sizes: of the parts of the study.
        device: "auto", or PyTorch's name.
        models: those that were loaded so far, by name.
        asked: names of those that were asked for since this was cleared.
    """

    images: Images
    sizes: Sizes = Sizes()
    device: str = "cpu"
    models: dict[str, LoadedModel] = field(default_factory=dict, repr=False)
    asked: set[str] = field(default_factory=set, repr=False)
    _seen: dict[Subject, Seen] = field(default_factory=dict, repr=False)

    @property
    def labels(self) -> np.ndarray:
        """Returns the class of each image."""
        return self.images.labels.numpy()

    def model(self, name: str) -> LoadedModel:
        """Returns a network with the weights that ship, or random ones if none do yet."""
        self.asked.add(name)
        if name not in self.models:
            self.models[name] = load_model(name, device=self.device)
        return self.models[name]

    def seen(self, subject: Subject) -> Seen:
        """Returns what the trained network showed of the images: of all, or of few if costly."""
        self.asked.add(subject.network)
        if subject not in self._seen:
            count = min(self.sizes.few, len(self.images)) if subject.costly else len(self.images)
            self._seen[subject] = self._shown(self.model(subject.network), subject, count)
        return self._seen[subject]

    def first(self, subject: Subject) -> Seen:
        """Returns of that what belongs to the images that the twins are shown as well."""
        count = self.beside(subject)
        return {name: values[:count] for name, values in self.seen(subject).items()}

    def beside(self, subject: Subject) -> int:
        """Returns how many images the twins are shown."""
        most = self.sizes.few_beside if subject.costly else self.sizes.beside
        return min(most, len(self.images))

    def twins(self, subject: Subject) -> Iterator[Seen]:
        """Yields what each random twin showed of the first images; they are not kept."""
        for seed in tracked(range(self.sizes.twins), f"random twins of {subject.network}"):
            yield self._shown(self._twin(subject.network, seed), subject, self.beside(subject))

    def _twin(self, network: str, seed: int) -> LoadedModel:
        """A random twin whose normalisations know this set of images, if the network's know one."""
        model = self.model(network)
        other, known = twin(model, seed), self.images.pixels[-self.sizes.settling :]
        if is_settled(model.module):
            settle_on(other, normalised(known.to(model.device), model.card.mean, model.card.std))
        return other

    def _shown(self, model: LoadedModel, subject: Subject, count: int) -> Seen:
        batches = self.images.pixels[:count].split(BATCH)
        told = tracked(batches, f"batches of images through {model.name}")
        parts = [subject.look(model, batch) for batch in told]
        return {
            name: xr.concat(
                [part[name] for part in parts], "sample", coords="minimal", compat="override"
            ).transpose("sample", ...)
            for name in parts[0]
        }


def attention(
    model: LoadedModel, pixels: Tensor, mechanism: str, detail: Detail = "summary"
) -> xr.DataTree:
    """Returns the layers of a mechanism in a forward pass of images; see `hooks.capture`."""
    batch = normalised(pixels.to(model.device), model.card.mean, model.card.std)
    tree = capture(model.module, batch, mechanisms=[mechanism], detail=detail)
    require_verified(tree)
    return tree.children[mechanism]


def require_verified(tree: xr.DataTree) -> None:
    """Refuses a capture that is not what the network computed.

    Raises:
        ValueError: what was recomputed from it differs by more than rounding.
    """
    if not tree.attrs["verified"]:
        error = tree.attrs["verified_error"]
        raise ValueError(f"Expected a verified capture, got one that is off by {error:.2g}.")
