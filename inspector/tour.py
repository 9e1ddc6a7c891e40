"""A tour is a few stored figures in an order, with words on how to read them.

The figures are views of the stored inspection, so that they are there at once, without a network.
Whose weights they show, they say themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from inspector import stored

if TYPE_CHECKING:
    from inspector.inspection import Inspection
    from inspector.views.exhibit import Exhibit

LAYER = "layer3.4"


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    Attributes:
        title: what it is about.
        told: how to read the figure; true of any weights.
        figure: its name in `FIGURES`.
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
    "norm": Stored("mrla_retrieval", {"quantity": "norm"}),
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
        "A weight says how much is asked for, not how much there is to take. Here each weight is "
        "multiplied by the size of what it retrieves: a large weight may add little.",
        "norm",
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
def shown(name: str) -> "Exhibit":
    """The exhibit of a figure; shared, and never changed.

    Raises:
        ValueError: the stored inspection did not come with the installation, or was damaged.
    """
    return made(name, stored.inspection())


def made(name: str, inspection: "Inspection") -> "Exhibit":
    """The exhibit of a figure, from an inspection of the tour's network."""
    from inspector.views import starts, view_of  # noqa: PLC0415 - xarray and plotly
    from inspector.views.exhibit import exhibit  # noqa: PLC0415

    view = view_of(FIGURES[name].view)
    choices = {**starts(view, inspection), **FIGURES[name].choices}
    return exhibit(view, inspection, view.compute(inspection, choices), choices)
