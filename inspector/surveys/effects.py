"""Effects are what cutting each part of a network, alone, does to the pictures of a sample.

Columns are the measures of `inspector.measures.effects`, each for all parts in their order. They
add up as the survey's other moments do.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from inspector.surveys.classes import Classes
from inspector.surveys.moments import Moments
from inspector.surveys.packing import Packed


@dataclass(frozen=True, eq=False)
class Effects(Packed):
    """Of some pictures.

    Attributes:
        parts: kind and text of each part (part, 2); see `inspector.interventions.to_text`.
        moments: by group (group, measure x part).
        classes: by class (class, measure x part).
        floor: the largest difference of logits that should be alike: rounding.
    """

    parts: np.ndarray
    moments: Moments
    classes: Classes
    floor: np.ndarray

    def merged(self, other: Self) -> "Effects":
        """Effects on the pictures of both.

        Raises:
            ValueError: they are not of the same parts.
        """
        if not np.array_equal(self.parts, other.parts):
            raise ValueError(
                "Expected the same parts to cut in every picture, but some pictures had others. "
                "Choose layers that always run, with --layer."
            )
        return Effects(
            self.parts,
            self.moments.merged(other.moments),
            self.classes.merged(other.classes),
            np.maximum(self.floor, other.floor),
        )
