"""The view of DIA: the gates that one shared LSTM puts on the channels, block after block."""

import xarray as xr

from inspector.figures import Figure, Scale
from inspector.inspection import Inspection
from inspector.measures import UNTRAINED_GATE, deviation
from inspector.measures.dia_memory import INSIDE
from inspector.views.channels import channel_maps
from inspector.views.dia_state import joined, memories
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import (
    form_control,
    image_control,
    layers,
    needs,
    of_image,
)
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, View

QUANTITIES = {
    "gate": "channel gate",
    "deviation": "channel gate against the untrained 0.25",
    "input_gate": "input gate: share written",
    "forget_gate": "forget gate: share kept",
    "output_gate": "output gate: share shown",
    "candidate": "candidate: what would be written",
    "written": "written: input gate x candidate",
    "carried": "carried over: forget gate x cell before",
    "cell": "cell state",
}
SIGNED = {"deviation", "candidate", "written", "carried", "cell"}
MEMORY = {"written", "carried"}
START = dict.fromkeys(QUANTITIES, 0.5) | {"gate": UNTRAINED_GATE} | dict.fromkeys(SIGNED, 0.0)
"""Where an untrained cell sits: at sigmoid(0), its square for the channel gate, and tanh(0)."""

WHY_A_QUARTER = (
    "An untrained cell has scores near 0, so its gate sits near 0.25 = "
    "sigmoid(0)\N{SUPERSCRIPT TWO}: the output gate times the sigmoid (not tanh) of the cell."
)


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    held = set(layers(inspection, "dia")[0].data_vars) | {"deviation"}
    derived = MEMORY if held.issuperset(INSIDE) else set()
    options = {key: title for key, title in QUANTITIES.items() if key in held | derived}
    quantity = Choose("quantity", "Quantity", options)
    return (*image_control(inspection), quantity, form_control("channel"))


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    quantity = choices["quantity"]
    if quantity in MEMORY:
        found, notes = memories(inspection, choices)
        return Computed({c: data[[quantity]] for c, data in found.items()}, notes)
    captured = "gate" if quantity == "deviation" else quantity
    chains, notes = joined(inspection, [captured])
    panels = {c: of_image(data, choices)[[captured]] for c, data in chains.items()}
    if quantity == "deviation":
        return Computed(
            {c: data.assign(deviation=deviation(data["gate"])) for c, data in panels.items()},
            (*notes, WHY_A_QUARTER),
        )
    return Computed(panels, notes)


def _maps(computed: Computed, choices: Choices) -> Maps | Figure:
    quantity = choices["quantity"]
    panels = {stage: data[quantity] for stage, data in computed.panels.items()}
    shared = _scale(panels, quantity)
    return channel_maps(panels, shared, choices, {"untrained": START[quantity]})


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
    "LSTM; on demand its distance from an untrained gate, the inner gates and the cell.",
    caveat="An untrained channel gate sits near 0.25, not at 0.5, so closeness to 0.25 is no "
    "finding; and gates spread around it without any training. Channels have no place in the "
    "image.",
    applies=needs("dia", None, "a DIA network"),
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
    contrast=Contrast(unordered=("channel",)),
    overview=True,
)
