"""The view of DIA: the gates that one shared LSTM puts on the channels, block after block."""

import plotly.graph_objects as go

from inspector.figures import Scale, heatmap
from inspector.inspection import Inspection
from inspector.views.selection import OWN_SCALE, image_control, needs, of_image, scales, stacked
from inspector.views.view import Choices, Choose, Computed, Control, View

UNTRAINED = 0.25
"""sigmoid(0) squared: where the channel gate of an untrained cell sits."""

QUANTITIES = {
    "gate": "channel gate",
    "input_gate": "input gate: share written",
    "forget_gate": "forget gate: share kept",
    "output_gate": "output gate: share shown",
    "candidate": "candidate: what would be written",
    "cell": "cell state",
}
SIGNED = {"candidate", "cell"}


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    found, _ = stacked(inspection, "dia")
    held = next(iter(found.values())).data_vars
    options = {key: title for key, title in QUANTITIES.items() if key in held}
    return (*image_control(inspection), Choose("quantity", "Quantity", options), OWN_SCALE)


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = stacked(inspection, "dia")
    quantity = choices["quantity"]
    return Computed({c: of_image(d, choices)[[quantity]] for c, d in found.items()}, notes)


def _draw(computed: Computed, choices: Choices) -> go.Figure:
    quantity = choices["quantity"]
    panels = {stage: data[quantity] for stage, data in computed.panels.items()}
    if quantity in SIGNED:
        limit = max(float(abs(values).max()) for values in panels.values()) or 1.0
        shared = Scale.diverging(limit, f"{QUANTITIES[quantity]} (signed)")
    else:
        start, meaning = (UNTRAINED, "untrained") if quantity == "gate" else (0.5, "untrained")
        shared = Scale.unit(f"{QUANTITIES[quantity]} (share of 1)").marked(start, meaning)
    return heatmap(panels, x="channel", y="layer", scale=scales(panels, shared, choices))


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
)
