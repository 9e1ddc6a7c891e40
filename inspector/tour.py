"""A tour is a few stored figures in an order, with words on how to read them.

The figures are capsules of one capture, made by `make tour` and shipped with the toolkit, so that
they are there at once, without a network. Whose weights they show, they say themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.inspection import Inspection
    from inspector.views.exhibit import Exhibit

NETWORK, PICTURE = "cifar_resnet56_mrlab", "still-life"
"""What was captured: a network of `inspector.cards`, and a picture of `inspector.gallery`."""

LAYER = "layer3.4"
FOLDER = Path(__file__).parent / "tour_figures"


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    Attributes:
        title: what it is about.
        told: how to read the figure; true of any weights.
        figure: name of the capsule.
        framed: labels by dim of what is framed.
    """

    title: str
    told: str
    figure: str
    framed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """One figure of the tour: a view and what is chosen in it besides what it begins with."""

    view: str
    choices: Mapping[str, Any] = field(default_factory=dict)


FIGURES = {
    "overview": Stored("mrla_retrieval"),
    "head": Stored("mrla_retrieval", {"head": "1"}),
    "parts": Stored("mrla_parts", {"chain": "layer3"}),
}

STEPS = (
    Step(
        "The whole network",
        "Each square is a stage, each row a layer in it. A cell says how much the layer takes from "
        "itself or from the earlier layer of that column, averaged over heads; a row sums to 1. "
        "Grey cells do not exist: a layer cannot look ahead.",
        "overview",
    ),
    Step(
        "One layer",
        "In the app, a click on a cell selects its layer, here the framed row, and every figure "
        "then speaks of it. Read along the row: is it even, or does it lean to near or far layers?",
        "overview",
        {"layer": LAYER},
    ),
    Step(
        "One head",
        "The average can hide that heads disagree. This is one of them: hold the framed row "
        "against the one before.",
        "head",
        {"layer": LAYER},
    ),
    Step(
        "What it does",
        "A weight says what is asked for, not what comes of it. Here each retrieved layer's share "
        "of the layer's output stands in its place: a large weight may add little.",
        "parts",
        {"layer": LAYER},
    ),
    Step(
        "What it does not show",
        "The last lines of the caption hold the rows against chance: random logits of the same "
        "spread. Rows that differ may do so without any learning, since heads share features. "
        "Compare with a random twin, and cut the edge on the page What if, before you call it an "
        "effect.",
        "overview",
        {"layer": LAYER},
    ),
)


@cache
def stored(name: str) -> "Exhibit":
    """The exhibit of a figure; shared, and never changed.

    Raises:
        BadCapsule: it did not come with the installation, or was damaged.
    """
    from inspector.capsules import open_capsule  # noqa: PLC0415 - xarray, plotly and h5py

    return open_capsule(FOLDER / f"{name}.zip").exhibit


def made(inspection: "Inspection") -> dict[str, "Exhibit"]:
    """The exhibits of the tour by name, from a capture of its network."""
    from inspector.views import starts, view_of  # noqa: PLC0415 - as above
    from inspector.views.exhibit import exhibit  # noqa: PLC0415

    found = {}
    for name, figure in FIGURES.items():
        view = view_of(figure.view)
        choices = {**starts(view, inspection), **figure.choices}
        found[name] = exhibit(view, inspection, view.compute(inspection, choices), choices)
    return found
