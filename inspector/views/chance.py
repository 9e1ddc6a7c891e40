"""Chance is what random logits, or a row's own in another order, make of the rows of a softmax."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from inspector.figures import Figure, profile
from inspector.inspection import Inspection
from inspector.measures import (
    STATISTICS,
    Rows,
    judged,
    permuted_logits,
    random_logits,
    sentence,
)
from inspector.measures.together import together
from inspector.views.mrla import RETRIEVAL, retrieval_rows
from inspector.views.view import Choices, Choose, Computed, Control, View
from inspector.views.words import span

CHANCE: Mapping[str, tuple[str, Callable[..., xr.Dataset]]] = {
    "logits": ("random logits", random_logits),
    "permuted": ("permuted logits", permuted_logits),
}
UNITS = {
    "spreads": "distance from chance, in halves of its 5 to 95 % range",
    "value": "the number itself",
}
UNLEARNT = "Heads and rows that share features can differ from it without having learnt anything."


def held_against_chance(
    rows: Mapping[str, Rows], against: str, statistic: str = "largest"
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """Rows judged against a null, by title, and the sentences on whether and from what they differ.

    Args:
        rows: by title of a panel.
        against: a key of `CHANCE`.
        statistic: a key of `STATISTICS`.
    """
    _, null = CHANCE[against]
    parts = list(together(rows))
    # panels of the same weights are judged as one, which is quicker than one by one
    whole = judged({str(n): null(part, statistic=statistic) for n, (part, _) in enumerate(parts)})
    found = {
        title: data.isel(places) if places else data
        for data, (_, shown) in zip(whole.values(), parts, strict=True)
        for title, places in shown.items()
    }
    return {title: found[title] for title in rows}, (sentence(whole), *_how(whole))


def _how(verdicts: Mapping[str, xr.Dataset]) -> tuple[str, ...]:
    """The sentences on how chance was drawn; nothing where no row was compared."""
    if not any(data["p"].notnull().any() for data in verdicts.values()):
        return ()
    first = next(iter(verdicts.values()))
    compared = str(first["observed"].attrs["long_name"])
    draws = f"{first.attrs['draws']} draws, seed {first.attrs['seed']}"
    return (f"Compared is the {compared} of each row; {_spreads(verdicts)}{draws}.", UNLEARNT)


def _spreads(verdicts: Mapping[str, xr.Dataset]) -> str:
    """Where the spread of random logits comes from, and its range, where they were drawn."""
    found = [data["spread"].values.ravel() for data in verdicts.values() if "spread" in data]
    if not found:
        return ""
    values = np.concatenate(found)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return f"logits spread as in the other rows (standard deviation {span(low, high)}); "


# Retrieval beside its null ------------------------------------------------------------------------


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    nulls = {key: title for key, (title, _) in CHANCE.items()}
    numbers = {key: one.title for key, one in STATISTICS.items()}
    return (
        *(one for one in RETRIEVAL.controls(inspection) if one.key in ("image", "head")),
        Choose("null", "Chance", nulls),
        Choose("number", "Of each row", numbers),
        Choose("unit", "In", UNITS, help="Chance is narrow where logits hardly differ."),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    notes = RETRIEVAL.compute(inspection, {**choices, "quantity": "weight"}).notes
    rows = retrieval_rows(inspection, choices)
    verdicts, said = held_against_chance(rows, choices["null"], choices["number"])
    shown = {title: _by_layer(data) for title, data in verdicts.items()}
    if choices["unit"] == "spreads":
        shown = {title: _in_spreads(data) for title, data in shown.items()}
    return Computed(shown, (*notes, *said), verdicts)


def _by_layer(data: xr.Dataset) -> xr.Dataset:
    """What was observed (layer), and what chance would give (quantile, layer)."""
    shown = data[["observed", "null"]].rename(null="by chance")
    return shown.isel(head=0, drop=True) if "head" in shown.dims else shown


def _in_spreads(data: xr.Dataset) -> xr.Dataset:
    """Distances from the median of chance, in halves of the range of its middle 90 %."""
    null = data["by chance"]
    middle = null.sel(quantile=0.5, drop=True)
    ends = null.sel(quantile=0.95, drop=True) - null.sel(quantile=0.05, drop=True)
    units = {"long_name": f"{data['observed'].attrs['long_name']}, from chance", "units": "spreads"}
    far = {name: ((values - middle) / (ends / 2)) for name, values in data.items()}
    return xr.Dataset({name: values.assign_attrs(units) for name, values in far.items()})


def _draw(computed: Computed, _choices: Choices) -> Figure:
    return profile(computed.panels, x="layer")


RETRIEVAL_CHANCE = View(
    key="mrla_chance",
    title="MRLA retrieval against chance",
    shows="The largest weight, or the entropy, of each layer's retrieval, beside what rows of the "
    "same length come to by chance.",
    caveat="A softmax over few layers looks peaked from noise alone, so only the distance from the "
    "boxes tells something. Beyond chance is not learnt: heads share features in any network.",
    applies=RETRIEVAL.applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
)
