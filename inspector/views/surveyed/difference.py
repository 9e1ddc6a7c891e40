"""The difference of two surveys is the second one's means minus the first one's, with intervals."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import xarray as xr

from inspector.figures import Figure
from inspector.measures import summary_difference
from inspector.views.surveyed import points
from inspector.views.surveyed.means import along_layers
from inspector.views.surveyed.quantities import (
    Quantity,
    chosen_layers,
    nothing,
    quantities,
    unit_controls,
)
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw

if TYPE_CHECKING:
    from inspector.surveys import Survey

EVERY, APART = "all", "B minus A"
_SHOWN = 3


def _applies(surveys: Surveys) -> str | None:
    a, b = surveys
    if reason := nothing(a) or nothing(b):
        return reason
    if _shared(a, b):
        return None
    ours, theirs = (", ".join(quantities(survey)) for survey in surveys)
    return (
        f"They share no quantity: A has {ours}, B has {theirs}. Choose surveys of networks with "
        "the same mechanism."
    )


def _shared(a: "Survey", b: "Survey") -> dict[str, Quantity]:
    theirs = quantities(b)
    return {key: one for key, one in quantities(a).items() if key in theirs}


def _controls(surveys: Surveys) -> tuple[Control, ...]:
    a, b = surveys
    shared = _shared(a, b)
    titles = {key: f"{one.title} ({one.mechanism})" for key, one in shared.items()}
    layers = {layer: layer for one in shared.values() for layer in one.layers}
    which = Choose("layer", "Layer", {EVERY: "all layers", **layers})
    return (Choose("quantity", "Quantity", titles), which, *unit_controls(a))


def _compute(surveys: Surveys, choices: Choices) -> Computed:
    a, b = surveys
    ours, theirs = (quantities(survey)[choices["quantity"]] for survey in surveys)
    _require_alike(ours, theirs, chosen_layers(ours, choices))
    told = [along_layers(survey, one, choices, "all") for survey, one in ((a, ours), (b, theirs))]
    apart = points.titled(summary_difference(*told), ours.title, "difference of means")
    notes = [f"95 % intervals by Welch, each by itself. {points.clear_of_zero(apart)}"]
    return Computed({APART: apart}, (*notes, *_images(a, b), *points.left_out(apart, "place")))


def _images(a: "Survey", b: "Survey") -> list[str]:
    """What the images of both have to do with one another."""
    if a.about["listing_sha256"] != b.about["listing_sha256"]:
        return [
            "The images differ, and so do more than the networks, unless both are samples of one "
            "kind."
        ]
    return [
        "The images are the same. What each of them shows is not kept, so the intervals are those "
        "of independent sets: too wide where images move alike in both."
    ]


def _require_alike(ours: Quantity, theirs: Quantity, layers: Iterable[str]) -> None:
    """Refuses surveys whose labels differ.

    Raises:
        NothingToDraw: the sentence names what differs.
    """
    for layer in layers:
        if layer not in theirs.layers:
            got = ", ".join(list(theirs.layers)[:_SHOWN])
            raise NothingToDraw(
                f"Expected {layer} in both, but B has {got}, ... Choose surveys of networks with "
                "the same layers, or a layer that both have."
            )
        mine, other = (one.layers[layer][f"{one.name}_mean"] for one in (ours, theirs))
        for dim in mine.dims:
            if dim != "split" and not _same(mine, other, str(dim)):
                size = other.sizes.get(dim, 0)
                word = str(dim).replace("_", " ")
                raise NothingToDraw(
                    f"Expected the same {word}s of {layer} in both, but A has {mine.sizes[dim]} "
                    f"and B {size}, or others by name. Choose surveys of networks of one form."
                )


def _same(a: xr.DataArray, b: xr.DataArray, dim: str) -> bool:
    return dim in b.dims and a[dim].values.tolist() == b[dim].values.tolist()


def _draw(computed: Computed, choices: Choices) -> Figure:
    return points.draw(computed.panels, "place", difference=True)


DIFFERENCE = SurveyView(
    key="survey_difference",
    title="Difference of two surveys",
    shows="How far the means of each layer, edge or slot are apart in two surveys, with 95 % "
    "intervals.",
    caveat="Heads, channels and slots of two trainings have the same numbers and nothing else in "
    "common; means over all of them compare. An interval is for more images of these kinds, and "
    "for these two networks alone.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    of=2,
)
