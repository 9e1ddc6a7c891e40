"""A task is one image to be attributed: a score, the input, and what was chosen."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor, nn

from inspector.attribution.method import Settings
from inspector.progress import tell

PASSES = "forward passes"


@dataclass
class Tally:
    """How many images went through a network, of how many that are expected to."""

    planned: float = 0
    done: int = 0

    def tell(self) -> None:
        """Whoever listens hears it, and may end the work here."""
        tell(self.done, max(int(self.planned), self.done), PASSES)

    def finish(self) -> None:
        """All is done, however many passes were expected."""
        tell(self.done, self.done, PASSES)


class Score(nn.Module):
    """The number that is attributed: the logit of a class, or its mean over some pixels.

    It is a module, since some methods put hooks into what they attribute, and it counts.

    Args:
        module: the network.
        target: index of the class.
        where: of a network with logits (sample, class, y, x), the pixels that the mean is over:
            1 there and 0 elsewhere (1, 1, y, x).
        tally: of the images it is asked about.
    """

    def __init__(
        self,
        module: nn.Module,
        target: int,
        where: Tensor | None = None,
        tally: Tally | None = None,
    ) -> None:
        super().__init__()
        self.module, self.target, self.where = module, target, where
        self.tally = tally or Tally()

    def forward(self, batch: Tensor, where: Tensor | None = None) -> Tensor:
        """The logits (sample, class) of a batch, where they belong to pixels their mean."""
        self.tally.tell()
        logits = self.module(batch)
        self.tally.done += len(batch)
        if where is None:
            return logits
        return (logits * where).sum((2, 3)) / where.sum((2, 3))

    def logits(self, batch: Tensor) -> Tensor:
        """The logits (sample, class) of variants of the one image, over its pixels."""
        where = self.where
        return self(batch, None if where is None else where.expand(len(batch), -1, -1, -1))

    @property
    def options(self) -> dict[str, Any]:
        """What Captum needs beside the batch; it repeats and cuts `where` as it does the batch."""
        return {"target": self.target, "additional_forward_args": self.where}


@dataclass(frozen=True)
class Task:
    """One image to be attributed.

    Attributes:
        score: what is attributed.
        batch: the network's input (1, rgb, y, x); the mean colour is 0 in it.
        picture: the image for people (y, x, rgb), 0 to 1.
        ends: black and white as the network sees them (2, rgb).
        chunk: how many images go through the network at once.
        settings: a value for every option of the method.
    """

    score: Score
    batch: Tensor
    picture: np.ndarray = field(repr=False)
    ends: Tensor
    chunk: int
    settings: Settings

    def __getitem__(self, key: str) -> int:
        """A setting that is a whole number."""
        return int(self.settings[key])
