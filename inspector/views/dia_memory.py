"""Views of DIA's memory: what its cell keeps and writes, and which block wrote what it holds."""

from functools import partial

import xarray as xr

from inspector.figures import Figure, Panel, Scale, heatmap, profile
from inspector.inspection import Inspection
from inspector.views.dia_state import has_inside, memories, sources
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import image_control, layers, of_number
from inspector.views.view import Choices, Choose, Computed, Control, Slide, View

# Kept and written ---------------------------------------------------------------------------------

SUMS = {
    "size": "mean size over channels, signs dropped",
    "mean": "mean over channels, signs kept: carried + written = cell",
    "kept": "share kept (forget gate), mean over channels",
}
PARTS = {"carried": "carried over", "written": "written", "cell": "cell"}


def _memory_controls(inspection: Inspection) -> tuple[Control, ...]:
    return (*image_control(inspection), Choose("sum", "Summed up as", SUMS))


def _memory(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = memories(inspection, choices)
    return Computed({c: _summed_up(data, choices["sum"]) for c, data in found.items()}, notes)


def _summed_up(data: xr.Dataset, how: str) -> xr.Dataset:
    """Parts along ``layer``, a number for each block."""
    if how == "kept":
        return data[["kept"]].mean("channel", keep_attrs=True)
    parts = data[list(PARTS)]
    summed = abs(parts).mean("channel") if how == "size" else parts.mean("channel")
    title = "mean size" if how == "size" else "mean, signed"
    for name in PARTS:
        summed[name].attrs = {"long_name": title, "units": "cell units"}
    return summed


def _draw_memory(computed: Computed, choices: Choices) -> Figure:
    if choices["sum"] == "kept":
        return profile(computed.panels, x="layer", limits=(0.0, 1.0), references={"untrained": 0.5})
    named = {chain: data.rename(PARTS) for chain, data in computed.panels.items()}
    return profile(named, x="layer", references={"zero": 0.0})


MEMORY = View(
    key="dia_memory",
    title="DIA memory",
    shows="What the shared cell carries over from the block before, what each block writes into "
    "it, and what it then holds, summed up over the channels of a stage.",
    caveat="The cell is not what gates the channels: that is the output gate times the sigmoid of "
    "the cell. A large cell may hardly be shown, and the first block of a stage carries nothing by "
    "construction. Sizes that are summed up with signs dropped do not add up.",
    applies=has_inside,
    controls=_memory_controls,
    compute=_memory,
    draw=_draw_memory,
)

# Contributions ------------------------------------------------------------------------------------

CHANNELS = {
    "mean": "mean over channels, signs kept: a row sums to the mean cell",
    "size": "mean size over channels, signs dropped",
    "one": "one channel: a row sums to its cell",
}
LATER = "later layer"


def _contribution_controls(inspection: Inspection) -> tuple[Control, ...]:
    most = max(layer.sizes["channel"] for layer in layers(inspection, "dia"))
    return (
        *image_control(inspection),
        Choose("channels", "Channels", CHANNELS),
        Slide("channel", "Which one", 0, most - 1, 0, 1, help="Where one channel is drawn."),
    )


def _contributions(inspection: Inspection, choices: Choices) -> Computed:
    found, notes = sources(inspection, choices)
    if choices["channels"] != "one":
        return Computed({c: _over(data, choices["channels"]) for c, data in found.items()}, notes)
    channel = int(choices["channel"])
    panels, lacking = of_number(found, "channel", channel)
    return Computed(panels, (f"Channel {channel}.", *lacking, *notes))


def _over(data: xr.Dataset, how: str) -> xr.Dataset:
    summed = (abs(data) if how == "size" else data).mean("channel")
    for name, values in data.data_vars.items():
        summed[name].attrs = values.attrs
    return summed


def _contribution_maps(computed: Computed, choices: Choices) -> Maps:
    how = choices["channels"]
    values = {chain: data["contribution"] for chain, data in computed.panels.items()}
    panels = {chain: _panel(data, how) for chain, data in computed.panels.items()}
    figure = partial(heatmap, x="source_layer", y="layer", absent=LATER)
    return Maps(panels, _scale(values, how), figure)


def _panel(data: xr.Dataset, how: str) -> Panel:
    """The map; where signs are kept, with the cell that a row sums to behind its label."""
    told = {"share kept since": data["kept"], "residual of the row": data["residual"]}
    cell = data["cell"].assign_attrs(long_name="sum", units="")
    return Panel(data["contribution"], told, of_rows=None if how == "size" else cell)


def _scale(values: dict[str, xr.DataArray], how: str) -> Scale:
    limit = max(float(abs(part).max()) for part in values.values()) or 1.0
    if how == "size":
        return Scale(0.0, limit, "contribution (mean size)")
    return Scale.diverging(limit, f"contribution ({'signed' if how == 'one' else 'signed mean'})")


CONTRIBUTIONS = View(
    key="dia_contributions",
    title="DIA contributions to the cell",
    shows="How much of the cell at each block (row) was written at each block up to it (column): "
    "what the block wrote times the forget gates since. These are the links that DIA's shared cell "
    "makes without wires.",
    caveat="The split of the cell is exact, but what a block writes depends on the gates before "
    "it, which it has read, and the gate is a sigmoid of the cell: nothing here says what the gate "
    "would be without a block. Rows differ in length and opposite signs cancel in a mean.",
    applies=has_inside,
    controls=_contribution_controls,
    compute=_contributions,
    draw=Coloured(_contribution_maps),
)
