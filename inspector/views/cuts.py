"""The cuts of a network are all its retrieval edges, each replaced in turn, for views of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import xarray as xr

from hooks.errors import UnknownLabel
from inspector.inspection import Inspection
from inspector.interventions import Intervention, edges, sweep
from inspector.interventions.value import How
from inspector.measures import EFFECTS, uniform_weight
from inspector.views.alike import SHOWS
from inspector.views.selection import (
    MEAN,
    head_control,
    image_control,
    image_of,
    layers,
    of_head,
    of_image,
    stacked,
)
from inspector.views.view import Choices, Choose, Control, NothingToDraw, Toggle

ALONE = {"cut": "0", "uniform": "the uniform weight, 1 / number of layers"}
AMONG = {"average": "the mean over the other images", "resample": "what the next image has"}
SPREAD = "spread"


@dataclass(frozen=True)
class Cuts:
    """What replacing each edge did.

    Attributes:
        chains: per chain ``weight``, ``uniform`` and ``forced`` (1 by construction), and ``effect``
            and ``spread``, all (layer, retrieved_layer): the mean over replacements of the measure
            that was chosen, and its largest difference between them.
        notes: what was run, with what, and what was left out.
    """

    chains: Mapping[str, xr.Dataset]
    notes: tuple[str, ...]


def controls_of_cuts(inspection: Inspection) -> tuple[Control, ...]:
    """The choices of every view of cuts."""
    heads = head_control(layer.sizes["head"] for layer in layers(inspection, "mrla", "base"))
    together = replace(heads, options={**heads.options, MEAN: "all heads together"})
    ways = _ways(inspection)
    spread = {SPREAD: f"each of these {len(ways)} in turn: mean and spread"}
    return (
        *image_control(inspection),
        together,
        Choose("replacement", "Put in its place", {**ways, **spread}),
        Choose("measure", "Effect", {key: EFFECTS[key][0] for key in EFFECTS}),
        Toggle(
            "renormalise",
            "Renormalise the rest of the row",
            help="Scales the other weights so that the row keeps its sum; otherwise what was cut "
            "is missing from it.",
        ),
    )


def cuts_of(inspection: Inspection, choices: Choices) -> Cuts:
    """Every edge of the verified chains, replaced in turn.

    Raises:
        NothingToDraw: no chain was verified, none has the head, or the network refuses.
    """
    found, held_back = stacked(inspection, "mrla", "base", names=["weight"])
    rows = {chain: of_image(data, choices)["weight"] for chain, data in found.items()}
    weights, lacking = of_head(rows, choices)
    if inspection.model is None:
        raise NothingToDraw("Needs the model itself: inspect the image again.")
    chosen = choices["replacement"]
    ways = [way for way in _ways(inspection) if chosen in (way, SPREAD)]
    effects = {way: _swept(inspection, choices, weights, way) for way in ways}
    chains = {chain: _mapped(weight, effects, chain) for chain, weight in weights.items()}
    return Cuts(chains, (*held_back, *lacking, *_notes(effects, choices, ways)))


def _ways(inspection: Inspection) -> Mapping[str, str]:
    return ALONE | (AMONG if len(inspection.images) > 1 else {})


def _swept(
    inspection: Inspection, choices: Choices, weights: Mapping[str, xr.DataArray], way: str
) -> xr.Dataset:
    """The measure of each edge's replacement in one way, (intervention)."""
    sizes = [weight.notnull().sum("retrieved_layer").to_series() for weight in weights.values()]
    size = {str(name): int(count) for series in sizes for name, count in series.items()}
    tried = [
        _replacing(cut, choices, way, 1 / size[cut.layer])
        for cut in edges(inspection)
        if cut.layer in size
    ]
    assert inspection.model is not None  # its only caller saw to that
    place, other = image_of(choices), _others(inspection, choices, way)
    try:
        data = sweep(inspection.model, inspection, tried, image=place, other=other)
    except (UnknownLabel, ValueError) as error:
        raise NothingToDraw(str(error)) from error
    return data.rename({choices["measure"]: "effect"})


def _replacing(cut: Intervention, choices: Choices, way: str, uniform: float) -> Intervention:
    head = choices.get("head", MEAN)
    return replace(
        cut,
        how="set" if way == "uniform" else cast(How, way),
        value=uniform if way == "uniform" else None,
        within=() if head == MEAN else (("head", int(head)),),
        renormalise=bool(choices["renormalise"]),
    )


def _others(inspection: Inspection, choices: Choices, way: str) -> xr.DataArray | None:
    """Pixels of the images that are averaged, or of the next one."""
    count, place = len(inspection.images), image_of(choices)
    if way not in AMONG:
        return None
    others = [(place + step) % count for step in range(1, count)]
    return inspection.pixels.isel(sample=others if way == "average" else others[:1])


def _mapped(weight: xr.DataArray, effects: Mapping[str, xr.Dataset], chain: str) -> xr.Dataset:
    """Weights and effects of a chain, (layer, retrieved_layer)."""
    each = [_grid(data, weight, chain) for data in effects.values()]
    together = xr.concat(each, "way")
    first = next(iter(effects.values()))
    uniform = uniform_weight(weight, "retrieved_layer")
    return xr.Dataset(
        {
            "effect": together.mean("way").assign_attrs(first["effect"].attrs | _of(first)),
            "spread": together.max("way") - together.min("way"),
            "weight": weight,
            "uniform": uniform,
            "forced": (uniform == 1) & (weight == 1),
        }
    )


def _of(effects: xr.Dataset) -> dict[str, str]:
    """The class that the effect is told of, where it is of one: the one predicted before."""
    of_a_class = "class" in effects["effect"].attrs["long_name"]
    return {SHOWS: f"class {effects.attrs['predicted']}"} if of_a_class else {}


def _grid(data: xr.Dataset, weight: xr.DataArray, chain: str) -> xr.DataArray:
    """Effects of one chain as a map like its weights; absent where there is no edge."""
    grid = xr.full_like(weight, np.nan, dtype=np.float64)
    own = data.isel(intervention=(data["chain"] == chain).values)
    for layer, label, effect in zip(
        own["layer"].values, own["label"].values, own["effect"].values, strict=True
    ):
        grid.loc[{"layer": layer, "retrieved_layer": label}] = effect
    return grid


def _notes(effects: Mapping[str, xr.Dataset], choices: Choices, ways: list[str]) -> tuple[str, ...]:
    data = next(iter(effects.values()))
    rest = "with the rest renormalised" if choices["renormalise"] else "the rest as it was"
    words = {**ALONE, **AMONG}
    floor = max(float(one.attrs["floor"]) for one in effects.values())
    return (
        f"{data.sizes['intervention']} edges, each replaced alone by "
        f"{'; or by '.join(words[way] for way in ways)}, {rest}. Class predicted before: "
        f"{data.attrs['predicted']}. {_meaning(choices['measure'])}",
        f"Logits of unedited images in the same passes differ by up to {floor:.1g}: smaller "
        "effects are rounding.",
    )


def _meaning(measure: str) -> str:
    if measure == "distance":
        return "The length of a change has no sign."
    return f"Below 0: without the edge the {measure} is smaller."
