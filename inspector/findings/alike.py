"""How alike the gates of a stage's layers are: correlation of SE and DIA, in three definitions."""

from collections.abc import Iterator, Mapping
from typing import get_args

import numpy as np
import xarray as xr
from torch import Tensor

from hooks import chains, stack
from inspector.figures import Figure, Scale, heatmap
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study, Subject, attention
from inspector.findings.words import among, estimate, short, span
from inspector.measures import (
    Definition,
    inter_layer_correlation,
    layer_similarity,
    mean_interval,
    outlying,
    pair_mean,
)
from inspector.measures.resampling import Resampling
from inspector.zoo import LoadedModel

REPORTED = 0.85
CLAIM = (
    "Attention maps of different layers are strongly correlated, with an average Pearson "
    f"coefficient of up to {REPORTED} (Huang et al., arXiv 2210.16101, abstract), which is why to "
    "share one module among layers, as DIA does (Huang et al., AAAI 2020, arXiv 1905.10671). Of "
    "which networks, layers and vectors, the abstract does not say, so that three definitions are "
    "told here. Per image: over the channels of one image, then the mean over images. Pooled: "
    "over all channels and images at once. Centred: the same, each channel without its mean over "
    "images (`inspector.measures.Definition`)."
)
CAVEAT = (
    "Only layers of one stage have the same channels and can be correlated. A gate that hardly "
    "depends on the image scores high per image and pooled, with images shuffled too; centred "
    "asks whether two layers deviate together. That DIA's gates are alike is built in: one module "
    "makes them all from a state that is handed on, and does so before any training."
)
PARTS = 10
DRAWS = 39
"""Orders of the images for the baseline."""

LEAST = 5
"""Images of a part, so that there is a baseline."""


def look_se(model: LoadedModel, pixels: Tensor) -> Seen:
    """Gates (sample, layer, channel) of each stage."""
    node = attention(model, pixels, "gates")
    return {chain: stack(node, chain, names=["gate"])["gate"] for chain in chains(node)}


def look_dia(model: LoadedModel, pixels: Tensor) -> Seen:
    """The same of DIA, and the pooled branches that its module reads, by ``pooled`` and stage."""
    node = attention(model, pixels, "dia", "full")
    found = {chain: stack(node, chain, names=["gate", "pooled"]) for chain in chains(node)}
    gates = {chain: data["gate"] for chain, data in found.items()}
    return gates | {f"pooled {chain}": data["pooled"] for chain, data in found.items()}


SE = Subject("cifar_resnet56_se", look_se)
DIA = Subject("cifar_resnet56_dia", look_dia)
SUBJECTS = {"SE": SE, "DIA": DIA}


def gates(seen: Seen) -> dict[str, xr.DataArray]:
    """Returns gates (sample, channel) by layer."""
    return {
        str(layer): values.sel(layer=layer, drop=True)
        for chain, values in seen.items()
        if not chain.startswith("pooled ")
        for layer in values["layer"].values
    }


def finding(study: Study) -> Finding:
    """Returns how alike layers are in both networks, against shuffled images and random twins."""
    tables = {name: averages(gates(study.seen(subject))) for name, subject in SUBJECTS.items()}
    own = {name: numbers(study.first(subject)) for name, subject in SUBJECTS.items()}
    twins = {
        name: [numbers(one) for one in study.twins(subject)] for name, subject in SUBJECTS.items()
    }
    return Finding(
        title="How alike the attention of layers is (SE against DIA)",
        claim=CLAIM,
        found=(*_told(tables), *_trained(own, twins), _largest(tables["SE"])),
        table=_table(tables, own, twins),
        caveat=CAVEAT,
        figures={"Correlation of gates, per image": _figure(tables)},
        verdicts={name: outlying(own[name], twins[name]) for name in SUBJECTS},
    )


def numbers(seen: Seen) -> Numbers:
    """Returns the correlation of every two different layers in each definition, (pair)."""
    vectors = gates(seen)
    return {
        name: _pairs(inter_layer_correlation(vectors, name)["correlation"])
        for name in get_args(Definition)
    }


def _pairs(table: xr.DataArray) -> xr.DataArray:
    """Each pair once, and no layer with itself."""
    above = np.triu_indices(table.sizes["layer"], k=1)
    return xr.DataArray(table.transpose("layer", "other_layer").values[above], dims="pair")


def averages(vectors: Mapping[str, xr.DataArray]) -> Mapping[str, xr.Dataset]:
    """Returns by definition the mean over pairs of layers, ``all`` and ``adjacent`` (pairs).

    Images are cut into ten parts: ``value``, ``low`` and ``high`` are the mean of the parts and its
    interval, ``mean`` (part) that of each, ``mean_baseline`` is the mean with the images of one
    layer shuffled, and ``similarity`` (layer, other_layer) that of each pair.

    Args:
        vectors: (sample, channel) by layer.
    """
    return {name: _average(vectors, name) for name in get_args(Definition)}


def _average(vectors: Mapping[str, xr.DataArray], definition: Definition) -> xr.Dataset:
    how = Resampling(baseline=True, draws=DRAWS)
    count = next(iter(vectors.values())).sizes["sample"]
    parts = np.array_split(np.arange(count), max(min(PARTS, count // LEAST), 1))
    found = [
        layer_similarity(
            {name: values.isel(sample=part) for name, values in vectors.items()},
            definition=definition,
            resampling=how,
        )
        for part in parts
    ]
    kept = ["mean", "mean_baseline", "similarity"]
    each = xr.concat([data[kept] for data in found], "part")
    others = each[["mean_baseline", "similarity"]].mean("part")
    return mean_interval(each["mean"], "part").merge(others).assign(mean=each["mean"])


def _told(tables: Mapping[str, Mapping[str, xr.Dataset]]) -> Iterator[str]:
    for definition in get_args(Definition):
        se, dia = (tables[name][definition].sel(pairs="all") for name in SUBJECTS)
        shuffled = (short(float(one["mean_baseline"])) for one in (se, dia))
        gap = mean_interval(dia["mean"] - se["mean"], "part")
        yield (
            f"{_words(definition).capitalize()}: {estimate(se)} for SE and {estimate(dia)} for DIA "
            "on average over pairs of a stage's layers, with images shuffled "
            f"{' and '.join(shuffled)}; {_which(gap)}."
        )


def _which(gap: xr.Dataset) -> str:
    """Whose layers are more alike, by how far DIA's are above those of SE in the same images."""
    if gap["low"] > 0:
        return f"DIA's layers are more alike, by {estimate(gap)}"
    if gap["high"] < 0:
        return f"SE's layers are more alike, DIA's by {estimate(gap)}"
    return "the two are not told apart"


def _trained(own: Mapping[str, Numbers], twins: Mapping[str, list[Numbers]]) -> Iterator[str]:
    """Where the averages of trained networks lie among those of twins, on the same images."""
    for definition in get_args(Definition):
        ours = {name: _mean(own[name], definition) for name in SUBJECTS}
        theirs = {name: _means(twins[name], definition) for name in SUBJECTS}
        told = [f"{name} {among(ours[name], theirs[name])}" for name in SUBJECTS]
        gap = among(ours["DIA"] - ours["SE"], theirs["DIA"] - theirs["SE"])
        yield (
            f"{_words(definition).capitalize()}, on the images of the twins: {'; '.join(told)}; "
            f"DIA minus SE {gap}."
        )


def _words(definition: str) -> str:
    return definition.replace("_", " ")


def _largest(tables: Mapping[str, xr.Dataset]) -> str:
    """The largest average of the ordinary module beside the one that the paper reports."""
    found = {
        f"{_words(name)}, {stage}": value
        for name, data in tables.items()
        for stage, value in _by_stage(data["similarity"]).items()
        if np.isfinite(value)
    }
    if not found:
        return "The ordinary module (SE) has no correlation: its gates are the same everywhere."
    where = max(found, key=lambda key: found[key])
    side = "below" if found[where] < REPORTED else "at or above"
    return (
        f"The ordinary module (SE) averages {short(found[where])} at most ({where}), {side} the "
        f"{REPORTED} that the paper reports as the most it saw."
    )


def _by_stage(similarity: xr.DataArray) -> dict[str, float]:
    """The mean over the pairs of each stage, and of all."""
    stages = {str(name).partition(".")[0] for name in similarity["layer"].values}
    found = {"all stages": pair_mean(similarity)}
    for stage in sorted(stages):
        here = [name for name in similarity["layer"].values if name.startswith(f"{stage}.")]
        found[stage] = pair_mean(similarity.sel(layer=here, other_layer=here))
    return found


def _table(
    tables: Mapping[str, Mapping[str, xr.Dataset]],
    own: Mapping[str, Numbers],
    twins: Mapping[str, list[Numbers]],
) -> Table:
    head = (
        "network",
        "definition",
        "all pairs",
        "neighbours",
        "images shuffled",
        "all pairs, on the twins' images",
        "twins",
    )
    rows = []
    for network, by_definition in tables.items():
        for definition, data in by_definition.items():
            both = [estimate(data.sel(pairs=pairs)) for pairs in ("all", "adjacent")]
            shuffled = short(round(float(data["mean_baseline"].sel(pairs="all")), 3) + 0.0)
            same = short(_mean(own[network], definition))
            others = span(_means(twins[network], definition))
            rows.append((network, _words(definition), *both, shuffled, same, others))
    return Table(head, tuple(rows))


def _mean(told: Numbers, definition: str) -> float:
    """The mean over pairs; NaN for none."""
    known = told[definition].values[np.isfinite(told[definition].values)]
    return float(known.mean()) if known.size else float("nan")


def _means(twins: list[Numbers], definition: str) -> np.ndarray:
    """The mean over pairs of each twin."""
    return np.array([_mean(one, definition) for one in twins])


def _figure(tables: Mapping[str, Mapping[str, xr.Dataset]]) -> Figure:
    named = {name: _numbered(one["per_image"]["similarity"]) for name, one in tables.items()}
    scale = Scale.diverging(1.0, "Pearson correlation")
    return heatmap(named, x="other_layer", y="layer", scale=scale, absent="other channels")


def _numbered(values: xr.DataArray) -> xr.DataArray:
    """Names as short as a page needs: stage and block."""
    names = [name.replace(".ModuleList", "") for name in values["layer"].values]
    return values.assign_coords(layer=names, other_layer=names)
