"""The view of inter-layer correlation: do the layers of a stage attend alike?"""

from math import isnan

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import Panel, Scale, heatmap
from inspector.inspection import Inspection
from inspector.measures import Definition, inter_layer_correlation, pair_mean
from inspector.views.selection import stacked
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, NothingToDraw, View

DEFINITIONS = {
    "per_image": "per image: over features, then mean over images",
    "pooled": "pooled: over all images and features",
    "centred": "centred: each feature's mean over images removed",
}
COMPARED = {
    ("mrla", "base"): "weight",
    ("mrla", "light"): "gate",
    ("dia", ""): "gate",
    ("gates", "shared SE"): "gate",
}
"""What is correlated, by mechanism and form: entries that mean the same in every layer."""


def _kinds(inspection: Inspection) -> list[tuple[str, str]]:
    return [kind for kind in COMPARED if kind[1] in inspection.variants(kind[0])]


def _applies(inspection: Inspection) -> str | None:
    if _kinds(inspection):
        return None
    return (
        "Needs layers whose attention shares its axes (MRLA, DIA, shared SE). Slot 3 of one "
        "layer's memory and slot 3 of another's are unrelated vectors, so correlating external "
        "attention over slots would compare nothing."
    )


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    return (
        Choose(
            "definition",
            "Definition",
            DEFINITIONS,
            help="A gate that hardly depends on the image scores near 1 on the first two and says "
            "nothing about images; the third asks whether two layers deviate together.",
        ),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    panels: dict[str, xr.Dataset] = {}
    notes: list[str] = []
    for mechanism, variant in _kinds(inspection):
        name = COMPARED[mechanism, variant]
        found, held_back = stacked(inspection, mechanism, variant, names=[name])
        notes += held_back
        for chain, data in found.items():
            if data.sizes["layer"] == 1:
                notes.append(f"{chain}: a single layer, with none to correlate it with.")
                continue
            panels[chain] = _correlation(data[name], choices["definition"])
    notes += [_summary(chain, data) for chain, data in panels.items()]
    if not panels:
        raise NothingToDraw(" ".join(notes))
    return Computed(panels, tuple(notes))


def _correlation(values: xr.DataArray, definition: Definition) -> xr.Dataset:
    layers = {str(name): _own(values.sel(layer=name, drop=True)) for name in values["layer"].values}
    return inter_layer_correlation(layers, definition)


def _own(row: xr.DataArray) -> xr.DataArray:
    """A row without the labels that its layer does not have."""
    return row.dropna("retrieved_layer") if "retrieved_layer" in row.dims else row


def _summary(chain: str, data: xr.Dataset) -> str:
    mean = pair_mean(data["correlation"])
    if isnan(mean):
        return f"{chain}: undefined for every pair of layers."
    return f"{chain}: mean over pairs of layers {mean:.2f}."


def _draw(computed: Computed, _choices: Choices) -> go.Figure:
    panels = {
        chain: Panel(
            data["correlation"],
            extras={"values": data["n"], "images": data["images"], "undefined because": _why(data)},
        )
        for chain, data in computed.panels.items()
    }
    scale = Scale.diverging(1.0, "Pearson correlation")
    return heatmap(panels, x="other_layer", y="layer", scale=scale, absent="undefined")


def _why(data: xr.Dataset) -> xr.DataArray:
    return data["reason"].where(data["reason"] != "", "(defined)")


CORRELATION = View(
    key="correlation",
    title="Inter-layer correlation",
    shows="Pearson correlation between the attention of every two layers of a stage.",
    caveat="One image says little, and a gate that ignores the image correlates with itself. MRLA "
    "rows are compared on the layers that both can retrieve. The definitions are ours: the DIA "
    "paper gives a figure (0.85) without saying over which vectors.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    contrast=Contrast(),
)
