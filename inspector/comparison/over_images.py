"""Over images is the mean of B minus A over all images of both, with its interval."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from inspector.comparison.matching import matched
from inspector.measures import LEAST_IMAGES, among_all, mean_difference
from inspector.progress import tracked
from inspector.provenance import Origin
from inspector.views import Choices, Computed, NothingToDraw, View
from inspector.views.selection import distinct_images
from inspector.views.sides import SIDES

LEVEL = 0.95
"""Share of 1 of the intervals."""

Compute = Callable[[int, Choices], Computed]
"""What a view shows of A, which is 0, or of B, which is 1."""


@dataclass(frozen=True, eq=False)
class OverImages:
    """The mean difference over several images, or why there is none.

    Attributes:
        panels: by title, ``mean``, ``low``, ``high`` and ``p`` of what is drawn, see
            `measures.mean_difference`; the p-values are adjusted for all cells of all panels.
        counts: distinct images of A and of B.
        paired: whether they are the same in both.
        refused: the sentence why there is no interval, or "".
    """

    panels: Mapping[str, xr.Dataset] = field(default_factory=dict)
    counts: tuple[int, int] = (1, 1)
    paired: bool = False
    refused: str = ""


def over_images(
    view: View,
    choices: Choices,
    origins: tuple[Origin, Origin],
    quantities: Mapping[str, str],
    compute: Compute,
) -> OverImages:
    """The mean difference over the images of both sides; each image is computed in turn.

    Args:
        view: that is compared.
        choices: with which; the image is the one that changes.
        origins: of A and of B, with the digests of their images.
        quantities: what is drawn, by title of the panel.
        compute: shows one image of a side.
    """
    places = [{origin.digests[p]: p for p in distinct_images(origin)} for origin in origins]
    if refused := _refusal(view, choices, places):
        return OverImages(counts=(len(places[0]), len(places[1])), refused=refused)
    paired = places[0].keys() == places[1].keys()
    order = [list(places[0].values()), [places[1][d] for d in (places[0] if paired else places[1])]]
    try:
        a, b = (_values(compute, side, choices, order[side], quantities) for side in (0, 1))
        panels = _adjusted({t: _mean(t, a[t], b[t], paired=paired) for t in quantities})
    except NothingToDraw as nothing:
        panels, refused = {}, f"No interval over images: {nothing}"
    return OverImages(panels, (len(order[0]), len(order[1])), paired, refused)


def _refusal(view: View, choices: Choices, places: list[dict[str, int]]) -> str:
    """Why these images give no interval, or ""."""
    a, b = (len(one) for one in places)
    if min(a, b) < LEAST_IMAGES:
        return (
            f"No interval over images is possible: it takes at least {LEAST_IMAGES} different ones "
            f"in A and in B, which have {a} and {b}."
        )
    if "image" not in choices:
        return "No interval over images: this view rests on all of them at once."
    if view.takes_long(choices):
        return "No interval over images: this view would run the network again for each."
    shared = len(places[0].keys() & places[1].keys())
    if 0 < shared < max(a, b):
        return (
            f"No interval over images: A and B share {shared} and differ in others. Give both the "
            "same images, or none in common."
        )
    return ""


def _values(
    compute: Compute,
    side: int,
    choices: Choices,
    places: list[int],
    quantities: Mapping[str, str],
) -> dict[str, list[xr.DataArray]]:
    """What is drawn of each image of a side, by panel."""
    found: dict[str, list[xr.DataArray]] = {title: [] for title in quantities}
    for place in tracked(places, f"images of {SIDES[side]}"):
        panels = compute(side, {**choices, "image": str(place)}).panels
        for title, name in quantities.items():
            if title not in panels:
                raise NothingToDraw(f"image {place + 1} of {SIDES[side]} has no {title}.")
            found[title].append(panels[title][name].reset_coords(drop=True))
    return found


def _mean(title: str, a: list[xr.DataArray], b: list[xr.DataArray], *, paired: bool) -> xr.Dataset:
    first = a[0]
    ours, theirs = (
        xr.concat([matched(title, first, one) for one in each], "sample", combine_attrs="override")
        for each in (a, b)
    )
    return mean_difference(ours, theirs, paired=paired, level=LEVEL)


def _adjusted(panels: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """The panels with p-values adjusted for the cells of all."""
    every = among_all(np.concatenate([data["p"].values.ravel() for data in panels.values()]))
    parts: Iterator[np.ndarray] = iter(
        np.split(every, np.cumsum([data["p"].size for data in panels.values()]))
    )
    return {
        title: data.assign(p=data["p"].copy(data=next(parts).reshape(data["p"].shape)))
        for title, data in panels.items()
    }
