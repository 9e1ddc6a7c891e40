"""A distribution is how a quantity varies over images: its quantiles, or counts in bins."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from inspector.figures import Figure, histogram, profile
from inspector.measures import binned_quantiles
from inspector.views.surveyed.quantities import (
    Quantity,
    chosen_layer,
    chosen_layers,
    chosen_quantity,
    counted,
    labels_along,
    layer_control,
    nothing,
    of_units,
    pooled_dims,
    quantity_control,
    split_control,
    unit_controls,
    what_control,
)
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, ChooseSome, Computed, Control, NothingToDraw

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_LABELS = 60
"""Slots or keys of a layer whose boxes are drawn side by side; of more, the fullest."""

MOST_LINES = 6
BARS = 40
"""Bins that are drawn at most, about: those that follow one another are joined."""

# Quantiles ----------------------------------------------------------------------------------------


def _quantile_controls(surveys: Surveys) -> tuple[Control, ...]:
    (survey,) = surveys
    narrower = split_control(survey), (layer_control(survey),), unit_controls(survey)
    return (quantity_control(survey), *(control for some in narrower for control in some))


def _quantiles(surveys: Surveys, choices: Choices) -> Computed:
    (survey,) = surveys
    one, split = chosen_quantity(survey, choices), choices.get("split", "all")
    found, pooled_over = {}, []
    for layer in chosen_layers(one, choices):
        pooled = _pooled(one.layers[layer], one.name, choices, split)
        found[layer] = _boxes(pooled, one)
        pooled_over.append(pooled.attrs)
    return Computed(_by_chain(one, found), (_rests_on(pooled_over), _resolution(one)))


def _pooled(data: xr.Dataset, name: str, choices: Choices, split: str) -> xr.Dataset:
    """Counts (label, bin) of a layer's values, over images and over the labels that are pooled.

    Raises:
        NothingToDraw: there is no image of this split, or no such label.
    """
    data = of_units(data, name, choices).sel(split=split)
    images = int(counted(data, name))
    if not images:
        raise NothingToDraw(f"No image is among the {split} ones. Choose all images.")
    over = pooled_dims(data, name)
    kept = data[[f"{name}_histogram", f"{name}_bin_from", f"{name}_bin_to"]]
    told = data[f"{name}_mean"].attrs
    kept.attrs = {
        **{key: told[key] for key in ("long_name", "units")},
        "chain": data.attrs.get("chain", data.attrs["layer"]),
        "images": images,
        "over": " and ".join(f"{dim}s" for dim in over),
        "each": int(np.prod([data.sizes[dim] for dim in over])) if over else 1,
    }
    return kept.sum(over, keep_attrs=True) if over else kept


def _rests_on(told: Sequence[Mapping[str, Any]]) -> str:
    """How many images the counts are of, and how many heads or channels of each."""
    images, over = told[0]["images"], told[0]["over"]
    if not over:
        return f"{images:,} images."
    each = sorted({one["each"] for one in told})
    number = f"{each[0]}" if len(each) == 1 else f"{each[0]} to {each[-1]}"
    return f"{images:,} images, pooled with the {number} {over} of each."


def _boxes(pooled: xr.Dataset, one: Quantity) -> xr.DataArray:
    """Five quantiles (quantile, ...) of a layer."""
    name = one.name
    begins, ends = (pooled[f"{name}_bin_{end}"].values for end in ("from", "to"))
    found = binned_quantiles(pooled[f"{name}_histogram"], begins, ends, LEVELS)
    return found.assign_attrs(
        long_name=one.title, units=pooled.attrs["units"], chain=pooled.attrs["chain"]
    )


def _by_chain(one: Quantity, found: dict[str, xr.DataArray]) -> dict[str, xr.Dataset]:
    """A panel for each layer where there are labels to tell apart, otherwise for each chain."""
    panels: dict[str, list[tuple[str, xr.DataArray]]] = {}
    for layer, boxes in found.items():
        key = layer if one.along(layer) else str(boxes.attrs["chain"])
        panels.setdefault(key, []).append((layer, boxes))
    return {
        title: _panel(members, along=bool(one.along(members[0][0])))
        for title, members in panels.items()
    }


def _panel(members: list[tuple[str, xr.DataArray]], *, along: bool) -> xr.Dataset:
    if along:
        return members[0][1].to_dataset(name="quantiles")
    layers = xr.Variable("layer", [layer for layer, _ in members])
    joined = xr.concat([boxes for _, boxes in members], dim=layers, combine_attrs="override")
    return joined.to_dataset(name="quantiles")


def _resolution(one: Quantity) -> str:
    return f"Quantiles of {one.title} are known to within a bin of 200, see docs/surveys.md."


def _draw_quantiles(computed: Computed, choices: Choices) -> Figure:
    grouped: dict[str, dict[str, xr.DataArray]] = {}
    for title, data in computed.panels.items():
        values = _fullest(data["quantiles"])
        across = next(str(dim) for dim in values.dims if dim != "quantile")
        grouped.setdefault(across, {})[title] = values
    across, panels = next(iter(grouped.items()))  # all layers of a quantity have the same dims
    return profile(panels, x=across)


def _fullest(values: xr.DataArray) -> xr.DataArray:
    """The labels with the largest medians where there are too many, in their order."""
    (dim,) = (dim for dim in values.dims if dim != "quantile")
    if values.sizes[dim] <= MOST_LABELS:
        return values
    medians = values.isel(quantile=len(LEVELS) // 2).values
    largest = np.sort(np.argsort(-medians, kind="stable")[:MOST_LABELS])
    return values.isel({dim: largest})


QUANTILES = SurveyView(
    key="survey_quantiles",
    title="Distributions",
    shows="How a quantity varies over the images, layer by layer, edge by edge or slot by slot: "
    "the median, the middle half in the box and nine tenths of all between the ends.",
    caveat="Spread over images is not importance, nor is a weight. Where heads or channels are "
    "pooled, a wide box may be heads that differ and not images: choose one of them. Of more than "
    f"{MOST_LABELS} slots the {MOST_LABELS} of largest median are drawn; the file has all.",
    applies=lambda surveys: nothing(surveys[0]),
    controls=_quantile_controls,
    compute=_quantiles,
    draw=_draw_quantiles,
)

# Histogram ----------------------------------------------------------------------------------------


def _histogram_controls(surveys: Surveys) -> tuple[Control, ...]:
    (survey,) = surveys
    controls = what_control(survey), *split_control(survey), *unit_controls(survey)
    labels = labels_along(survey)
    if not labels:
        return controls
    told = "Up to six edges, slots or keys of the layer; the first ones if none is chosen."
    return (*controls, ChooseSome("labels", "Labels", labels, (), MOST_LINES, told))


def _counts(surveys: Surveys, choices: Choices) -> Computed:
    (survey,) = surveys
    one, layer = chosen_layer(survey, choices)
    pooled = _pooled(one.layers[layer], one.name, choices, choices.get("split", "all"))
    counts = pooled[f"{one.name}_histogram"]
    dim = one.along(layer)
    if dim:
        counts = counts.isel({dim: _places(counts[dim], layer, choices.get("labels", ()))})
    begins, ends = (pooled[f"{one.name}_bin_{end}"].values for end in ("from", "to"))
    joined, outside = _joined(counts, begins, ends)
    joined.attrs |= {"long_name": one.title, "units": pooled.attrs["units"]}
    lost = f"{outside:,} of {int(counts.sum()):,} values lie outside of all bins."
    notes = (_rests_on([pooled.attrs]), *([lost] if outside else []))
    return Computed({f"{layer}, {one.title}": joined}, notes)


def _places(labels: xr.DataArray, layer: str, chosen: tuple[str, ...]) -> list[int]:
    texts = [str(label) for label in labels.values.tolist()]
    if not chosen:
        return list(range(len(texts)))[:MOST_LINES]
    found = [place for place, text in enumerate(texts) if text in chosen]
    if not found:
        raise NothingToDraw(f"{layer} has no {' or '.join(chosen)}. Choose among {texts[:12]}.")
    return found


def _joined(counts: xr.DataArray, begins: np.ndarray, ends: np.ndarray) -> tuple[xr.Dataset, int]:
    """Shares of 1 in about `BARS` bins over what occurs, and how many values no bin holds."""
    dims = [dim for dim in counts.dims if not str(dim).endswith("_bin")]
    numbers = counts.transpose(*dims, ...).values
    inner = numbers[..., 1:-1]
    first, last, step = _range(np.flatnonzero(inner.reshape(-1, inner.shape[-1]).sum(0)), inner)
    starts = np.arange(first, last, step)
    sums = np.add.reduceat(inner[..., first:last], starts - first, axis=-1)
    share = sums / np.maximum(numbers.sum(axis=-1, keepdims=True), 1)
    about = {"long_name": "share of values in a bin", "units": "share of 1"}
    found = xr.Dataset(
        {
            "share": ((*dims, "bin"), share, about),
            "count": ((*dims, "bin"), sums, {"long_name": "values"}),
            "bin_from": ("bin", begins[1:-1][starts]),
            "bin_to": ("bin", ends[1:-1][starts + step - 1]),
        },
        coords={dim: counts[dim] for dim in dims},
    )
    return found, int(numbers[..., 0].sum() + numbers[..., -1].sum())


def _range(held: np.ndarray, inner: np.ndarray) -> tuple[int, int, int]:
    """The first bin that is drawn, the end, and how many are joined; all joined ones are full."""
    low, high = (int(held[0]), int(held[-1]) + 1) if held.size else (0, 1)
    step = -(-(high - low) // BARS)
    last = min(low + -(-(high - low) // step) * step, inner.shape[-1])
    return last - -(-(high - low) // step) * step, last, step


def _draw_histogram(computed: Computed, choices: Choices) -> Figure:
    ((title, data),) = computed.panels.items()
    return histogram(data, title=title)


HISTOGRAM = SurveyView(
    key="survey_histogram",
    title="Histogram",
    shows="How often a quantity of one layer took which value, over all images.",
    caveat="Bins are those that the survey counted in, joined where there are many; shares and "
    "slot use are on a scale of ratios, where equal widths are equal factors. Where heads or "
    "channels are pooled, two peaks may be two heads.",
    applies=lambda surveys: nothing(surveys[0]),
    controls=_histogram_controls,
    compute=_counts,
    draw=_draw_histogram,
)
