"""Which layers retrieve from which: MRLA-base's weights over earlier layers, mean over images."""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr
from torch import Tensor

from hooks import chains, stack
from inspector.figures import Figure, Panel, Scale, heatmap
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study, Subject, attention
from inspector.findings.words import among, estimate, places, short, sides, span
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
    "arXiv 2302.03985, abstract). Which layers those are, the abstract does not say."
)
CAVEAT = (
    "Weights of a short row are large whatever is learnt; the ratio to a uniform row allows for "
    "that. Much weight is not much influence: see mass and effect. Means over heads hide heads "
    "that disagree. A layer with a single source retrieves it whatever is learnt, and is left out."
)
STRONGEST = 3
"""Edges named in the text."""

Rows = Mapping[str, Mapping[str, xr.Dataset]]
"""What is told of each layer's row, by chain."""


def look(model: LoadedModel, pixels: Tensor) -> Seen:
    """Weights (sample, layer, retrieved_layer) of each chain, mean over heads."""
    node = attention(model, pixels, "mrla")
    return {
        chain: stack(node, chain, names=["weight"])["weight"].mean("head") for chain in chains(node)
    }


SUBJECT = Subject("cifar_resnet56_mrlab", look)


def finding(study: Study) -> Finding:
    """Returns what MRLA-base retrieves, against uniform rows and random twins."""
    seen, first = study.seen(SUBJECT), study.first(SUBJECT)
    told = [(numbers(one), variation(one)) for one in study.twins(SUBJECT)]
    own, twins = numbers(first), [one for one, _ in told]
    rows = {chain: by_layer(weight) for chain, weight in seen.items()}
    of_twins = [_measured(one) for one in twins]
    return Finding(
        title="Which layers retrieve from which (MRLA-base)",
        claim=CLAIM,
        found=(
            *_strongest(seen),
            f"Largest weight / uniform weight of an edge, on the images of the twins: "
            f"{among(largest(own), map(largest, twins))}.",
            *_shares(rows, _measured(own), of_twins),
            "From image to image a weight has a standard deviation of so many % of its mean "
            "(median over edges), on the images of the twins: "
            f"{among(100 * variation(first), [100 * one for _, one in told])}.",
        ),
        table=_table(rows, of_twins, study.beside(SUBJECT)),
        caveat=CAVEAT,
        figures={"Mean retrieval weight over what a uniform row would give": _figure(seen)},
        verdicts={
            "MRLA-base, which layers": outlying(own, twins),
            "MRLA-base, how far that depends on the image": outlying(
                _number(variation(first)), [_number(one) for _, one in told]
            ),
        },
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


def _number(value: float) -> Numbers:
    """One number as what is compared with twins."""
    return {"number": xr.DataArray(value)}


def largest(edges: Numbers) -> float:
    """Returns the largest ratio to a uniform row of any mean weight (layer, retrieved_layer)."""
    ratios = [ratio_to_uniform(mean).isel(layer=slice(1, None)) for mean in edges.values()]
    return max(float(ratio.max()) for ratio in ratios)


def variation(seen: Seen) -> float:
    """Returns how far a weight depends on the image, which is what a query is for.

    It is the standard deviation over images as a share of the mean, median over edges.
    """
    ratios = [
        (w.std("sample") / w.mean("sample")).isel(layer=slice(1, None)) for w in seen.values()
    ]
    return float(np.nanmedian(np.concatenate([ratio.values.ravel() for ratio in ratios])))


def own_share(weight: xr.DataArray) -> xr.DataArray:
    """Returns what each layer keeps for itself, the dims of `weight` but ``retrieved_layer``."""
    itself = weight["layer"] == weight["retrieved_layer"]
    return weight.where(itself).sum("retrieved_layer")


MEASURES = {"weight on itself": own_share, "distance": retrieval_distance}
"""What is told of each layer's row."""


def _measured(edges: Numbers) -> Mapping[str, xr.DataArray]:
    """Of mean weights, by measure: what is told of each layer's row (layer)."""
    return {
        name: xr.concat(
            [measure(mean).isel(layer=slice(1, None)) for mean in edges.values()], "layer"
        )
        for name, measure in MEASURES.items()
    }


def _strongest(seen: Seen) -> tuple[str, ...]:
    edges = [edge for weight in seen.values() for edge in _edges(weight)]
    first = sorted(edges, key=lambda edge: -edge[0])[:STRONGEST]
    told = "; ".join(text for _, text in first)
    away = np.array([ratio for ratio, _ in edges])
    return (
        f"Furthest above a uniform row: {told}. A longer row lets a ratio be larger.",
        f"Over all {len(edges)} edges of layers with two sources or more, mean weight is "
        f"{span(away)} times uniform.",
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
    rows: Rows, own: Mapping[str, xr.DataArray], twins: list[Mapping[str, xr.DataArray]]
) -> Iterator[str]:
    """On which side of a uniform row layers are, and on which of the twins."""
    for name in MEASURES:
        every = xr.concat([one[name] for one in rows.values()], "layer")
        above, below, same = sides(every["low"], every["high"], every["uniform"])
        yield (
            f"{name.capitalize()}: above that of a uniform row in {above} of "
            f"{every.sizes['layer']} layers, below it in {below}, not told apart in {same}; on the "
            f"images of the twins {places(own[name], [one[name] for one in twins], 'layers')}."
        )


def _table(rows: Rows, twins: list[Mapping[str, xr.DataArray]], beside: int) -> Table:
    head = ["layer"]
    for name in ("weight on itself", "mean distance"):
        head += [name, "uniform", f"twins, {beside} images"]
    lines = [line for found in rows.values() for line in _lines(found, twins)]
    return Table(tuple(head), tuple(lines))


def _lines(
    found: Mapping[str, xr.Dataset], twins: list[Mapping[str, xr.DataArray]]
) -> Iterator[tuple[str, ...]]:
    for layer in found["distance"]["layer"].values:
        cells = [f"`{layer}`"]
        for name, data in found.items():
            here = data.sel(layer=layer)
            others = np.array([one[name].sel(layer=layer).item() for one in twins])
            cells += [estimate(here), short(float(here["uniform"])), span(others)]
        yield tuple(cells)


def _figure(seen: Seen) -> Figure:
    ratios = {chain: ratio_to_uniform(weight.mean("sample")) for chain, weight in seen.items()}
    largest = max(float(ratio.max()) for ratio in ratios.values())
    panels = {chain: Panel(ratio) for chain, ratio in ratios.items()}
    scale = Scale.ratio(largest, "weight / uniform weight")
    return heatmap(panels, x="retrieved_layer", y="layer", scale=scale, absent="no edge")
