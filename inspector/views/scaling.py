"""A scale mode is how cells become colours: on one scale, panel by panel, or against their rows.

Any view whose ``draw`` is `Coloured` offers the modes: ``scaled`` gives it the choice, and whoever
declares softmax rows besides is drawn as ratio to an even row and against chance as well. The view
itself knows nothing of it. The app, the command line and every export draw through here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import xarray as xr

from inspector.figures import JOINS, Figure, Panel, Scale
from inspector.figures.colourbar import Scales, scale_of
from inspector.figures.text import quantity
from inspector.inspection import Inspection
from inspector.measures import (
    BEYOND,
    FARTHEST,
    MIDDLE,
    Rows,
    normal_score,
    ratio_to_uniform,
    standing,
)
from inspector.views.tokens import is_placed, on_grid
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, NothingToDraw, View

KEY = "scale"
SHARED, EACH, RATIO, NULL = "shared", "panel", "ratio", "null"
TITLES = {
    SHARED: "shared",
    EACH: "per panel",
    RATIO: "ratio to uniform",
    NULL: "against the null (random logits)",
}
HELP = {
    SHARED: "Shared: equal colours are equal values on all panels.",
    EACH: "Per panel: the largest value of each panel has the last colour, which shows faint "
    "structure; magnitudes of different panels then do not compare.",
    RATIO: "Ratio to uniform: 1 is what each cell of a row would have if all had the same.",
    NULL: "Against the null: where a cell lies among those that random logits give to rows of the "
    "same length.",
}
READINGS = {RATIO: "ratio_to_uniform", NULL: "standing"}
"""The variable that `scaled` adds to panels of softmax rows for a scale that is drawn from it."""

NO_SOFTMAX = (
    "What these choices show comes from no softmax, so it has no even row and no random logits to "
    "be held against. Choose the shared scale."
)
NO_CHANCE = "undefined: a row without choice, or no chance known"
FLAGGED = f"beyond {100 * MIDDLE:.0f} % of chance"
ENDS = {-BEYOND: "(2.5 %)", BEYOND: "(97.5 %)"}


@dataclass(frozen=True)
class Maps:
    """Panels of coloured cells, as a view declares them.

    Attributes:
        panels: by title; those of a computed panel with softmax rows have its title.
        scale: shared by all panels, or where they show different things one for each title.
        figure: draws panels on a ``scale``.
    """

    panels: Mapping[str, Panel]
    scale: Scales
    figure: Callable[..., Figure]


@dataclass(frozen=True)
class Coloured:
    """A drawing of cells on the scale that was chosen.

    Attributes:
        maps: what is drawn of computed arrays; a figure where the choices ask for one without
            coloured cells.
    """

    maps: Callable[[Computed, Choices], Maps | Figure]

    def __call__(self, computed: Computed, choices: Choices) -> Figure:
        """The figure.

        Raises:
            NothingToDraw: the chosen scale needs softmax rows, and none are shown.
        """
        found = self.maps(computed, choices)
        if isinstance(found, Figure):
            return found
        panels, scale = _MODES[choices.get(KEY, SHARED)](found, computed)
        return found.figure(panels, scale=scale)


def panels_of(values: Mapping[str, xr.DataArray]) -> dict[str, Panel]:
    """Panels of which nothing but the values is known."""
    return {title: Panel(numbers) for title, numbers in values.items()}


def scaled(view: View) -> View:
    """The view with a choice of its scale, if it colours cells."""
    if not isinstance(view.draw, Coloured):
        return view

    def controls(inspection: Inspection) -> tuple[Control, ...]:
        return (*view.controls(inspection), _control(view.contrast))

    def compute(inspection: Inspection, choices: Choices) -> Computed:
        computed, mode = view.compute(inspection, choices), choices.get(KEY, SHARED)
        if mode not in READINGS or view.contrast is None or view.contrast.rows is None:
            return computed
        return _with_reading(computed, view.contrast.rows(inspection, choices) or {}, mode)

    return replace(view, controls=controls, compute=compute)


def _control(contrast: Contrast | None) -> Choose:
    offered = TITLES if contrast and contrast.rows else (SHARED, EACH)
    told = " ".join(HELP[mode] for mode in offered)
    return Choose(KEY, "Scale", {mode: TITLES[mode] for mode in offered}, told)


# What rows would be anyway ------------------------------------------------------------------------


def _with_reading(computed: Computed, rows: Mapping[str, Rows], mode: str) -> Computed:
    """The same panels, those of softmax rows with what a scale reads of them."""
    read = {RATIO: _ratios, NULL: standing}[mode]
    panels = {
        title: data.assign({READINGS[mode]: _as_drawn(read(rows[title]), rows[title])})
        if title in rows
        else data
        for title, data in computed.panels.items()
    }
    return replace(computed, panels=panels)


def _ratios(rows: Rows) -> xr.DataArray:
    """Shares of the rows that are drawn over those of an even row, averaged as the picture does."""
    drawn = rows.weight.sel({dim: list(labels) for dim, labels in rows.drawn.items()})
    return ratio_to_uniform(drawn, rows.over).mean(list(rows.average), keep_attrs=True)


def _as_drawn(values: xr.DataArray, rows: Rows) -> xr.DataArray:
    """Rows as panels show them: without dims of a single label, tokens on their grid."""
    single = [dim for dim, labels in rows.drawn.items() if len(labels) == 1]
    row = values.squeeze(single, drop=True)
    alone = row.dims == (rows.over,) and rows.over in row.coords
    return on_grid(row, rows.over) if alone and is_placed(row[rows.over]) else row


# Modes --------------------------------------------------------------------------------------------


def _shared(maps: Maps, _computed: Computed) -> tuple[Mapping[str, Panel], Scales]:
    return maps.panels, maps.scale


def _each(maps: Maps, _computed: Computed) -> tuple[Mapping[str, Panel], Scales]:
    own = {
        title: _own(panel.values, scale_of(maps.scale, title))
        for title, panel in maps.panels.items()
    }
    return maps.panels, own


def _own(values: xr.DataArray, shared: Scale) -> Scale:
    if shared.names:
        return shared
    centre = shared.centre
    own = Scale.of([values if centre is None else values - centre], shared.label)
    if centre is not None:
        # a signed quantity keeps its diverging colours where it happens to be positive
        own = Scale.diverging(own.high, shared.label, centre)
    marks = tuple(mark for mark in shared.marks if own.low <= mark[0] <= own.high)
    return replace(own, marks=marks, own=True)


def _ratio(maps: Maps, computed: Computed) -> tuple[Mapping[str, Panel], Scales]:
    found = _found(maps, computed, RATIO)
    panels = {title: _instead(maps.panels[title], values) for title, values in found.items()}
    largest = max(float(values.max()) for values in found.values())
    return panels, Scale.ratio(largest, "ratio to uniform (1: as if all had the same)")


def _null(maps: Maps, computed: Computed) -> tuple[Mapping[str, Panel], Scales]:
    found = _found(maps, computed, NULL)
    panels = {title: _placed(maps.panels[title], values) for title, values in found.items()}
    scale = Scale.diverging(FARTHEST, "place in chance: normal score (share below)")
    return panels, replace(scale, marks=tuple(ENDS.items()))


def _found(maps: Maps, computed: Computed, mode: str) -> dict[str, xr.DataArray]:
    """A reading of each panel.

    Raises:
        NothingToDraw: a panel has none.
    """
    name = READINGS[mode]
    if not all(name in computed.panels.get(title, {}) for title in maps.panels):
        raise NothingToDraw(NO_SOFTMAX)
    return {title: computed.panels[title][name] for title in maps.panels}


def _placed(panel: Panel, standings: xr.DataArray) -> Panel:
    score = normal_score(standings)
    placed = _instead(panel, score, {"share of chance below": standings})
    known = standings.notnull()
    marks = {meaning: where & known for meaning, where in panel.marks.items()}
    undefined = {**panel.undefined, NO_CHANCE: panel.values.notnull() & ~known}
    return replace(placed, marks={**marks, FLAGGED: abs(score) > BEYOND}, undefined=undefined)


def _instead(
    panel: Panel, values: xr.DataArray, told: Mapping[str, xr.DataArray] | None = None
) -> Panel:
    """The panel with other values, its own under the pointer."""
    known = {quantity(panel.values): panel.values}
    place = {JOINS: panel.values.attrs[JOINS]} if JOINS in panel.values.attrs else {}
    extras = {**known, **(told or {}), **panel.extras}
    return replace(panel, values=values.assign_attrs(place), extras=extras)


_MODES = {SHARED: _shared, EACH: _each, RATIO: _ratio, NULL: _null}
