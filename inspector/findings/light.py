"""How MRLA-light's weights differ: signed, unbounded, and implied by gates and decays.

`hooks.unrolling` defines the two that are told of, the nominal and the exact one.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr
from torch import Tensor

from hooks import chains, stack
from inspector.figures import Figure, estimates
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study, Subject, attention
from inspector.findings.words import among, estimate, percent, short, span
from inspector.measures import mean_interval, outlying
from inspector.zoo import LoadedModel

CLAIM = (
    "MRLA-light is a light version that reduces the quadratic cost of MRLA-base (Fang et al., "
    "ICLR 2023, arXiv 2302.03985, abstract): in the authors' code a recurrence with a learnable "
    "vector takes the place of the softmax over earlier layers. Written out, the weight of an "
    "earlier layer is its gate times a product of decays, whose sign nothing fixes. The abstract "
    "says nothing of signs."
)
CAVEAT = (
    "The nominal weight takes the paper's recurrence at its word; the exact one is what the "
    "network computes, and of an earlier output only the attention's part, not the features that "
    "the shortcut carries beside it. Decays belong to the network, so a sign is the same for "
    "every image. Random decays have either sign alike, so that about half of a twin's weights "
    "over earlier layers are below 0: signs that mix are no trace of learning."
)
FIGURE = "Size of a weight by how far it reaches back; of twins on fewer images"
KINDS = {"nominal": "nominal_weight", "exact": "exact_weight"}


def look(model: LoadedModel, pixels: Tensor) -> Seen:
    """Size of the weights, and share below 0, over channels (sample, chain, distance)."""
    node = attention(model, pixels, "mrla", "full")
    found: dict[str, dict[str, xr.DataArray]] = {}
    for chain in chains(node):
        data = stack(node, chain, names=list(KINDS.values()))
        for kind, name in KINDS.items():
            weight = data[name]
            negative = (weight < 0).where(weight.notnull())
            for what, values in (("size", abs(weight)), ("negative", negative)):
                mean = by_distance(values.mean("channel"))
                found.setdefault(f"{kind} {what}", {})[chain] = mean
    return {name: _joined(each) for name, each in found.items()}


SUBJECT = Subject("cifar_resnet56_mrlal", look)


def by_distance(values: xr.DataArray) -> xr.DataArray:
    """Returns means over the edges that reach as many layers back, ``distance`` from 0.

    Args:
        values: (layer, retrieved_layer, ...), both in depth order; NaN where there is no edge.
    """
    square = values.transpose(..., "layer", "retrieved_layer")
    count = square.sizes["layer"]
    diagonals = [
        np.diagonal(square.values, -back, axis1=-2, axis2=-1).mean(axis=-1) for back in range(count)
    ]
    dims = (*square.dims[:-2], "distance")
    return xr.DataArray(
        np.stack(diagonals, axis=-1),
        dims=dims,
        coords={"distance": ("distance", np.arange(count), {"long_name": "layers back"})},
    )


def _joined(chain: Mapping[str, xr.DataArray]) -> xr.DataArray:
    return xr.concat(list(chain.values()), xr.Variable("chain", list(chain)))


def finding(study: Study) -> Finding:
    """Returns sign and size of MRLA-light's weights, against random twins."""
    seen, own = study.seen(SUBJECT), numbers(study.first(SUBJECT))
    twins = [numbers(one) for one in study.twins(SUBJECT)]
    return Finding(
        title="How MRLA-light's signed weights differ",
        claim=CLAIM,
        found=(*_negative(seen, twins), *_sizes(seen), *_reach(own, twins)),
        table=_table(seen, twins, study.beside(SUBJECT)),
        caveat=CAVEAT,
        figures={
            "Size of a weight by how far it reaches back; of twins on fewer images": _figure(
                seen, twins
            )
        },
        verdicts={"MRLA-light": outlying(own, twins)},
    )


def numbers(seen: Seen) -> Numbers:
    """Returns sizes and shares by chain and distance, mean over images."""
    return {name: values.mean("sample") for name, values in seen.items()}


def _negative(seen: Seen, twins: list[Numbers]) -> list[str]:
    """The share below 0 among weights that a decay has a part in."""
    told = []
    for kind in KINDS:
        share = seen[name := f"{kind} negative"].mean("sample")
        others = np.array([to_earlier(one[name]) for one in twins])
        by_distance = share.isel(distance=slice(1, None)).mean("chain")
        told.append(
            f"{kind.capitalize()} weights over earlier layers: {percent(to_earlier(share))} are "
            f"below 0 ({span(100 * by_distance)} % by distance), of random twins "
            f"{span(100 * others)} %; MRLA-base has none."
        )
    return told


def to_earlier(share: xr.DataArray) -> float:
    """Returns the mean over all edges to earlier layers, mean over chains.

    Args:
        share: (chain, distance), of a chain of n layers the mean of the n - d edges that reach d
            layers back.
    """
    edges = share.sizes["distance"] - xr.DataArray(
        np.arange(share.sizes["distance"]), dims="distance"
    )
    earlier = slice(1, None)
    weighted = share.isel(distance=earlier).weighted(edges.isel(distance=earlier))
    return float(weighted.mean("distance").mean())


def _sizes(seen: Seen) -> list[str]:
    told = []
    for kind in KINDS:
        found = mean_interval(seen[f"{kind} size"].mean("chain"))
        near, far = found.isel(distance=0), found.isel(distance=-1)
        told.append(
            f"{kind.capitalize()} weights have a mean size of {estimate(near)} for a layer's own "
            f"value and {estimate(far)} for one {found.sizes['distance'] - 1} layers back, "
            f"{short(float(far['value'] / near['value']))} times as much."
        )
    return told


def _reach(own: Numbers, twins: list[Numbers]) -> Iterator[str]:
    """How fast weights fall with distance, beside random decays, which let them fall too."""
    for kind in KINDS:
        ratio, *others = (fall(one[f"{kind} size"]) for one in (own, *twins))
        yield (
            f"{kind.capitalize()} weights, farthest to own, on the images of the twins: "
            f"{among(ratio, others)}."
        )


def fall(size: xr.DataArray) -> float:
    """Returns the mean size at the largest distance as a share of that at 0; (chain, distance)."""
    mean = size.mean("chain")
    return float(mean.isel(distance=-1) / mean.isel(distance=0))


def _table(seen: Seen, twins: list[Numbers], beside: int) -> Table:
    head, others = ["layers back"], f"twins, {beside} images"
    for kind in KINDS:
        head += [f"{kind} size", others, f"{kind} below 0", others]
    count = next(iter(seen.values())).sizes["distance"]
    return Table(tuple(head), tuple(_line(back, seen, twins) for back in range(count)))


def _line(back: int, seen: Seen, twins: list[Numbers]) -> tuple[str, ...]:
    cells = [str(back)]
    for kind in KINDS:
        size, negative = f"{kind} size", f"{kind} negative"
        own = mean_interval(seen[size].isel(distance=back).mean("chain"))
        share = float(seen[negative].isel(distance=back).mean())
        others = [_of_twins(twins, name, back) for name in (size, negative)]
        cells += [estimate(own), span(others[0]), percent(share), f"{span(100 * others[1])} %"]
    return tuple(cells)


def _of_twins(twins: list[Numbers], name: str, back: int) -> np.ndarray:
    return np.array([float(one[name].isel(distance=back).mean()) for one in twins])


def _figure(seen: Seen, twins: list[Numbers]) -> Figure:
    series = {}
    for kind in KINDS:
        name = f"{kind} size"
        own = mean_interval(seen[name].mean("chain"))
        series[kind] = _named(own)
        others = xr.concat([one[name].mean("chain") for one in twins], "twin")
        middle = {"value": others.median("twin"), "low": others.min("twin")}
        series[f"{kind}, range of twins"] = _named(
            xr.Dataset({**middle, "high": others.max("twin")})
        )
    return estimates(series, x="distance")


def _named(data: xr.Dataset) -> xr.Dataset:
    data["value"].attrs = {"long_name": "mean size of a weight", "units": "factor"}
    return data.assign_coords(distance=data["distance"].astype(str))
