"""Pictures and their controls: is what a view shows of a trained network told from random twins?

Each view that can be held against random networks is, for each network that it fits, with the
choices that it begins with: those of one image on each of a few, the others on many together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.findings.finding import Finding, Table
from inspector.findings.mass import photos
from inspector.findings.study import Study
from inspector.findings.words import span
from inspector.inspection import Inspection, inspect_image
from inspector.progress import tracked
from inspector.views import VIEWS, NothingToDraw, View, starts
from inspector.views.controls import KEY

NETWORKS = (
    "cifar_resnet56_se",
    "cifar_resnet56_dia",
    "cifar_resnet56_mrlab",
    "cifar_resnet56_mrlal",
    "cifar_vit",
    "cifar_vit_external",
)
CLAIM = (
    "Structure alone shows in a picture of attention too, so that a picture should be held "
    "against the same network with random weights (Adebayo et al., NeurIPS 2018, arXiv "
    "1810.03292)."
)
CAVEAT = (
    "Few images, and the choices that a view begins with. The twins are the app's, whose batch "
    "normalisations have the statistics of eight photographs. One random network in twenty would "
    "be told from the others too, and no allowance is made for how many views and images are tried."
)
IMAGES = 64
"""In the inspection; a view of many images shows them all."""

SHOWN = 5
"""Of them, those on which a view of one image is tried, the first."""

NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Held:
    """One view of one network against its twins.

    Attributes:
        network: its name.
        title: of the view.
        verdicts: what `held_in_range` told of each image tried, or of all images at once; none
            where it cannot be compared.
        images: on which it was tried, in words.
        reason: why there is no comparison.
    """

    network: str
    title: str
    verdicts: tuple[Mapping[str, Any], ...]
    images: str
    reason: str = ""

    @property
    def apart(self) -> int:
        """Returns on how many images the picture is told from those of the twins."""
        return sum(bool(told["differs"]) for told in self.verdicts)

    @property
    def row(self) -> tuple[str, ...]:
        """Returns it as a line of the table."""
        start = (f"`{self.network}`", self.title, self.images)
        if not self.verdicts:
            return (*start, "", self.reason, NOT_COMPARED)
        p = span(np.array([one["p"] for one in self.verdicts]))
        fewest, most = min(self._outside), max(self._outside)
        outside = str(most) if fewest == most else f"{fewest} to {most}"
        return (*start, p, f"{outside} of {self.verdicts[0]['cells']}", self.told)

    @property
    def _outside(self) -> list[int]:
        return [int(one["outside"]) for one in self.verdicts]

    @property
    def told(self) -> str:
        """Returns the verdict in words."""
        if self.apart in {0, len(self.verdicts)}:
            return "yes" if self.apart else "no"
        return f"on {self.apart} of {len(self.verdicts)} images"


def finding(study: Study) -> Finding:
    """Returns for every view and network whether its control tells trained from random."""
    every = [one for name in tracked(NETWORKS, "networks") for one in _of(study, name)]
    head = ("network", "view", "images", "p", "cells outside the twins' range", "told apart")
    return Finding(
        title="What the control of each view says",
        claim=CLAIM,
        found=tuple(_found([one for one in every if one.verdicts])),
        table=Table(head, tuple(one.row for one in every)),
        caveat=CAVEAT,
    )


def _of(study: Study, network: str) -> Iterator[Held]:
    model = study.model(network)
    seen = inspect_image(model, list(photos(study.images.pixels[:IMAGES])))
    for view in VIEWS:
        if view.contrast is not None and view.applies(seen) is None:
            yield held(view, seen)


def held(view: View, seen: Inspection) -> Held:
    """Returns one view of an inspection against random twins."""
    name, choices = str(seen.about["model"]), starts(view, seen) | {KEY: "twins"}
    tried, images = _tried(seen, single="image" in choices)
    try:
        verdicts = tuple(_verdict(view, seen, choices | one) for one in tried)
    except NothingToDraw as reason:
        return Held(name, view.title, (), images, str(reason))
    return Held(name, view.title, verdicts, images)


def _tried(seen: Inspection, *, single: bool) -> tuple[list[dict[str, str]], str]:
    """The choices of images with which a view is tried, and these in words."""
    count = len(seen.images)
    if not single:
        return [{}], f"{count} together"
    few = min(SHOWN, count)
    return [{"image": str(place)} for place in range(few)], f"each of {few}"


def _verdict(view: View, seen: Inspection, choices: dict[str, Any]) -> Mapping[str, Any]:
    return next(iter(view.compute(seen, choices).verdicts.values())).attrs


def _found(tried: list[Held]) -> Iterator[str]:
    always = sum(one.apart == len(one.verdicts) for one in tried)
    yield (
        f"Trained network and random twins are told apart in {always} of {len(tried)} pictures, "
        "on every image that was tried."
    )
    yield from _named("On some images only", [one for one in tried if one.told.startswith("on ")])
    yield from _named("Not told apart", [one for one in tried if not one.apart])


def _named(which: str, pictures: list[Held]) -> Iterator[str]:
    names = [f"{one.title} of `{one.network}`" for one in pictures]
    if names:
        yield f"{which}: {'; '.join(names)}."
