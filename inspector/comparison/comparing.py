"""A comparison is one view of two inspections, A and B, and the signed difference B minus A."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr

from inspector.comparison.classes import compared_classes
from inspector.comparison.matching import (
    NotComparable,
    matched,
    require_match,
    require_offered,
    require_same,
)
from inspector.comparison.over_images import Compute, OverImages, over_images
from inspector.inspection import Inspection
from inspector.provenance import Provenance
from inspector.views import Choices, Computed, NothingToDraw, View, starts, view_of
from inspector.views.controls import KEY, NOTHING
from inspector.views.exhibit import provenance
from inspector.views.scaling import KEY as SCALE
from inspector.views.scaling import SHARED
from inspector.views.sides import SIDES

DIFFERENCE = "B minus A"
FIXED: Choices = {KEY: NOTHING, SCALE: SHARED}
"""Choices that a comparison does not leave open: A is what B is held against, on one scale."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A view of two inspections, computed with the same choices.

    Attributes:
        view: what is shown.
        choices: with which, the same for both.
        origins: where A and B come from.
        computed: what the view computed of A and of B.
        difference: by panel, B minus A of each quantity in its own unit; NaN where either has no
            value. Counts, places and yes or no are not subtracted.
        classes: logits and probabilities (state, class) of the image that is shown, with the
            states "A", "B" and "B minus A"; of a segmentation ``share``, of the pixels. None where
            the classes are others, which the notes then say.
        notes: what must stand beside the difference.
        over: the mean difference over images; None where it was not asked for.
    """

    view: View
    choices: Choices
    origins: tuple[Provenance, Provenance]
    computed: tuple[Computed, Computed]
    difference: Mapping[str, xr.Dataset]
    classes: xr.Dataset | None = None
    notes: tuple[str, ...] = field(default=())
    over: OverImages | None = None

    @property
    def drawn(self) -> dict[str, xr.DataArray]:
        """The differences that are drawn, by panel: of the quantity that the view colours."""
        return {title: drawn(data, self.choices) for title, data in self.difference.items()}

    @property
    def largest(self) -> float:
        """The largest size of a difference that is drawn; NaN where there is none."""
        sizes = [np.abs(values.values).ravel() for values in self.drawn.values()]
        finite = [part[np.isfinite(part)] for part in sizes]
        return float(np.concatenate(finite).max(initial=0.0)) if any(map(len, finite)) else np.nan

    @property
    def is_zero(self) -> bool:
        """Whether every cell that either side has is exactly the same in both."""
        return self.largest == 0 and not self.one_sided

    @property
    def one_sided(self) -> int:
        """How many of the drawn cells have a value in one of A and B alone."""
        pairs = (self.pair(title) for title in self.difference)
        return sum(int((a.isnull() ^ b.isnull()).sum()) for a, b in pairs)

    @property
    def bytes(self) -> int:
        """What the arrays take."""
        over = self.over.panels if self.over else {}
        parts = [self.difference, over, *(one.panels for one in self.computed)]
        return sum(data.nbytes for part in parts for data in part.values())

    def pair(self, title: str) -> tuple[xr.DataArray, xr.DataArray]:
        """What is drawn of A and of B in a panel, cell by cell."""
        name = self.drawn[title].name
        a, b = (one.panels[title][name].reset_coords(drop=True) for one in self.computed)
        return a, matched(title, a, b)


def compare(
    view: str | View, a: Inspection, b: Inspection, choices: Choices | None = None
) -> Compared:
    """One view of two inspections, and the signed difference B minus A.

    What may differ is the picture, the weights, the network within its family, or an intervention;
    what must not is the cells. A against itself gives exactly 0, and swapping the two changes every
    sign and nothing else.

    Args:
        view: or its key, see ``inspector.views``.
        a: what is subtracted.
        b: what it is subtracted from.
        choices: of the view; what is not given is as the view begins for A.

    Returns:
        With the mean difference over the images of both where they have several, see
        `OverImages`.

    Raises:
        NotComparable: the two have no cells in common to subtract; the sentence says why.
        NothingToDraw: the view shows nothing with these choices.
        ValueError: there is no such view.
    """
    view = view_of(view) if isinstance(view, str) else view
    require_match(view, a, b)
    agreed = choices_for_both(view, a, b, {**starts(view, a), **(choices or {})})
    first = _computed(view, a, agreed, SIDES[0])
    second = first if b is a else _computed(view, b, agreed, SIDES[1])
    found = joined(view, (a, b), (first, second), agreed)
    return with_images(found, lambda side, asked: view.compute((a, b)[side], asked))


def choices_for_both(view: View, a: Inspection, b: Inspection, choices: Choices) -> Choices:
    """The choices with which a view shows the same of both; neither is held against a control.

    Raises:
        NotComparable: B does not offer what was chosen.
    """
    require_offered(view, choices, b)
    free: Choices = {**choices, **{key: FIXED[key] for key in FIXED if key in choices}}
    return view.alike(a, b, free) if view.alike else free


def joined(
    view: View,
    seen: tuple[Inspection, Inspection],
    computed: tuple[Computed, Computed],
    choices: Choices,
) -> Compared:
    """The comparison of what a view has computed of two inspections.

    Raises:
        NotComparable: they hold different cells.
    """
    classes, said = compared_classes(*seen, choices)
    a, b = (provenance(view, one, choices) for one in seen)
    return Compared(view, choices, (a, b), computed, differences(view, *computed), classes, said)


def with_images(compared: Compared, compute: Compute) -> Compared:
    """The comparison with the mean difference over images, or with the reason why there is none."""
    quantities = {title: str(values.name) for title, values in compared.drawn.items()}
    found = over_images(compared.view, compared.choices, compared.origins, quantities, compute)
    return replace(compared, over=found)


def differences(view: View, a: Computed, b: Computed) -> dict[str, xr.Dataset]:
    """B minus A of each quantity, by panel; panels without numbers are left out.

    Raises:
        NotComparable: they hold different cells, or no numbers.
    """
    require_same(view.title, a.panels, b.panels)
    every = {title: _difference(title, data, b.panels[title]) for title, data in a.panels.items()}
    kept = {title: data for title, data in every.items() if data.data_vars}
    if not kept:
        raise NotComparable(f"{view.title} shows no numbers that could be subtracted.")
    return kept


def drawn(data: xr.Dataset, choices: Mapping[str, Any]) -> xr.DataArray:
    """What a panel colours: the quantity that a choice names, or else its first numbers."""
    named = (
        value for value in choices.values() if isinstance(value, str) and value in data.data_vars
    )
    return data[next(named, next(iter(data.data_vars)))]


def _computed(view: View, seen: Inspection, choices: Choices, side: str) -> Computed:
    try:
        return view.compute(seen, choices)
    except NothingToDraw as nothing:
        raise NothingToDraw(f"Of {side}: {nothing}") from nothing


def _difference(title: str, a: xr.Dataset, b: xr.Dataset) -> xr.Dataset:
    ours, theirs = _measured(a), _measured(b)
    require_same(title, ours, theirs)
    pairs = {
        name: (ours[name], matched(f"{title}, {name}", ours[name], theirs[name])) for name in ours
    }
    return xr.Dataset({name: _minus(second, first) for name, (first, second) in pairs.items()})


def _measured(data: xr.Dataset) -> dict[str, xr.DataArray]:
    """The measured numbers of a panel, without its photo."""
    return {
        str(name): values.reset_coords(drop=True)
        for name, values in data.data_vars.items()
        if values.dtype.kind == "f" and "rgb" not in values.dims
    }


def _minus(b: xr.DataArray, a: xr.DataArray) -> xr.DataArray:
    """In double precision, where the difference of two single ones is exact or nearly so."""
    what = a.attrs.get("long_name") or str(a.name).replace("_", " ")
    about = {"long_name": f"{DIFFERENCE}: {what}", "units": a.attrs.get("units", "")}
    change = b.values.astype(np.float64) - a.values.astype(np.float64)
    return a.copy(data=change).drop_attrs(deep=False).assign_attrs(about)
