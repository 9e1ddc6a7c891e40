"""Views of what each retrieval edge does: the causal map, and mass against effect."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import xarray as xr

from inspector.figures import Figure, Panel, Scale, heatmap, scatter
from inspector.inspection import Inspection
from inspector.measures import EFFECTS, rank_association
from inspector.views.cuts import controls_of_cuts, cuts_of
from inspector.views.mrla import BY_CONSTRUCTION, OUT_OF_REACH
from inspector.views.rerunning import needs_parts
from inspector.views.scaling import Coloured, Maps
from inspector.views.view import Choices, Choose, Computed, Control, View
from inspector.views.words import counted

# Causal map ---------------------------------------------------------------------------------------


def _map(inspection: Inspection, choices: Choices) -> Computed:
    cuts = cuts_of(inspection, choices)
    return Computed(cuts.chains, cuts.notes)


def _maps(computed: Computed, choices: Choices) -> Maps:
    panels: dict[str, Panel] = {}
    scales: dict[str, Scale] = {}
    effect = _effect_scale(computed, choices["measure"])
    for chain, data in computed.panels.items():
        mass, cause = f"{chain}: retrieval weight", f"{chain}: effect"
        extras = {"uniform would be": data["uniform"]}
        panels[mass] = Panel(data["weight"], extras, {BY_CONSTRUCTION: data["forced"]})
        panels[cause] = Panel(data["effect"], {"spread over replacements": data["spread"]})
        scales |= {mass: Scale.unit("retrieval weight (share of 1)"), cause: effect}
    figure = partial(heatmap, x="retrieved_layer", y="layer", absent=OUT_OF_REACH, columns=2)
    return Maps(panels, scales, figure)


def _effect_scale(computed: Computed, measure: str) -> Scale:
    """One scale for the effects of all chains, centred on 0 where they have a sign."""
    unit = EFFECTS[measure][1]
    sizes = (float(abs(data["effect"]).max()) for data in computed.panels.values())
    limit = max(sizes) or 1.0
    label = f"{SHORT[measure]} ({unit})"
    return Scale(0.0, limit, label) if measure == "distance" else Scale.diverging(limit, label)


SHORT = {
    "logit": "change of the logit",
    "probability": "change of the probability",
    "distance": "change of all logits, L2",
}

CAUSAL_MAP = View(
    key="causal_map",
    title="Causal map",
    shows="What each retrieval edge does to the prediction when it alone is replaced (right), "
    "beside how much is retrieved over it (left).",
    caveat="One image, one edge at a time: edges that stand in for each other each look idle. The "
    "effect depends on what is put in an edge's place and on whether the row is renormalised.",
    applies=needs_parts("edge"),
    controls=controls_of_cuts,
    compute=_map,
    draw=Coloured(_maps),
    costly=True,
)

# Mass against effect ------------------------------------------------------------------------------

MASSES = {"weight": "retrieval weight", "ratio": "retrieval weight / uniform weight"}


def _scatter_controls(inspection: Inspection) -> tuple[Control, ...]:
    mass = Choose(
        "mass",
        "Mass",
        MASSES,
        help="Rows of different length share 1 among more or fewer layers; the ratio allows for "
        "that.",
    )
    return (*controls_of_cuts(inspection), mass)


def _points(inspection: Inspection, choices: Choices) -> Computed:
    cuts = cuts_of(inspection, choices)
    rows = [_edges_of(chain, data, choices["mass"]) for chain, data in cuts.chains.items()]
    points = xr.concat(rows, "edge", combine_attrs="override")
    left_out = sum(int(data["forced"].sum()) for data in cuts.chains.values())
    notes = (
        *_associations(dict(zip(cuts.chains, rows, strict=True)), points),
        f"Left out ({BY_CONSTRUCTION}): {counted(left_out, 'edge')}.",
    )
    return Computed({"edges": points}, (*notes, *cuts.notes))


def _edges_of(chain: str, data: xr.Dataset, mass: str) -> xr.Dataset:
    """The edges of a chain that could have another weight, one by one."""
    kept = data.where(~data["forced"]).stack(edge=("layer", "retrieved_layer")).dropna("edge")
    size = kept["weight"] / kept["uniform"] if mass == "ratio" else kept["weight"]
    about = kept["effect"].attrs
    names = [f"{layer} from {label}" for layer, label in kept["edge"].values]
    return xr.Dataset(
        {
            "mass": ("edge", size.values, {"long_name": MASSES[mass], "units": "1"}),
            "effect": ("edge", np.abs(kept["effect"].values), _sized(about)),
            "chain": ("edge", [chain] * len(names)),
        },
        coords={"edge": names},
    )


def _sized(about: dict) -> dict:
    if about["long_name"] == EFFECTS["distance"][0]:
        return about  # it has no sign to lose
    return about | {"long_name": f"size of the {about['long_name']}"}


def _associations(chains: Mapping[str, xr.Dataset], every: xr.Dataset) -> tuple[str, ...]:
    """Whether mass and effect go together, over all edges and in each chain, and how it is told."""
    found = {"all edges": every, **(chains if len(chains) > 1 else {})}
    each = {what: rank_association(one["mass"], one["effect"]) for what, one in found.items()}
    about = each["all edges"].attrs
    told = "; ".join(_association(what, one) for what, one in each.items())
    return (
        f"Spearman of mass and effect: {told}.",
        f"In brackets {about['level']:.0%} intervals: bootstrap over edges, {about['resamples']} "
        f"resamples, seed {about['seed']}.",
    )


def _association(what: str, found: xr.Dataset) -> str:
    count = found.attrs["n"]
    if not np.isfinite(found["rho"]):
        return f"{what} none (n = {count}, too few or all alike)"
    rho, low, high = (found[name].item() for name in ("rho", "low", "high"))
    return f"{what} {rho:.2f} ({low:.2f} to {high:.2f}, n = {count})"


def _draw_points(computed: Computed, _choices: Choices) -> Figure:
    return scatter(computed.panels["edges"], x="mass", y="effect", group="chain", label="edge")


MASS_EFFECT = View(
    key="mass_effect",
    title="Mass against effect",
    shows="Each retrieval edge by how much is retrieved over it (right) and by how far the "
    "prediction moves when it alone is replaced (up).",
    caveat="Edges of one image are not independent of each other, so the interval tells how much "
    "rests on single edges, not what other images would show.",
    applies=needs_parts("edge"),
    controls=_scatter_controls,
    compute=_points,
    draw=_draw_points,
    costly=True,
    merges=False,
)
