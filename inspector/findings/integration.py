"""Feature integration: from which earlier blocks a forest can tell a block's features."""

from collections.abc import Mapping

import plotly.graph_objects as go
import xarray as xr

from inspector.figures import Scale, heatmap
from inspector.findings.alike import DIA, SE
from inspector.findings.finding import Finding, Numbers, Table
from inspector.findings.study import Seen, Study
from inspector.findings.words import places, short, span
from inspector.measures import Forest, feature_integration, outlying
from inspector.measures.feature_integration import MIN_IMAGES
from inspector.progress import tracked

CLAIM = (
    "A random forest that predicts a block's features from those of earlier blocks draws on many "
    "of them in a DIA network, so that DIA integrates features of different layers (Huang et al., "
    "AAAI 2020, arXiv 1905.10671, figure on feature integration). What is drawn there is the "
    "forest's own importance; held-out images, or a network that shares nothing, could not be "
    "found beside it."
)
CAVEAT = (
    "An association over images, no wiring: every block sees the same image, so that one tells of "
    "another in any network. Blocks that go together share what they can tell, and shuffling one "
    "of them may lose nothing. Forests take long, so that these are the first images of the set "
    "alone; R² has no interval but a baseline of shuffled images."
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
COMPARED = "DIA, gate"


def finding(study: Study) -> Finding:
    """Returns what forests tell of DIA's blocks, beside SE's and those of random twins."""
    told = {
        name: integrated(_features(study.seen(subject), prefix), IMAGES, FOREST)
        for name, (subject, prefix) in SETS.items()
    }
    own, count = numbers(study.first(DIA)), min(BESIDE, study.beside(DIA))
    twins = [numbers(one) for one in study.twins(DIA)]
    return Finding(
        title="Feature integration (DIA)",
        claim=CLAIM,
        found=(
            *(_sentence(name, one) for name, one in told.items()),
            _reach(told),
            _trained(own, twins, count),
        ),
        table=_table(told, own, twins, count),
        caveat=CAVEAT,
        figures={"R² lost when an earlier block is shuffled, DIA's pooled branches": _figure(told)},
        verdicts={"DIA": outlying(own, twins)},
    )


def numbers(seen: Seen) -> Numbers:
    """Returns R² of each block's gates, by stage."""
    found = integrated(_features(seen, ""), BESIDE, SMALL)
    return {chain: data["r2"] for chain, data in found.items()}


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
        f"better than with images shuffled, R² {span(every['r2'])} (mean "
        f"{short(float(every['r2'].mean()))}) on held-out ones of {images} images."
    )


def _reach(told: Mapping[str, Mapping[str, xr.Dataset]]) -> str:
    """Whether what is lost is lost with the block before, or with those further back."""
    shares = {name: short(100 * nearest_share(found)) for name, found in told.items()}
    words = "; ".join(f"{name} {share} %" for name, share in shares.items())
    return f"Of the R² lost by shuffling, the block right before accounts for: {words}."


def _trained(own: Numbers, twins: list[Numbers], count: int) -> str:
    """Whether training shows in how well blocks are predicted."""
    every, *theirs = (xr.concat(list(one.values()), "layer") for one in (own, *twins))
    return f"On {count} images, R² of DIA's gates is {places(every, theirs, 'blocks')}."


def nearest_share(found: Mapping[str, xr.Dataset]) -> float:
    """Returns the share of all R² lost that is lost with the block right before; NaN for none.

    Losses below 0, which are none, are left out, and so are blocks with a single source.
    """
    near = whole = 0.0
    for data in found.values():
        losses = data["loss"].isel(layer=slice(1, None)).values.clip(0)
        for place, row in enumerate(losses, 1):
            near, whole = near + row[place], whole + row[: place + 1].sum()
    return near / whole if whole else float("nan")


def _table(
    told: Mapping[str, Mapping[str, xr.Dataset]], own: Numbers, twins: list[Numbers], count: int
) -> Table:
    head = ("features", "stage", "blocks predicted", "R²", "95 % with images shuffled")
    rows = []
    for name, found in told.items():
        for chain, data in found.items():
            predicted = f"{int(data['predicted'].sum())} of {data.sizes['layer']}"
            rows.append((name, chain, predicted, span(data["r2"]), span(data["baseline"])))
    fewer = f"{count} images, {SMALL.trees} trees"
    for name, networks in ((COMPARED, [own]), (f"{COMPARED}, twins", twins)):
        every = xr.concat([value for one in networks for value in one.values()], "layer")
        rows.append((f"{name} ({fewer})", "all", "", span(every), ""))
    return Table(head, tuple(rows))


def _figure(told: Mapping[str, Mapping[str, xr.Dataset]]) -> go.Figure:
    found = next(iter(told.values()))
    panels = {chain: data["loss"].where(data["predicted"]) for chain, data in found.items()}
    scale = Scale.of(panels.values(), "R² lost (signed)")
    return heatmap(
        panels, x="source_layer", y="layer", scale=scale, absent="not earlier, or not predicted"
    )


__all__ = ["MIN_IMAGES", "finding", "integrated", "nearest_share", "numbers"]
