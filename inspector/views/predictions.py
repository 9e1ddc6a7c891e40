"""The view of predictions: which classes the model finds likeliest."""

import numpy as np
import xarray as xr

from inspector.figures import Figure, bars
from inspector.inspection import Inspection, NotNumbers
from inspector.views.alike import OF_BOTH, in_both
from inspector.views.selection import image_control, image_of
from inspector.views.view import Choices, Computed, Control, NothingToDraw, View

SHOWN = 10


def _applies(inspection: Inspection) -> str | None:
    if inspection.kind == "classification":
        return None
    return (
        "Needs a network that gives the whole image one class; this one gives every pixel its own, "
        "which the view of the segmentation shows."
    )


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    return image_control(inspection)


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    try:
        shares = inspection.probabilities(image_of(choices))
    except NotNumbers as error:
        raise NothingToDraw(str(error)) from error
    shown = [int(place) for place in choices.get("classes", ())] or _likeliest(shares)
    either = " of A or of B" if choices.get(OF_BOTH) else ""
    note = (
        f"The {min(SHOWN, shares.size)} likeliest of {shares.size} classes{either}; by chance each "
        f"has {1 / shares.size:.2%}."
    )
    return Computed(
        {"classes": xr.Dataset({"probability": shares.isel({"class": shown})})}, (note,)
    )


def _likeliest(shares: xr.DataArray) -> list[int]:
    """Places of the likeliest classes, the likeliest first."""
    return np.argsort(-shares.values, kind="stable")[:SHOWN].tolist()


def _likeliest_of(inspection: Inspection, choices: Choices) -> list[int]:
    return _likeliest(inspection.probabilities(image_of(choices)))


def _draw(computed: Computed, _choices: Choices) -> Figure:
    return bars(computed.panels["classes"]["probability"], horizontal=True, limits=(0.0, 1.0))


PREDICTIONS = View(
    key="predictions",
    title="Predicted classes",
    shows="Softmax probabilities of the likeliest classes.",
    caveat="A softmax always sums to 1: on a picture unlike the training data, or with random "
    "weights, a high probability means nothing.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    alike=in_both("classes", _likeliest_of),
    merges=False,
)
