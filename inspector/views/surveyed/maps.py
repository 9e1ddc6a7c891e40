"""A map of a survey is one number of each layer and each of its labels, as coloured cells."""

import xarray as xr

from inspector.figures import Figure, Panel, Scale, heatmap
from inspector.views.surveyed.quantities import (
    Quantity,
    chosen_quantity,
    counted,
    of_units,
    quantities,
    split_control,
    unit_controls,
)
from inspector.views.surveyed.view import Surveys, SurveyView
from inspector.views.view import Choices, Choose, Computed, Control

SHOWN = {
    "mean": "mean over images",
    "variance": "spread over images",
    "min": "least",
    "max": "most",
}
UNUSED = "never more than a tenth of an even share"
_TENTH = 0.1


def _lacks_labels(surveys: Surveys) -> str | None:
    (survey,) = surveys
    if any(one.along(layer) for one in quantities(survey).values() for layer in one.layers):
        return None
    return (
        "Needs retrieval weights, slots or keys, which this network has none of. The view of means "
        "shows its layers."
    )


def _controls(surveys: Surveys) -> tuple[Control, ...]:
    (survey,) = surveys
    held = {
        key: one.title
        for key, one in quantities(survey).items()
        if any(one.along(layer) for layer in one.layers)
    }
    shown = {name: title for name, title in SHOWN.items() if name != "variance"}
    what = Choose("shown", "Number", {**shown, "variance": "standard deviation over images"})
    split = split_control(survey)
    return (Choose("quantity", "Quantity", held), what, *split, *unit_controls(survey))


def _map(surveys: Surveys, choices: Choices) -> Computed:
    (survey,) = surveys
    one, split = chosen_quantity(survey, choices), choices.get("split", "all")
    chains: dict[str, list[xr.Dataset]] = {}
    for layer, data in one.layers.items():
        if one.along(layer):
            chain = str(data.attrs.get("chain", layer))
            chains.setdefault(chain, []).append(_row(data, one, layer, {**choices, "split": split}))
    panels = {chain: _joined(rows) for chain, rows in chains.items()}
    first = next(iter(one.layers.values()))
    images = int(counted(of_units(first, one.name, choices), one.name).sel(split=split))
    return Computed(panels, (f"{images:,} images; {_pooling(one, choices)}", *_unused(one, panels)))


def _row(data: xr.Dataset, one: Quantity, layer: str, choices: Choices) -> xr.Dataset:
    """One layer: the number that was chosen, and what explains it, averaged over heads."""
    held = of_units(data, one.name, choices).sel(split=choices["split"], drop=True)
    along = str(one.along(layer))
    shown = choices.get("shown", "mean")
    told = {name: held[f"{one.name}_{name}"] for name in SHOWN}
    told["variance"] = told["variance"] ** 0.5
    pooled = {
        name: _over(values, along, "min" if name == "min" else "max" if name == "max" else "mean")
        for name, values in told.items()
    }
    value = pooled[shown].assign_attrs(
        long_name=f"{SHOWN[shown]}: {one.title}", units=told["mean"].attrs["units"]
    )
    found = xr.Dataset({"value": value, **pooled}).drop_attrs(deep=False)
    found["value"].attrs = value.attrs
    found = found.drop_vars(set(found.coords) - {along})
    return found.expand_dims(layer=[layer])


def _over(values: xr.DataArray, along: str, how: str) -> xr.DataArray:
    over = [dim for dim in values.dims if dim != along]
    reduced: xr.DataArray = getattr(values, how)(over, keep_attrs=True)
    return reduced


def _joined(rows: list[xr.Dataset]) -> xr.Dataset:
    """The layers of a chain, labels in the order in which they first come."""
    (along,) = (str(dim) for dim in rows[0].dims if dim != "layer")
    labels = dict.fromkeys(label for row in rows for label in row[along].values.tolist())
    return xr.concat([row.reindex({along: list(labels)}) for row in rows], dim="layer")


def _pooling(one: Quantity, choices: Choices) -> str:
    dims = next(iter(one.layers.values()))[f"{one.name}_mean"].dims
    over = [dim for dim in ("head", "channel", "group") if dim in dims]
    free = [dim for dim in over if choices.get(dim, "pooled") == "pooled"]
    return f"averaged over {' and '.join(free)}s." if free else "of one head."


def _unused(one: Quantity, panels: dict[str, xr.Dataset]) -> list[str]:
    """How many slots no image uses."""
    if one.name != "relative_mass":
        return []
    few, all_ = 0, 0
    for data in panels.values():
        few += int((data["max"] < _TENTH).sum())
        all_ += int(data["max"].notnull().sum())
    return [f"{few} of {all_} slots have {UNUSED} in any image."]


def _draw(computed: Computed, choices: Choices) -> Figure:
    first = next(iter(computed.panels.values()))
    (along,) = (str(dim) for dim in first["value"].dims if dim != "layer")
    panels = {title: _panel(data) for title, data in computed.panels.items()}
    every = [panel.values for panel in panels.values()]
    label = str(first["value"].attrs["long_name"])
    largest = max(float(values.max()) for values in every)
    ratio = first["value"].attrs["units"] == "times uniform" and choices.get("shown") != "variance"
    scale = Scale.ratio(largest, label) if ratio else Scale.of(every, label)
    return heatmap(panels, x=along, y="layer", scale=scale)


def _panel(data: xr.Dataset) -> Panel:
    extras = {
        "mean over images": data["mean"],
        "standard deviation over images": data["variance"],
        "least": data["min"],
        "most": data["max"],
    }
    return Panel(data["value"], extras=extras)


MAP = SurveyView(
    key="survey_map",
    title="All edges and slots",
    shows="One number over all images for each layer (row) and each layer that it retrieves, slot "
    "or key (column).",
    caveat="A mean hides how images differ: the distributions show it. Rows of different length do "
    "not compare, since shares of many are smaller. Least and most are over images and, where they "
    "are pooled, over heads.",
    applies=_lacks_labels,
    controls=_controls,
    compute=_map,
    draw=_draw,
)
