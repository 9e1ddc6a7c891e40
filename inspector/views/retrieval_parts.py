"""The view of an MRLA output taken apart: what retrieved layers add, and what else does."""

from functools import partial

import numpy as np
import xarray as xr

from inspector.figures import Panel, Scale, heatmap
from inspector.inspection import Inspection
from inspector.measures import KINDS
from inspector.progress import tracked
from inspector.views.retrieval_terms import ONE_STEP, added_up, applies, members, parts, second_pass
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import image_control
from inspector.views.view import Choices, Choose, Computed, Control, View

MEASURES = {
    "share": "share of the output, signed: all parts of a row sum to 1",
    "size": "size: norm of the part over norm of the output",
}
OWN = "own"
ONLY = "1 by construction: the only part"
ABSENT = "no such part of this layer's output"


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    chains = {name: name for name in members(inspection)}
    return (
        *image_control(inspection),
        Choose("chain", "Chain", chains, begin=_longest(inspection)),
        Choose("measure", "Measure", MEASURES),
    )


def _longest(inspection: Inspection) -> str:
    chains = members(inspection)
    return max(chains, key=lambda name: len(chains[name]))


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    layers = members(inspection)[choices["chain"]]
    maps = second_pass(inspection, choices, layers)
    rows = {layer: parts(maps, layer) for layer in tracked(layers, "layers")}
    found = [str(kind) for row in rows.values() for kind in row["kind"].values]
    panels = {title: _panel(rows, kind) for kind, title in KINDS.items() if kind in found}
    one_step = (ONE_STEP,) if "shortcut" in found else ()
    return Computed(panels, (added_up(rows.values()), *one_step))


def _panel(rows: dict[str, xr.Dataset], kind: str) -> xr.Dataset:
    """Parts of one kind (layer, source), and where a layer has no other part."""
    own = [_of_kind(row, kind) for row in rows.values()]
    known = {source for part in own for source in part["source"].values.tolist()}
    sources = [name for name in (*rows, OWN) if name in known]
    layer = xr.Variable("layer", list(rows), {"long_name": "layer"})
    table = xr.concat([part.reindex(source=sources) for part in own], dim=layer, join="exact")
    alone = xr.DataArray([row.sizes["term"] == 1 for row in rows.values()], dims="layer")
    table["source"].attrs["long_name"] = "layer it comes from"
    return table.assign(alone=table["share"].notnull() & alone)


def _of_kind(row: xr.Dataset, kind: str) -> xr.Dataset:
    """Share and relative size (source) of a layer's parts of one kind."""
    here = row["kind"].values == kind
    # Where only the last step is known, each layer has the same two parts, both its own.
    sources = np.where("shortcut" in row["kind"].values, OWN, row["source"].values)[here]
    size = row["size"] / (row.attrs["size"] or np.nan)
    size.attrs = {"long_name": "norm of the part over norm of the output", "units": "1"}
    named = {"share": row["share"], "size": size}
    return xr.Dataset(
        {name: ("source", values.values[here], values.attrs) for name, values in named.items()},
        {"source": sources},
    )


def _maps(computed: Computed, choices: Choices) -> Maps:
    measure = choices["measure"]
    other = next(name for name in MEASURES if name != measure)
    panels = {
        title: Panel(data[measure], {other: data[other]}, {ONLY: data["alone"]})
        for title, data in computed.panels.items()
    }
    largest = max(float(abs(panel.values).max()) for panel in panels.values()) or 1.0
    figure = partial(heatmap, x="source", y="layer", absent=ABSENT)
    return Maps(panels, _scale(measure, largest), figure)


def _scale(measure: str, largest: float) -> Scale:
    if measure == "share":
        return Scale.diverging(largest, "share of the output (signed)")
    return Scale(0.0, largest, "norm of the part over norm of the output")


PARTS = View(
    key="mrla_parts",
    title="MRLA output taken apart",
    shows="What each layer's retrieved values, and everything else that its shortcut carries, add "
    "to what it puts out (row), by the layer it comes from (column).",
    caveat="Exact for the output of the layer attention alone: a norm, in some networks a ReLU "
    "too, follows, and later features depend on it in ways that no sum shows. A negative share "
    "cancels part of the others; a large share says nothing of the prediction.",
    applies=applies,
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
    costly=True,
)
