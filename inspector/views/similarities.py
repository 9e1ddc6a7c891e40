"""Similarities are what the views of layer similarity compute: tables, and sentences about them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from inspector.inspection import Inspection
from inspector.measures import MEASURES, Measure, Resampling, adjusted, layer_similarity
from inspector.measures.discoveries import LEVEL
from inspector.measures.resampling import LEAST_IMAGES
from inspector.views.compared import kinds, titled, vectors
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw, Toggle

DEFINITIONS = {
    "per_image": "per image: over features, then mean over images",
    "pooled": "pooled: over all images and features",
    "centred": "centred: each feature's mean over images removed",
}
PAPER = 0.85
PAPER_SAYS = (
    "The DIA paper (arXiv 2210.16101) reports an average Pearson correlation of up to 0.85; its "
    "abstract does not state over which vectors, so it need not be the same quantity."
)
DIFFER = {"two-sided": "in either direction", "greater": "upwards"}
MORE = "Add samples to compare in the app, or capture more images."


def applies(inspection: Inspection) -> str | None:
    """The sentence why nothing can be compared; None if something can."""
    found = kinds(inspection)
    if not found:
        return "Needs two layers with attention of one kind, to compare them with each other."
    if not _measures(inspection):
        return (
            f"Needs at least {MEASURES['cka'].least_images} images. Slot 3 of one layer's memory "
            "and slot 3 of another's are unrelated vectors, so correlating over slots would "
            f"compare nothing, and CKA, which can, has {len(inspection.images)}."
        )
    return None


def coefficient_controls(inspection: Inspection) -> tuple[Control, ...]:
    """Which coefficient, over which vectors."""
    measures = _measures(inspection)
    choose = Choose(
        "measure",
        "Measure",
        measures,
        help="Correlations and cosine pair entry with entry, so layers must share their labels. "
        "CKA asks whether the same images are alike in both layers, whatever their features; it "
        f"is offered from {MEASURES['cka'].least_images} images on, and means little below some "
        "dozens.",
    )
    if not any(MEASURES[key].labelled for key in measures):
        return (choose,)
    definition = Choose(
        "definition",
        "Definition",
        _definitions(inspection),
        help="A gate that hardly depends on the image scores near 1 on the first two and says "
        "nothing about images; the third, offered from 2 images on, asks whether two layers "
        "deviate together. CKA has one definition only.",
    )
    return (choose, definition)


def resampling_controls(*, start: bool) -> tuple[Control, ...]:
    """Whether images are drawn anew and shuffled."""
    return (
        Toggle(
            "interval",
            "Intervals",
            start,
            help="95 % intervals over images like these: how far the number depends on which "
            "images were looked at.",
        ),
        Toggle(
            "baseline",
            "Shuffled baseline",
            start,
            help="The same number with the images of one layer shuffled. What does not differ from "
            "it is not about the images.",
        ),
    )


def tables(inspection: Inspection, choices: Choices, *, means: bool = True) -> Computed:
    """A panel of ``layer_similarity`` for each chain, or for all layers of a mechanism.

    Its attribute ``compared`` says what of the layers was compared.
    With a baseline, each has ``adjusted_p`` and ``indistinct``, over all pairs of all panels.

    Args:
        inspection: with layers of one kind.
        choices: of the coefficient, and what is drawn anew.
        means: whether the notes tell the means of each panel, or only where there are none.

    Raises:
        NothingToDraw: no chain has two layers, or no two can be compared.
    """
    panels, notes = {}, []
    found = kinds(inspection)
    for kind in found:
        joined = choices.get("layers") == "all"
        groups, said = vectors(inspection, kind, joined=joined)
        notes += said
        for chain, group in groups.items():
            data = _similarity(group, choices).assign_attrs(compared=kind.title)
            panels[titled(chain, kind, found)] = data
    if not panels:
        raise NothingToDraw(" ".join(dict.fromkeys(notes)))
    _require_pairs(panels)
    if choices["baseline"]:
        panels = _with_discoveries(panels)
    said = [_summary(title, data) for title, data in panels.items() if means or not _pairs_of(data)]
    told = (*dict.fromkeys(notes), *said, *_method(inspection, panels, choices))
    return Computed(panels, told)


def _measures(inspection: Inspection) -> dict[str, str]:
    """Titles of the measures that some kind of attention here admits."""
    aligned = any(kind.aligned for kind in kinds(inspection))
    enough = len(inspection.images) >= MEASURES["cka"].least_images
    return {
        key: measure.title
        for key, measure in MEASURES.items()
        if (aligned if measure.labelled else enough)
    }


def _definitions(inspection: Inspection) -> dict[str, str]:
    """Titles of the definitions; of one image nothing deviates from a mean over images."""
    several = len(inspection.images) > 1
    return {key: title for key, title in DEFINITIONS.items() if several or key != "centred"}


def _similarity(group: Mapping[str, xr.DataArray], choices: Choices) -> xr.Dataset:
    resampling = Resampling(interval=choices["interval"], baseline=choices["baseline"])
    definition = choices.get("definition", "per_image")
    return layer_similarity(group, choices["measure"], definition, resampling)


def _with_discoveries(panels: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    p = adjusted({title: data["p"] for title, data in panels.items()})
    return {
        title: data.assign(adjusted_p=p[title], indistinct=p[title] > LEVEL)
        for title, data in panels.items()
    }


def _require_pairs(panels: Mapping[str, xr.Dataset]) -> None:
    """Refuses panels without any pair of layers that has a coefficient."""
    if not any(map(_pairs_of, panels.values())):
        reasons = dict.fromkeys(reason for data in panels.values() for reason in _reasons(data))
        raise NothingToDraw(f"No two layers can be compared: {'; '.join(reasons)}. {MORE}")


def _pairs_of(data: xr.Dataset) -> int:
    """How many pairs of layers have a coefficient."""
    return int(data["pair_count"].sel(pairs="all"))


def _reasons(data: xr.Dataset) -> dict[str, None]:
    """Why pairs of layers have none, each reason once."""
    reasons = data["reason"].values
    return dict.fromkeys(reasons[np.triu_indices(len(reasons), 1)].tolist())


def _summary(title: str, data: xr.Dataset) -> str:
    """The means of a panel, each with its interval."""
    if not _pairs_of(data):
        return f"{title}: undefined for every pair of layers ({'; '.join(_reasons(data))})."
    every, near = (_mean(data.sel(pairs=pairs)) for pairs in ("all", "adjacent"))
    null = float(data["mean_baseline"].sel(pairs="all"))
    shuffled = f"; with shuffled images {two_digits(null)}" if np.isfinite(null) else ""
    return f"{title}: mean over pairs of layers {every}, of neighbours {near}{shuffled}."


def _mean(of: xr.Dataset) -> str:
    mean, low, high = (float(of[name]) for name in ("mean", "mean_low", "mean_high"))
    if np.isnan(mean):
        return "undefined"
    return (
        f"{two_digits(mean)} ({two_digits(low)} to {two_digits(high)})"
        if np.isfinite(low)
        else two_digits(mean)
    )


def two_digits(value: float) -> str:
    """Two digits, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}"


def _method(
    inspection: Inspection, panels: Mapping[str, xr.Dataset], choices: Choices
) -> list[str]:
    """How many images, how intervals and baseline came about, and what the paper says."""
    images, measure = len(inspection.images), MEASURES[choices["measure"]]
    without = "definition" in choices and not measure.labelled
    said = ["CKA has one definition, whichever is chosen."] if without else []
    if images >= LEAST_IMAGES:
        about = next(iter(panels.values())).attrs
        said += [_interval(about, measure)] if choices["interval"] else []
        said += [_baseline(about, panels)] if choices["baseline"] else []
    elif choices["interval"] or choices["baseline"]:
        few = f"Intervals and baseline need at least {LEAST_IMAGES} images, got {images}."
        said.append(f"{few} {MORE}")
    return [*said, PAPER_SAYS] if measure.key == "pearson" else said


def _interval(about: Mapping[str, Any], measure: Measure) -> str:
    seed = f"; {about['draws']} draws, seed {about['seed']}" if measure.interval.random else ""
    return f"Intervals of {about['level']:.0%}: {about['interval']}{seed}."


def _baseline(about: Mapping[str, Any], panels: Mapping[str, xr.Dataset]) -> str:
    tested = sum(_pairs(data["adjusted_p"].notnull()) for data in panels.values())
    same = sum(_pairs(data["indistinct"]) for data in panels.values())
    return (
        f"Baseline: {about['baseline']}, at most {about['draws']} orders, seed {about['seed']}. "
        f"{tested - same} of {tested} pairs differ from it ({DIFFER[about['alternative']]}); at "
        f"most {LEVEL:.0%} of these are expected to be false (Benjamini-Hochberg over all pairs "
        "drawn)."
    )


def _pairs(symmetric: xr.DataArray) -> int:
    return int(symmetric.sum()) // 2
