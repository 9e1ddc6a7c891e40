"""The view of DIA: the gates that one shared LSTM puts on the channels, block after block."""

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import Scale
from inspector.inspection import Inspection
from inspector.views.channels import draw_channels
from inspector.views.selection import (
    OWN_SCALE,
    form_control,
    image_control,
    layers,
    needs,
    of_image,
    stacked,
)
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, View

QUANTITIES = {
    "gate": "channel gate",
    "input_gate": "input gate: share written",
    "forget_gate": "forget gate: share kept",
    "output_gate": "output gate: share shown",
    "candidate": "candidate: what would be written",
    "cell": "cell state",
}
SIGNED = {"candidate", "cell"}
START = dict.fromkeys(QUANTITIES, 0.5) | {"gate": 0.25, "candidate": 0.0, "cell": 0.0}
"""Where an untrained cell sits: at sigmoid(0), its square for the channel gate, and tanh(0)."""


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    held = layers(inspection, "dia")[0].data_vars
    options = {key: title for key, title in QUANTITIES.items() if key in held}
    quantity = Choose("quantity", "Quantity", options)
    return (*image_control(inspection), quantity, form_control("channel"), OWN_SCALE)


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    quantity = choices["quantity"]
    found, notes = stacked(inspection, "dia", names=[quantity])
    return Computed({c: of_image(d, choices)[[quantity]] for c, d in found.items()}, notes)


def _draw(computed: Computed, choices: Choices) -> go.Figure:
    quantity = choices["quantity"]
    panels = {stage: data[quantity] for stage, data in computed.panels.items()}
    shared = _scale(panels, quantity)
    return draw_channels(panels, shared, choices, {"untrained": START[quantity]})


def _scale(panels: dict[str, xr.DataArray], quantity: str) -> Scale:
    if quantity in SIGNED:
        limit = max(float(abs(values).max()) for values in panels.values()) or 1.0
        return Scale.diverging(limit, f"{QUANTITIES[quantity]} (signed)")
    unit = Scale.unit(f"{QUANTITIES[quantity]} (share of 1)")
    return unit.marked(START[quantity], "untrained")


GATES = View(
    key="dia_gates",
    title="DIA shared gates",
    shows="The gate of every channel (column) at every block (row) of a stage, all from one shared "
    "LSTM; its inner gates and cell on demand.",
    caveat="An untrained channel gate sits near 0.25, not at 0.5, so closeness to 0.25 is no "
    "finding. Channels have no place in the image.",
    applies=needs("dia", None, "a DIA network"),
    controls=_controls,
    compute=_compute,
    draw=_draw,
    contrast=Contrast(),
)
