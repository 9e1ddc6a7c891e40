"""Feature integration: from which earlier blocks a forest can tell a block's features."""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from inspector.figures import Figure, Scale, heatmap
from inspector.findings.alike import DIA, SE
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study
from inspector.findings.words import among, estimate, places, short, span
from inspector.measures import Forest, feature_integration, mean_interval, outlying
from inspector.measures.feature_integration import MIN_IMAGES
from inspector.progress import tracked

CLAIM = (
    "DIA lets information from other layers flow, so that features of different layers are "
    "integrated (Huang et al., AAAI 2020, arXiv 1905.10671, abstract). A figure of the paper, "
    "known here by description alone, has a random forest predict a block's pooled features from "
    "those of earlier blocks, and draws the forest's own importance (Gini) of each, of a DIA "
    "network."
)
CAVEAT = (
    "An association over images, no wiring: every block sees the same image, so that one tells of "
    "another in any network. Blocks that go together share what they can tell, and shuffling one "
    "of them may lose nothing. A DIA gate is made from the one before, so that it is predictable "
    "by construction; the pooled branch is not. Forests take long, so that these are the first "
    "images of the set alone. An interval here is over blocks, which are not independent."
)
IMAGES = 500
BESIDE = 100
FOREST = Forest(trees=50, repeats=2)
SMALL = Forest(trees=10, repeats=1)
"""For networks compared with their twins: on fewer images too, the same on either side."""

SETS = {
    "DIA, pooled branch": (DIA, "pooled "),
    "DIA, gate": (DIA, ""),
    "SE, gate (nothing is shared)": (SE, ""),
}
COMPARED = "DIA, pooled branch"
"""What the paper's figure is of."""


def finding(study: Study) -> Finding:
    """Returns what forests tell of DIA's blocks, beside SE's and those of random twins."""
    told = {
        name: integrated(_features(study.seen(subject), prefix), IMAGES, FOREST)
        for name, (subject, prefix) in SETS.items()
    }
    own, count = _small(study.first(DIA)), min(BESIDE, study.beside(DIA))
    twins = [_small(one) for one in study.twins(DIA)]
    return Finding(
        title="Feature integration (DIA)",
        claim=CLAIM,
        found=(
            *(_sentence(name, one) for name, one in told.items()),
            *_reach(told),
            *_trained(own, twins, count),
        ),
        table=_table(told, own, twins, count),
        caveat=CAVEAT,
        figures={"R² lost when an earlier block is shuffled, DIA's pooled branches": _figure(told)},
        verdicts={COMPARED: outlying(numbers(own), [numbers(one) for one in twins])},
    )


def _small(seen: Seen) -> dict[str, xr.Dataset]:
    """What smaller forests tell of fewer images, by stage: of networks compared with twins."""
    return integrated(_features(seen, SETS[COMPARED][1]), BESIDE, SMALL)


def numbers(found: Mapping[str, xr.Dataset]) -> Numbers:
    """Returns R² of each block, and the share of splits of each source, by stage."""
    r2 = {f"r2 {chain}": data["r2"] for chain, data in found.items()}
    return r2 | {f"splits {chain}": data["split_share"] for chain, data in found.items()}


def integrated(
    features: Mapping[str, xr.DataArray], images: int, forest: Forest
) -> dict[str, xr.Dataset]:
    """Returns what `feature_integration` tells of each stage.

    Args:
        features: (sample, layer, channel) by stage.
        images: how many of them at most.
        forest: how it is grown.
    """
    return {
        chain: feature_integration(features[chain][:images], forest)
        for chain in tracked(list(features), "stages")
    }


def _features(seen: Seen, prefix: str) -> dict[str, xr.DataArray]:
    """Gates, or pooled branches, by stage."""
    pooled = {key.removeprefix("pooled "): v for key, v in seen.items() if key.startswith("pooled")}
    return pooled if prefix else {key: v for key, v in seen.items() if key.partition(" ")[2] == ""}


def _sentence(name: str, found: Mapping[str, xr.Dataset]) -> str:
    every = xr.concat([data[["r2", "predicted"]] for data in found.values()], "layer")
    images = next(iter(found.values())).attrs["images"]
    return (
        f"{name}: {int(every['predicted'].sum())} of {every.sizes['layer']} blocks are predicted "
        f"better than with images shuffled, R² {span(every['r2'])} (mean over blocks "
        f"{estimate(mean_interval(every['r2'], 'layer'))}) on held-out ones of {images} images."
    )


def _reach(told: Mapping[str, Mapping[str, xr.Dataset]]) -> Iterator[str]:
    """Whether a forest draws on the block before, or on those further back."""
    for title, quantity in NEAREST.items():
        shares = (
            f"{name} {short(100 * nearest_share(found, quantity))} %"
            for name, found in told.items()
        )
        yield f"{title} the block right before accounts for: {'; '.join(shares)}."


NEAREST = {
    "Of the forest's own importance": "split_share",
    "Of the R² lost by shuffling": "loss",
}


def _trained(
    own: Mapping[str, xr.Dataset], twins: list[dict[str, xr.Dataset]], count: int
) -> Iterator[str]:
    """Whether training shows in how well blocks are predicted, and from which."""
    r2, *theirs = (
        xr.concat([data["r2"] for data in one.values()], "layer") for one in (own, *twins)
    )
    yield f"On {count} images, R² of DIA's pooled branches is {places(r2, theirs, 'blocks')}."
    for title, quantity in NEAREST.items():
        near, *others = (100 * nearest_share(one, quantity) for one in (own, *twins))
        yield f"{title} there the block right before accounts for so many %: {among(near, others)}."


def nearest_share(found: Mapping[str, xr.Dataset], quantity: str) -> float:
    """Returns the share of all of a quantity that the block right before has.

    Signed losses are added as they are, as noise has either sign; NaN if nothing is lost in all.
    Blocks with a single source are left out.

    Args:
        found: of `feature_integration`, by stage.
        quantity: ``split_share`` or ``loss``.
    """
    near = whole = 0.0
    for data in found.values():
        rows = data[quantity].isel(layer=slice(1, None)).values
        for place, row in enumerate(rows, 1):
            sources = np.nan_to_num(row[: place + 1])
            near, whole = near + sources[-1], whole + sources.sum()
    return float(near / whole) if whole > 0 else float("nan")


def _table(
    told: Mapping[str, Mapping[str, xr.Dataset]],
    own: Mapping[str, xr.Dataset],
    twins: list[dict[str, xr.Dataset]],
    count: int,
) -> Table:
    head = ("features", "stage", "blocks predicted", "R²", "95 % with images shuffled")
    rows = []
    for name, found in told.items():
        for chain, data in found.items():
            predicted = f"{int(data['predicted'].sum())} of {data.sizes['layer']}"
            rows.append((name, chain, predicted, span(data["r2"]), span(data["baseline"])))
    fewer = f"{count} images, {SMALL.trees} trees"
    for name, networks in ((COMPARED, [own]), (f"{COMPARED}, twins", twins)):
        every = xr.concat([data["r2"] for one in networks for data in one.values()], "layer")
        rows.append((f"{name} ({fewer})", "all", "", span(every), ""))
    return Table(head, tuple(rows))


def _figure(told: Mapping[str, Mapping[str, xr.Dataset]]) -> Figure:
    found = next(iter(told.values()))
    panels = {chain: data["loss"].where(data["predicted"]) for chain, data in found.items()}
    scale = Scale.of(panels.values(), "R² lost (signed)")
    return heatmap(
        panels, x="source_layer", y="layer", scale=scale, absent="not earlier, or not predicted"
    )


__all__ = ["MIN_IMAGES", "finding", "integrated", "nearest_share", "numbers"]
