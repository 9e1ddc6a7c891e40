"""Which layers retrieve from which: MRLA-base's weights over earlier layers, mean over images."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from torch import Tensor

from hooks import chains, stack
from inspector.figures import Panel, Scale, heatmap
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study, Subject, attention
from inspector.findings.words import estimate, short, sides, span
from inspector.measures import (
    mean_interval,
    outlying,
    ratio_to_uniform,
    retrieval_distance,
    uniform_weight,
)
from inspector.zoo import LoadedModel

CLAIM = (
    "MRLA sends a query of the current layer to all layers before it, to retrieve query-related "
    "information from different levels of receptive fields (Fang et al., ICLR 2023, "
    "arXiv 2302.03985, abstract). A number for which layers are retrieved could not be found."
)
CAVEAT = (
    "Weights of a short row are large whatever is learnt; the ratio to a uniform row allows for "
    "that. Much weight is not much influence: see mass and effect. Means over heads hide heads "
    "that disagree."
)
STRONGEST = 3
"""Edges named in the text."""


def look(model: LoadedModel, pixels: Tensor) -> Seen:
    """Weights (sample, layer, retrieved_layer) of each chain, mean over heads."""
    node = attention(model, pixels, "mrla")
    return {
        chain: stack(node, chain, names=["weight"])["weight"].mean("head") for chain in chains(node)
    }


SUBJECT = Subject("cifar_resnet56_mrlab", look)


def finding(study: Study) -> Finding:
    """Returns what MRLA-base retrieves, against uniform rows and random twins."""
    seen = study.seen(SUBJECT)
    twins = [numbers(one) for one in study.twins(SUBJECT)]
    rows = {chain: by_layer(weight) for chain, weight in seen.items()}
    beside = {chain: _of_twins(chain, twins) for chain in rows}
    return Finding(
        title="Which layers retrieve from which (MRLA-base)",
        claim=CLAIM,
        found=(*_strongest(seen), *_shares(rows, beside), _variation(seen)),
        table=_table(rows, beside),
        caveat=CAVEAT,
        figures={"Mean retrieval weight over what a uniform row would give": _figure(seen)},
        verdicts={"MRLA-base": outlying(numbers(study.first(SUBJECT)), twins)},
    )


def numbers(seen: Seen) -> Numbers:
    """Returns mean weight of each edge of each chain, which is what twins are compared by."""
    return {chain: weight.mean("sample") for chain, weight in seen.items()}


def by_layer(weight: xr.DataArray) -> Mapping[str, xr.Dataset]:
    """Returns ``self share`` and ``distance`` (layer) with intervals, and those of uniform rows.

    Args:
        weight: of a chain, (sample, layer, retrieved_layer).
    """
    even = uniform_weight(weight.isel(sample=0), "retrieved_layer")
    both = {"own": weight, "uniform": even.expand_dims("sample")}
    found: dict[str, xr.Dataset] = {}
    for name, measure in MEASURES.items():
        own, uniform = (measure(values) for values in both.values())
        with_choice = slice(1, None)  # the first layer of a chain can but retrieve itself
        found[name] = (
            mean_interval(own)
            .assign(uniform=uniform.isel(sample=0, drop=True))
            .isel(layer=with_choice)
        )
    return found


def own_share(weight: xr.DataArray) -> xr.DataArray:
    """Returns what each layer keeps for itself, the dims of `weight` but ``retrieved_layer``."""
    itself = weight["layer"] == weight["retrieved_layer"]
    return weight.where(itself).sum("retrieved_layer")


MEASURES = {"self share": own_share, "distance": retrieval_distance}
"""What is told of each layer's row."""


def _strongest(seen: Seen) -> tuple[str, ...]:
    edges = [edge for weight in seen.values() for edge in _edges(weight)]
    first = sorted(edges, key=lambda edge: -edge[0])[:STRONGEST]
    told = "; ".join(text for _, text in first)
    away = np.array([ratio for ratio, _ in edges])
    return (
        f"Furthest above a uniform row: {told}.",
        f"Over all {len(edges)} edges of layers with a choice, mean weight is {span(away)} times "
        "uniform.",
    )


def _edges(weight: xr.DataArray) -> list[tuple[float, str]]:
    """Ratio to uniform of each edge that could have another weight, and the edge in words."""
    found = mean_interval(weight)
    ratio = ratio_to_uniform(found["value"]).isel(layer=slice(1, None))
    edges = []
    for layer, source in np.argwhere(np.isfinite(ratio.values)):
        one = ratio[layer, source]
        place = {"layer": one["layer"], "retrieved_layer": one["retrieved_layer"]}
        words = (
            f"`{one['layer'].item()}` from `{one['retrieved_layer'].item()}`, weight "
            f"{estimate(found.sel(place))}, {short(one.item())} times uniform"
        )
        edges.append((one.item(), words))
    return edges


def _shares(
    rows: Mapping[str, Mapping[str, xr.Dataset]], beside: Mapping[str, Mapping[str, xr.DataArray]]
) -> list[str]:
    """On which side of a uniform row layers are, and how many leave the range of the twins."""
    told = []
    for name in MEASURES:
        every = xr.concat([one[name] for one in rows.values()], "layer")
        others = xr.concat([one[name] for one in beside.values()], "layer").sel(
            layer=every["layer"]
        )
        above, below, same = sides(every["low"], every["high"], every["uniform"])
        told.append(
            f"{name.capitalize()}: above that of a uniform row in {above} of "
            f"{every.sizes['layer']} layers, below it in {below}, not told apart in {same}; "
            f"{_out_of_range(every['value'], others)}."
        )
    return told


def _out_of_range(own: xr.DataArray, others: xr.DataArray) -> str:
    """In how many layers a number is none that twins (twin, layer) have."""
    outside = int(((own > others.max("twin")) | (own < others.min("twin"))).sum())
    chance = 2 * own.sizes["layer"] / (1 + others.sizes["twin"])
    return f"out of the range of the twins in {outside} (one more twin: in {short(chance)})"


def _variation(seen: Seen) -> str:
    """How far a weight depends on the image, which is what a query is for."""
    ratios = [
        (w.std("sample") / w.mean("sample")).isel(layer=slice(1, None)) for w in seen.values()
    ]
    values = np.concatenate([ratio.values.ravel() for ratio in ratios])
    middle = np.nanmedian(values)
    return (
        "From image to image a weight has a standard deviation of "
        f"{short(100 * middle)} % of its mean (median over edges)."
    )


def _of_twins(chain: str, twins: list[Numbers]) -> Mapping[str, xr.DataArray]:
    """Self share and distance of the twins (twin, layer)."""
    return {
        name: xr.concat([measure(one[chain]) for one in twins], "twin")
        for name, measure in MEASURES.items()
    }


def _table(
    rows: Mapping[str, Mapping[str, xr.Dataset]], beside: Mapping[str, Mapping[str, xr.DataArray]]
) -> Table:
    head = ("layer", "self share", "uniform", "twins", "mean distance", "uniform", "twins")
    lines = [line for chain, found in rows.items() for line in _lines(found, beside[chain])]
    return Table(head, tuple(lines))


def _lines(
    found: Mapping[str, xr.Dataset], beside: Mapping[str, xr.DataArray]
) -> list[tuple[str, ...]]:
    lines = []
    for layer in found["distance"]["layer"].values:
        cells = [f"`{layer}`"]
        for name, data in found.items():
            here = data.sel(layer=layer)
            others = span(beside[name].sel(layer=layer))
            cells += [estimate(here), short(float(here["uniform"])), others]
        lines.append(tuple(cells))
    return lines


def _figure(seen: Seen) -> go.Figure:
    ratios = {chain: ratio_to_uniform(weight.mean("sample")) for chain, weight in seen.items()}
    largest = max(float(ratio.max()) for ratio in ratios.values())
    panels = {chain: Panel(ratio) for chain, ratio in ratios.items()}
    scale = Scale.ratio(largest, "weight / uniform weight")
    return heatmap(panels, x="retrieved_layer", y="layer", scale=scale, absent="no edge")
