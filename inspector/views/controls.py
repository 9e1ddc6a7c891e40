"""A control is what a picture is held against: chance, or the same network with random weights.

Any view that declares a ``contrast`` can be held against controls: ``controlled`` gives it the
choice, the sentence whether it differs, and the control beside it on the same scale. The view
itself knows nothing of it.
"""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from inspector.controls import twin_inspections, unfit_for_twins
from inspector.figures import JOINS
from inspector.inspection import Inspection
from inspector.measures import RANK, Rows, held_in_range, range_sentence, ranked
from inspector.views.chance import CHANCE, held_against_chance
from inspector.views.selection import image_of
from inspector.views.view import Choices, Choose, Computed, Contrast, Control, NothingToDraw, View

KEY = "against"
NOTHING = "nothing"
NETWORKS = "networks with random weights"
TWINS = {"twins": 19, "twins99": 99}
"""How many networks with random weights, by the key of the choice."""

UNLEARNT = "One network in 20 with random weights would be said to differ too."
SAME = (
    "By rank these networks all show the same, so nothing is told of what was learnt: a random "
    "twin keeps the values, in another order, of parameters that no module draws anew."
)
NO_SOFTMAX = (
    "What these choices show comes from no softmax, so random logits tell nothing of it: hold it "
    "against networks with random weights."
)


def controlled(view: View) -> View:
    """The view with a choice of what it is held against, if it declares a contrast."""
    contrast = view.contrast
    if contrast is None:
        return view

    def controls(inspection: Inspection) -> tuple[Control, ...]:
        return (*view.controls(inspection), *_control(contrast, inspection))

    def compute(inspection: Inspection, choices: Choices) -> Computed:
        against = choices.get(KEY, NOTHING)
        computed = view.compute(inspection, choices)
        if against in TWINS:
            return _beside_twins(view, inspection, choices, computed)
        if against in CHANCE and contrast.rows:
            return _against_chance(contrast.rows(inspection, choices), against, computed)
        return computed

    return replace(view, controls=controls, compute=compute, costly_with={KEY: TWINS})


def _control(contrast: Contrast, inspection: Inspection) -> tuple[Control, ...]:
    options = {NOTHING: "nothing"}
    if contrast.rows:
        options |= {key: title for key, (title, _) in CHANCE.items()}
    if unfit_for_twins(inspection) is None:
        options |= {key: f"{n} random networks" for key, n in TWINS.items()}
    if len(options) == 1:
        return ()
    told = (
        "Whether what is shown differs from what chance, or a network that has learnt nothing, "
        "would show. Random logits have the spread of the network's own; permuted ones are its "
        "own in another order. Networks with random weights see the same image: that takes a while."
    )
    return (Choose(KEY, "Held against", options, told, begin="logits" if contrast.rows else ""),)


# Chance -------------------------------------------------------------------------------------------


def _against_chance(rows: Mapping[str, Rows] | None, against: str, computed: Computed) -> Computed:
    if not rows:
        return replace(computed, notes=(*computed.notes, NO_SOFTMAX))
    verdicts, said = held_against_chance(rows, against)
    return replace(computed, notes=(*computed.notes, *said), verdicts=verdicts)


# Networks with random weights ---------------------------------------------------------------------


def _beside_twins(
    view: View, inspection: Inspection, choices: Choices, computed: Computed
) -> Computed:
    count = TWINS[choices[KEY]]
    twins = _twins(view, inspection, choices, count)
    unordered = view.contrast.unordered if view.contrast else ()
    verdicts = _in_range(computed, twins, unordered)
    how = f"Beside it the first of these {count} networks (seeds 0 to {count - 1}), same image."
    said = (range_sentence(verdicts), *_by_rank(verdicts, unordered), how, UNLEARNT)
    return replace(
        computed,
        panels=_interleaved(computed, twins[0]),
        notes=(*computed.notes, *said),
        verdicts=verdicts,
    )


def _in_range(
    computed: Computed, twins: Sequence[Computed], unordered: Sequence[str]
) -> dict[str, xr.Dataset]:
    """Each panel beside the range of the twins' own in its place."""
    shown, *others = (
        [ranked(values, unordered) for values in _numbers(one).values()]
        for one in (computed, *twins)
    )
    titled = dict(zip(_numbers(computed), shown, strict=True))
    controls = {
        title: _alike(values, [one[place] for one in others])
        for place, (title, values) in enumerate(titled.items())
    }
    return held_in_range(titled, controls, NETWORKS)


def _by_rank(verdicts: Mapping[str, xr.Dataset], unordered: Sequence[str]) -> tuple[str, ...]:
    """The sentence on what was compared with what, where that was not cell by cell."""
    if not any(RANK in data.dims for data in verdicts.values()):
        return ()
    how = (
        f"A {unordered[0]} of one network has none in another to go with, so the values of a layer "
        "are compared by rank: the largest with the largest."
    )
    same = all(data["low"].equals(data["high"]) for data in verdicts.values())
    return (how, SAME) if same else (how,)


def _twins(view: View, inspection: Inspection, choices: Choices, count: int) -> list[Computed]:
    """What a view computes of the same image for networks with random weights."""
    one_image = "image" in choices
    samples = [image_of(choices)] if one_image else None
    first: Choices = ChainMap({"image": "0"} if one_image else {}, choices)  # type: ignore[arg-type]
    try:
        return [view.compute(seen, first) for seen in twin_inspections(inspection, count, samples)]
    except NothingToDraw as error:
        raise NothingToDraw(f"Of a network with random weights: {error}") from error


def _numbers(computed: Computed) -> dict[str, xr.DataArray]:
    """What each panel colours: the first numbers in it; photos have none."""
    first = {title: next(iter(data.data_vars.values())) for title, data in computed.panels.items()}
    return {title: values for title, values in first.items() if "rgb" not in values.dims}


def _alike(values: xr.DataArray, others: Sequence[xr.DataArray]) -> xr.DataArray:
    """The same cells of several networks, dim ``control`` first.

    Panels are matched by their place, not their title: where a picture shows the six slots of
    largest mass, the largest stands against the largest, and choosing them is part of the control.

    Raises:
        NothingToDraw: a panel is of another size.
    """
    if any(other.shape != values.shape for other in others):
        raise NothingToDraw(
            "Networks with random weights show a panel of another size here, so that cells cannot "
            "be compared. Choose something else to hold it against."
        )
    stacked = np.stack([other.transpose(*values.dims).values for other in others])
    return xr.DataArray(stacked, dims=("control", *values.dims))


def _interleaved(computed: Computed, twin: Computed) -> dict[str, xr.Dataset]:
    """Each panel with that of the twin behind it; what has no twin, such as the photo, once."""
    behind = dict(zip(_numbers(computed), _numbers(twin), strict=True))
    panels: dict[str, xr.Dataset] = {}
    for title, data in computed.panels.items():
        panels[title] = data
        if title in behind:
            beside = _joining(twin.panels[behind[title]], title)
            panels[f"{behind[title]}, random weights"] = beside
    return panels


def _joining(data: xr.Dataset, title: str) -> xr.Dataset:
    """A panel that is to be seen beside the one with this title."""
    first = next(iter(data.data_vars))
    return data.assign({first: data[first].assign_attrs({JOINS: title})})
