"""A question is what is attributed, and of which images: the logit of a class of a network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

if TYPE_CHECKING:
    from inspector.zoo import LoadedModel


@dataclass(frozen=True, eq=False)
class Question:
    """The logit of one class for some images.

    Attributes:
        model: the network, from ``inspector.load_model``.
        pixels: what it saw, (sample, y, x, rgb), 0 to 255, from ``Inspection.pixels``.
        target: index of the class.
        where: of a segmentation network, the pixels over which the mean of the class's logit is
            meant; boolean (sample, y, x), the same at every step of a method.
    """

    model: "LoadedModel"
    pixels: xr.DataArray
    target: int
    where: xr.DataArray | None = None

    def __post_init__(self) -> None:
        kind = self.model.card.kind
        if (self.where is None) == (kind == "segmentation"):
            raise ValueError(
                "Expected the pixels (`where`) of a network that gives every pixel its own logits, "
                f"and of no other; {self.model.name} does {kind}."
            )
        if self.where is not None and not self.where.any(("y", "x")).all():
            raise ValueError("Expected pixels in every image to attribute the logit of; got none.")
