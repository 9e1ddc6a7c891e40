"""A cutting makes the sweep of a network's parts over the pictures of a sample, one by one."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from torch import Tensor

from hooks import capture
from inspector.inspection import Inspection
from inspector.interventions import Intervention, to_text
from inspector.interventions.edges import parts
from inspector.interventions.sweeping import sweep_input
from inspector.measures import NotNumbers
from inspector.measures.effects import EFFECTS
from inspector.progress import listening, nobody
from inspector.surveys.classes import Classes
from inspector.surveys.effects import Effects
from inspector.surveys.moments import Moments
from inspector.surveys.statistics import Seen

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


@dataclass
class Cutting:
    """The sample's pictures of one shard.

    Attributes:
        model: the network.
        kinds: of the parts that are cut.
        layers: whose parts; None for all.
        cuts: kind and cut of every part, once a picture was seen.
        rows: of the pictures that were cut: the key, and the effects (measure x part).
        floor: the largest difference of logits that should be alike.
    """

    model: "LoadedModel"
    kinds: tuple[str, ...]
    layers: tuple[str, ...] | None = None
    cuts: tuple[tuple[str, Intervention], ...] = ()
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    floor: float = 0.0

    def see(self, key: str, picture: Tensor) -> None:
        """Cuts every part in turn; a picture whose logits are no numbers then is left out.

        Args:
            key: of the picture.
            picture: as the network takes it (1, channel, y, x).

        Raises:
            ValueError: the network has no such part.
        """
        self.cuts = self.cuts or self._parts(picture)
        try:
            with listening(nobody):
                told = sweep_input(self.model, picture, [cut for _, cut in self.cuts])
        except NotNumbers:
            return
        self.rows[key] = np.concatenate([told[name].values for name in EFFECTS])
        self.floor = max(self.floor, float(told.attrs["floor"]))

    def _parts(self, picture: Tensor) -> tuple[tuple[str, Intervention], ...]:
        return _cuts(capture(self.model.module, picture, layers=self.layers), self.kinds)

    def effects(self, seen: Seen) -> Effects | None:
        """The effects on all pictures, by what the survey saw of them; None without a picture."""
        if not self.rows:
            return None
        groups, number = seen.groups()
        places = [seen.keys.index(key) for key in self.rows]
        matrix = np.stack(list(self.rows.values()))
        return Effects(
            np.array([(kind, to_text(cut)) for kind, cut in self.cuts], dtype=np.str_),
            Moments.of(matrix, groups[places], number),
            Classes.of(matrix, seen.labels[places]),
            np.array(self.floor),
        )


def _cuts(tree: xr.DataTree, kinds: tuple[str, ...]) -> tuple[tuple[str, Intervention], ...]:
    seen = Inspection(tree)
    found = tuple((kind, cut) for kind in kinds for cut in parts(seen, kind))
    if not found:
        raise ValueError(
            f"Expected parts to cut, but the network has none of kind {', '.join(kinds)}. Choose "
            "another with --effects-of, such as head, or leave out --effects."
        )
    return found
