"""Slots of external attention: which are dead, and which have to do with classes."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from torch import Tensor

from inspector.figures import Figure, estimates
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study, Subject, attention
from inspector.findings.words import estimate, percent, places, short, span
from inspector.measures import (
    Draws,
    effective_number,
    mean_interval,
    outlying,
    relative_mass,
    variance_explained,
)
from inspector.measures.discoveries import LEVEL, among_all
from inspector.measures.slots import UNUSED_BELOW, first_share
from inspector.zoo import LoadedModel

CLAIM = (
    "Two small memories are shared by all samples, so that external attention implicitly "
    "considers the correlations between all of them (Guo et al., arXiv 2105.02358, abstract). The "
    "abstract neither counts dead slots nor holds slots against classes."
)
CAVEAT = (
    "That a slot's use differs between classes does not make it a class's prototype: colour or "
    "texture differ as well, and a class explains something in random networks too. Use is a mean "
    "over tokens and heads, so that tokens or heads that disagree look even. Dead means below "
    f"{UNUSED_BELOW:g} of a uniform mass in every head of every image, which normalising over "
    "tokens makes rare whatever is learnt. Slots are the less even the larger a network's logits "
    "are. Of fewer images more slots seem dead, and more seems explained, so that twins are told "
    "beside the same images."
)


def look(model: LoadedModel, pixels: Tensor) -> Seen:
    """Use of each slot (sample, layer, slot): mean and largest over heads, and first share."""
    node = attention(model, pixels, "external_attention")
    found: dict[str, list[xr.DataArray]] = {"use": [], "most": [], "first": []}
    for layer in node.children.values():
        affinity = layer["affinity"].drop_vars("token", errors="ignore")
        mass = relative_mass(affinity)
        for name, values in (
            ("use", mass.mean("head")),
            ("most", mass.max("head")),
            ("first", first_share(affinity).mean("head")),
        ):
            found[name].append(values.reset_coords(drop=True).astype(np.float32))
    names = xr.Variable("layer", list(node.children), {"long_name": "layer"})
    return {name: xr.concat(parts, names, coords="minimal") for name, parts in found.items()}


SUBJECT = Subject("cifar_vit_external", look)
BESIDE = {"dead": "dead", "in use": "in use", "explained": "class explains"}
"""What the table tells of the network beside its twins, on the same images."""

FEW = Draws(count=1)
"""For twins, of which the share alone is compared."""


def finding(study: Study) -> Finding:
    """Returns dead slots and slots that go with classes, against random twins."""
    seen = study.seen(SUBJECT)
    explained = variance_explained(seen["use"], study.labels, ["slot"])
    few = study.labels[: study.beside(SUBJECT)]
    own = numbers(study.first(SUBJECT), few)
    twins = [numbers(one, few) for one in study.twins(SUBJECT)]
    return Finding(
        title="Dead slots, and slots and classes (external attention)",
        claim=CLAIM,
        found=(
            _dead(seen),
            _needed(seen),
            _with_classes(explained),
            *_trained(own, twins),
            _single(seen, study.labels),
        ),
        table=_table(seen, explained, own, twins),
        caveat=CAVEAT,
        figures={"Share of the variance of slot use that the class explains": _figure(explained)},
        verdicts={
            title: outlying(_one(own, key), [_one(one, key) for one in twins])
            for key, title in JUDGED.items()
        },
    )


JUDGED = {
    "explained": "external attention, what the class explains",
    "in use": "external attention, slots in use",
}
"""What is held against twins, each for itself: training may change one and not the other."""


def numbers(seen: Seen, labels: np.ndarray) -> Numbers:
    """Returns by layer dead slots, slots in use, what the class explains of all and of the most."""
    each = variance_explained(seen["use"], labels, (), FEW)["share"]
    return {
        "dead": dead(seen).sum("slot").astype(np.float64),
        "in use": in_use(seen["use"]).mean("sample"),
        "explained": variance_explained(seen["use"], labels, ["slot"], FEW)["share"],
        "most": each.max("slot"),
    }


def _one(told: Numbers, key: str) -> Numbers:
    return {key: told[key]}


def dead(seen: Seen) -> xr.DataArray:
    """Returns which slots (layer, slot) no head of any image uses."""
    return seen["most"].max("sample") < UNUSED_BELOW


def in_use(use: xr.DataArray) -> xr.DataArray:
    """Returns how many slots, evenly used, would be as spread out; use (..., slot)."""
    return effective_number(use / use.sum("slot"), "slot")


def _dead(seen: Seen) -> str:
    count, every = int(dead(seen).sum()), dead(seen).size
    images = seen["use"].sizes["sample"]
    dominant = int((seen["first"].mean("sample") > 0.5).sum())
    return (
        f"{count} of {every} slots of {seen['use'].sizes['layer']} layers are dead over {images} "
        f"images; {dominant} are the top slot of more than half of all tokens."
    )


def _needed(seen: Seen) -> str:
    found = mean_interval(in_use(seen["use"]))
    return (
        "Over all tokens and heads of an image a layer uses the equivalent of "
        f"{span(found['value'])} of {seen['use'].sizes['slot']} slots evenly."
    )


def _with_classes(explained: xr.Dataset) -> str:
    beyond = int((among_all(explained["p"].values) <= LEVEL).sum())
    return (
        f"The class explains {span(100 * explained['share'])} % of the variance of slot use by "
        f"layer, with labels permuted {span(100 * explained['baseline'])} %: more than with those "
        f"in {beyond} of {explained.sizes['layer']} layers ({100 * LEVEL:.0f} % false "
        "discoveries). Photographs of a class are alike, so that random networks show it too:"
    )


def _trained(own: Numbers, twins: list[Numbers]) -> Iterator[str]:
    """Whether training shows in what the class explains, in how many slots are in use, ..."""
    for key, title in (
        ("explained", "the share that the class explains is"),
        ("most", "that of the slot of which it explains most is"),
        ("in use", "slots in use are"),
    ):
        told = places(own[key], [one[key] for one in twins], "layers")
        yield f"On the images of the twins {title} {told}."
    dead_ones = span(np.array([float(one["dead"].sum()) for one in twins]))
    yield f"Dead slots there: {short(float(own['dead'].sum()))}, of random twins {dead_ones}."


def _single(seen: Seen, labels: np.ndarray) -> str:
    """The slot that goes most with classes."""
    each = variance_explained(seen["use"], labels, (), FEW)["share"]
    place = each.argmax(...)
    best = each.isel(place)
    return (
        f"Of all {each.size} slots that which goes most with classes is {best['slot'].item()} of "
        f"`{best['layer'].item()}`: {percent(best.item())} of its variance (median of all slots "
        f"{percent(float(each.median()))})."
    )


def _table(seen: Seen, explained: xr.Dataset, own: Numbers, twins: list[Numbers]) -> Table:
    head = ["layer", "dead", "in use", "class explains", "permuted"]
    for title in BESIDE.values():
        head += [f"{title}, on the twins' images", "twins"]
    layers = [str(layer) for layer in seen["use"]["layer"].values]
    lines = [_line(layer, seen, explained) + _beside(layer, own, twins) for layer in layers]
    return Table(tuple(head), tuple(lines))


def _line(layer: str, seen: Seen, explained: xr.Dataset) -> tuple[str, ...]:
    here = explained.sel(layer=layer)
    return (
        f"`{layer}`",
        str(int(dead(seen).sel(layer=layer).sum())),
        estimate(mean_interval(in_use(seen["use"].sel(layer=layer)))),
        estimate(here.rename(share="value")),
        short(float(here["baseline"])),
    )


def _beside(layer: str, own: Numbers, twins: list[Numbers]) -> tuple[str, ...]:
    """What network and twins show of the same images."""
    cells: list[str] = []
    for name in BESIDE:
        others = [one[name].sel(layer=layer).item() for one in twins]
        cells += [short(own[name].sel(layer=layer).item()), span(np.array(others))]
    return tuple(cells)


def _figure(explained: xr.Dataset) -> Figure:
    share = explained[["share", "low", "high"]].rename(share="value")
    null = xr.Dataset({"value": explained["baseline"]})
    null = null.assign(low=null["value"] * np.nan, high=null["value"] * np.nan)
    for data in (share, null):
        data["value"].attrs = {"long_name": "variance explained", "units": "share of 1"}
    return estimates({"labels as they are": share, "labels permuted": null}, x="layer")
