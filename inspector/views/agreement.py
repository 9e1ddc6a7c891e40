"""The view of agreement: do attention and attribution rank the places of an image alike?"""

from collections.abc import Mapping
from math import isnan
from typing import Any

import xarray as xr

from inspector import attribution
from inspector.attribution import METHODS, Question
from inspector.figures import Figure, Scale, overlay, profile
from inspector.inspection import Inspection
from inspector.measures import agreement, beyond_chance, on_cells
from inspector.views import questions
from inspector.views.attribution_quality import methods_control
from inspector.views.placed import options, placed_map, placeless
from inspector.views.questions import (
    averaged,
    fitting,
    question_of,
    target_control,
)
from inspector.views.selection import image_control, lacks
from inspector.views.view import Choices, Choose, Computed, Control, NothingToDraw, View

SIZE, SIGNED = "size", "signed"
VALUES = {SIZE: "sizes of the attribution", SIGNED: "attribution with its sign"}
COEFFICIENTS, MAPS = "coefficients", "maps"
PICTURES = {COEFFICIENTS: "coefficients and their null", MAPS: "the maps, on common cells"}
FINEST = 28
"""Cells along a side beyond which a finer map of attention is averaged."""

COARSEST = 5
"""Cells along a side that are needed to shift maps."""

OWN = "the attention map"


def _applies(inspection: Inspection) -> str | None:
    if not options(inspection):
        reasons = "; ".join(placeless(inspection))
        needed = lacks(inspection, "attention that has a place in the image")
        return f"{needed} ({reasons})." if reasons else needed
    return questions.applies(inspection)


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    maps = options(inspection)
    return (
        *image_control(inspection),
        Choose("map", "Attention", maps, begin=list(maps)[-1]),
        methods_control(inspection, most=12),
        target_control(inspection),
        Choose("values", "Compared", VALUES),
        Choose("picture", "Picture", PICTURES),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    question = question_of(inspection, choices)
    own, who = placed_map(inspection, choices)
    rows, columns = _cells(own)
    attended = on_cells(own, rows, columns)
    methods = list(choices["methods"]) or [next(iter(fitting(inspection)))]
    maps = {METHODS[key].title: _attributed(question, key, (rows, columns)) for key in methods}
    changed = {name: abs(v) if choices["values"] == SIZE else v for name, v in maps.items()}
    found = {name: agreement(attended, values) for name, values in changed.items()}
    image = question.pixels.isel(sample=0, drop=True) / 255
    panels = {
        "agreement": _table(found),
        OWN: xr.Dataset({"map": attended}),
        **{name: xr.Dataset({"map": values}) for name, values in maps.items()},
        "image": xr.Dataset({"image": image}),
    }
    return Computed(
        panels, (who, *averaged(question), _method(rows, columns, choices, found), _verdict(found))
    )


def _cells(own: xr.DataArray) -> tuple[int, int]:
    """The attention's own cells, or fewer if they are very fine.

    Raises:
        NothingToDraw: they are too few, or all alike.
    """
    if float(own.max()) == float(own.min()):
        raise NothingToDraw(
            "This map is the same everywhere, so that its places have no order that another could "
            "share. Choose another one."
        )
    rows, columns = (min(own.sizes[dim], FINEST) for dim in ("y", "x"))
    if min(rows, columns) < COARSEST:
        raise NothingToDraw(
            f"This map has {rows} x {columns} cells, and at least {COARSEST} x {COARSEST} are "
            "needed to tell agreement from chance. Choose an earlier layer, or a larger image."
        )
    return rows, columns


def _attributed(question: Question, key: str, cells: tuple[int, int]) -> xr.DataArray:
    data = attribution.attribute(
        question.model, question.pixels, question.target, key, where=question.where
    )
    return on_cells(data["attribution"].isel(sample=0, drop=True), *cells)


def _table(found: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Coefficients, nulls and shares of shifts, by method."""
    names = xr.Variable("method", list(found), {"long_name": "method"})
    return xr.concat(list(found.values()), dim=names)


def _method(rows: int, columns: int, choices: Choices, found: Mapping[str, xr.Dataset]) -> str:
    shifts = max(int(data["shifts"]) for data in found.values())
    return (
        f"Spearman's correlation over {rows} x {columns} cells (means by area); compared: "
        f"{VALUES[choices['values']]}. Null: the same two maps shifted against each other in "
        f"{shifts} ways and compared where they overlap; box 25 to 75 %, line 2.5 to 97.5 %."
    )


def _verdict(found: Mapping[str, xr.Dataset]) -> str:
    """Which methods agree by more than shifted maps do, several at once allowed for."""
    ps = {name: float(data["p"]) for name, data in found.items()}
    known = {name: p for name, p in ps.items() if not isnan(p)}
    if not known:
        return "No agreement can be told: every attribution is the same everywhere."
    flagged = beyond_chance(known)
    told = ", ".join(f"{name} {p:.3g}" for name, p in known.items())
    more = f"beyond chance: {', '.join(flagged)}" if flagged else "beyond chance: none"
    return (
        f"Share of shifts as far from 0: {told}; {more} (5 %, false discovery rate over "
        f"{len(known)} methods)."
    )


def _draw(computed: Computed, choices: Choices) -> Figure:
    if choices["picture"] == COEFFICIENTS:
        data = computed.panels["agreement"]
        series = xr.Dataset({"agreement": data["correlation"], "shifted maps": data["null"]})
        # methods have no order that a line could follow
        look: Any = {"limits": (-1.05, 1.05), "references": {"none": 0.0}, "joined": False}
        return profile(series, x="method", **look)
    maps = {title: data["map"] for title, data in computed.panels.items() if "map" in data}
    scales = {title: _own_scale(values) for title, values in maps.items()}
    return overlay(computed.panels["image"]["image"], maps, scale=scales, opacity=0.75)


def _own_scale(values: xr.DataArray) -> Scale:
    return Scale.of([values], f"{values.attrs['long_name']} ({values.attrs['units']})")


AGREEMENT = View(
    key="agreement",
    title="Agreement of attention and attribution",
    shows="How alike a map of attention and maps of attribution rank the places of one image, "
    "beside what the same maps shifted against each other would give.",
    caveat="To agree is not to explain: two maps may share a trait of all photographs, such as a "
    "subject in the middle, which shifting by three tenths of a side only partly undoes.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    costly=True,
    merges=False,
)
