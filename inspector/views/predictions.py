"""The view of predictions: which classes the model finds likeliest."""

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import bars
from inspector.inspection import Inspection, NotNumbers
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
        likely = inspection.top_classes(image_of(choices), SHOWN)
    except NotNumbers as error:
        raise NothingToDraw(str(error)) from error
    total = inspection.logits.sizes["class"]
    note = f"The {likely.size} likeliest of {total} classes; by chance each has {1 / total:.2%}."
    return Computed({"classes": xr.Dataset({"probability": likely})}, (note,))


def _draw(computed: Computed, _choices: Choices) -> go.Figure:
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
)
