"""A provenance is where a figure comes from: network, weights, images, and what was chosen.

It is plain text and numbers, so that a saved figure can tell as much as one just drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

About = Mapping[str, Any]
"""What an inspection or a survey tells of itself: model, weights, device, proof of capture ..."""


class Origin(Protocol):
    """Whatever can tell where a figure comes from: an inspection, or a provenance of one."""

    @property
    def about(self) -> About:
        """Model, weights (origin, digest, share that is trained), device, proof of capture ..."""

    @property
    def images(self) -> tuple[str, ...]:
        """Names of the images, by sample."""

    @property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of the images' files, in hexadecimal, by sample."""

    @property
    def preprocessing(self) -> tuple[str, ...]:
        """What was done to each image before the network saw it, in a line, by sample."""


@dataclass(frozen=True)
class Provenance:
    """Where one figure comes from.

    Attributes:
        about: as of an inspection: model, weights (origin, digest, share that is trained), ...
        images: names of the images, by sample.
        digests: SHA-256 of the images' files, in hexadecimal, by sample.
        preprocessing: what was done to each image before the network saw it, by sample.
        chosen: what was chosen in the view, in words: "Head: mean over heads".
    """

    about: About
    images: tuple[str, ...]
    digests: tuple[str, ...]
    preprocessing: tuple[str, ...]
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surveyed:
    """Where one figure of surveys comes from.

    Attributes:
        about: what each survey tells of itself: of one, or of A, then B.
        chosen: what was chosen in the view, in words: "Head: mean over heads".
    """

    about: tuple[About, ...]
    chosen: tuple[str, ...] = ()
