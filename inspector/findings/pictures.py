"""Pictures and their controls: is what a view shows of a trained network told from random twins?

Each view that can be held against random networks is, for each network that it fits, with the
choices that it begins with and on the first image.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.findings.finding import Finding, Table
from inspector.findings.mass import photos
from inspector.findings.study import Study
from inspector.findings.words import short
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
    "One image, and the choices that a view begins with. The twins are the app's, whose batch "
    "normalisations have the statistics of eight photographs. One random network in twenty would "
    "be told from the others too, and no allowance is made for how many views are tried."
)
IMAGES = 4
"""In the inspection; a view that shows one of them shows the first."""


@dataclass(frozen=True)
class Held:
    """One view of one network against its twins.

    Attributes:
        network: its name.
        title: of the view.
        p: of the whole picture, None where it cannot be compared.
        outside: cells out of the twins' range, of all, or why there is no comparison.
    """

    network: str
    title: str
    p: float | None
    outside: str

    @property
    def told_apart(self) -> bool:
        """Returns whether the picture is told from those of the twins."""
        return self.p is not None and self.p <= 0.05


def finding(study: Study) -> Finding:
    """Returns for every view and network whether its control tells trained from random."""
    every = [one for name in tracked(NETWORKS, "networks") for one in _of(study, name)]
    tried = [one for one in every if one.p is not None]
    rows = tuple(
        (f"`{one.network}`", one.title, _p(one), one.outside, _verdict(one)) for one in every
    )
    return Finding(
        title="What the control of each view says",
        claim=CLAIM,
        found=(_count(tried), *_not(tried)),
        table=Table(("network", "view", "p", "cells outside the twins' range", "told apart"), rows),
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
    name = str(seen.about["model"])
    choices = starts(view, seen) | {KEY: "twins"}
    try:
        verdicts = view.compute(seen, choices).verdicts
    except NothingToDraw as reason:
        return Held(name, view.title, None, str(reason))
    told = next(iter(verdicts.values())).attrs
    return Held(name, view.title, told["p"], f"{told['outside']} of {told['cells']}")


def _p(one: Held) -> str:
    return "" if one.p is None else short(one.p)


def _verdict(one: Held) -> str:
    return "not compared" if one.p is None else "yes" if one.told_apart else "no"


def _count(tried: list[Held]) -> str:
    apart = sum(one.told_apart for one in tried)
    return f"Trained network and random twins are told apart in {apart} of {len(tried)} pictures."


def _not(tried: list[Held]) -> Iterator[str]:
    names = [f"{one.title} of `{one.network}`" for one in tried if not one.told_apart]
    if names:
        yield f"Not told apart: {'; '.join(names)}."
