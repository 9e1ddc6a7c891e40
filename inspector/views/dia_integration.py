"""The view of feature integration: from which earlier blocks can a forest tell a block's gates?"""

from functools import partial
from math import isnan

import xarray as xr

from inspector.figures import Panel, Scale, heatmap
from inspector.inspection import Inspection
from inspector.measures import feature_integration, uniform_weight
from inspector.measures.feature_integration import FOREST, MIN_IMAGES
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import distinct_images, lacks, layers, stacked
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw, View
from inspector.views.words import span

FEATURES = {"gate": "channel gates", "pooled": "pooled residual branches (as in the paper)"}
READINGS = {
    "loss": "R\N{SUPERSCRIPT TWO} lost when the earlier block is shuffled (held-out images)",
    "split_share": "share of the forest's splits (Gini, as in the paper; not held out)",
}
EVERY = "every"
NOT_DRAWN = "not earlier, or not predicted"


def _applies(inspection: Inspection) -> str | None:
    if not inspection.variants("dia"):
        return lacks(inspection, "a DIA network")
    count = len(distinct_images(inspection))
    if count < MIN_IMAGES:
        return (
            f"Needs at least {MIN_IMAGES} different images to hold some out, this inspection has "
            f"{count}: inspect more in one go, as in "
            "`inspector capture MODEL FOLDER/*.png -o OUT.nc`."
        )
    return None


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    held = layers(inspection, "dia")
    features = {key: title for key, title in FEATURES.items() if key in held[0].data_vars}
    chains = dict.fromkeys(str(layer.attrs["chain"]) for layer in held)
    stages = {EVERY: "every stage", **{chain: chain for chain in chains}}
    return (
        Choose("features", "Predicted", features),
        Choose("stage", "Stage", stages, help="One stage takes a part of the time."),
        Choose("reading", "Cells", READINGS),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    name, wanted = choices["features"], choices["stage"]
    found, held_back = stacked(inspection, "dia", names=[name])
    chosen = {chain: data[name] for chain, data in found.items() if wanted in {EVERY, chain}}
    single = [chain for chain, values in chosen.items() if values.sizes["layer"] < 2]
    notes = [*held_back, *(f"{chain}: a single block, with none before it." for chain in single)]
    samples = distinct_images(inspection)
    panels = {
        chain: feature_integration(values.isel(sample=samples), FOREST)
        for chain, values in chosen.items()
        if chain not in single
    }
    if not panels:
        raise NothingToDraw(" ".join(notes) or "Nothing of this stage was captured.")
    return Computed(panels, (*notes, *_method(panels), *map(_score, panels, panels.values())))


def _method(panels: dict[str, xr.Dataset]) -> tuple[str, ...]:
    used = next(iter(panels.values())).attrs
    return (
        f"{used['images']} different images; random forests of {used['trees']} trees, seed "
        f"{used['seed']}; R\N{SUPERSCRIPT TWO} over {used['folds']} folds of held-out images. "
        f"A row is drawn where R\N{SUPERSCRIPT TWO} is above 0 and above what {used['shuffles']} "
        f"shuffles of the held-out images give ({used['level']:.0%} false discoveries per stage, "
        "Benjamini-Hochberg). More than R\N{SUPERSCRIPT TWO} can be lost: a forest misled by a "
        "shuffled block does worse than the mean.",
    )


def _score(chain: str, data: xr.Dataset) -> str:
    count, of = int(data["predicted"].sum()), data.sizes["layer"]
    r2 = [value for value in data["r2"].values.tolist() if not isnan(value)]
    if not r2:
        return f"{chain}: nothing to predict, {data['reason'].values[0]}."
    r2_span = span(min(r2), max(r2))
    return f"{chain}: {count} of {of} blocks predicted, R\N{SUPERSCRIPT TWO} {r2_span}."


def _maps(computed: Computed, choices: Choices) -> Maps:
    reading = choices["reading"]
    values = {c: data[reading].where(data["predicted"]) for c, data in computed.panels.items()}
    panels = {c: _panel(values[c], data) for c, data in computed.panels.items()}
    shared = Scale.of(values.values(), "R\N{SUPERSCRIPT TWO} lost (signed)")
    if reading == "split_share":
        shared = Scale.unit("share of the forest's splits")
    figure = partial(heatmap, x="source_layer", y="layer", absent=NOT_DRAWN)
    return Maps(panels, shared, figure)


def _panel(values: xr.DataArray, data: xr.Dataset) -> Panel:
    told = {
        "R\N{SUPERSCRIPT TWO} (held out)": data["r2"],
        "95 % with images shuffled": data["baseline"],
        "adjusted p": data["p_adjusted"],
        "if all earlier blocks were alike": uniform_weight(data["split_share"], "source_layer"),
        "not drawn because": data["reason"],
    }
    r2 = data["r2"].assign_attrs(long_name="R\N{SUPERSCRIPT TWO}")
    return Panel(values, told, of_rows=r2)


INTEGRATION = View(
    key="dia_integration",
    title="DIA feature integration",
    shows="From which earlier blocks of a stage (columns) a random forest over many images can "
    "tell a block's channels (row), with the R\N{SUPERSCRIPT TWO} on held-out images beside each "
    "row.",
    caveat="This is predictive association over images, no causation and no wiring: all blocks see "
    "the same image, so one tells of another even with random weights and where no state is "
    "shared. Blocks that go together share what they can tell, so that shuffling one of them may "
    "lose nothing.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=Coloured(_maps),
    costly=True,
)
