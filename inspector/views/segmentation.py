"""The view of a segmentation: which class the network gives each pixel, and how probable it is."""

import numpy as np
import xarray as xr

from inspector.figures import KINDS, OTHER, Figure, Panel, Scale, overlay
from inspector.inspection import Inspection, NotNumbers
from inspector.measures import segments
from inspector.views.selection import image_control, image_of
from inspector.views.view import (
    Choices,
    Choose,
    ChooseSome,
    Computed,
    Control,
    NothingToDraw,
    Slide,
    Toggle,
    View,
)

CLASS, PROBABILITY = "class", "probability"
PANEL = "segmentation"

TOLD = 12
"""Classes whose share of the pixels is told one by one below the figure."""


def _applies(inspection: Inspection) -> str | None:
    if inspection.kind == "segmentation":
        return None
    return "Needs a network that gives every pixel a class; this one gives the whole image one."


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    names = inspection.logits["class"].values
    return (
        *image_control(inspection),
        Choose(
            "shown", "Shown", {CLASS: "likeliest class", PROBABILITY: "probability of that class"}
        ),
        ChooseSome(
            "classes",
            "Classes in colour",
            {str(place): f"{place} {name}" for place, name in enumerate(names)},
            start=(),
            most=len(KINDS),
            help=f"While none is chosen: the {len(KINDS)} with the most pixels.",
        ),
        Slide("opacity", "Opacity of the map", 0.2, 1.0, 0.75, 0.05),
        Toggle("beside", "Image beside the map", start=True),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    sample = image_of(choices)
    try:
        data = segments(inspection.logits.isel(sample=sample, drop=True))
    except NotNumbers as error:
        raise NothingToDraw(str(error)) from error
    image = inspection.pixels.isel(sample=sample, drop=True) / 255
    panels = {PANEL: data, "image": xr.Dataset({"image": image})}
    return Computed(panels, (_told(data["share"]),))


def _told(share: xr.DataArray) -> str:
    """The classes that occur and their shares, the largest first."""
    occurring = _occurring(share)
    told = ", ".join(_entry(share, place) for place in occurring[:TOLD])
    more = len(occurring) - TOLD
    tail = f" and {more} more" if more > 0 else ""
    return f"{len(occurring)} of {share.size} classes are the likeliest somewhere: {told}{tail}."


def _draw(computed: Computed, choices: Choices) -> Figure:
    data = computed.panels[PANEL]
    if choices["shown"] == PROBABILITY:
        panel, scale = _probability(data)
    else:
        panel, scale = _classes(data, [int(place) for place in choices["classes"]])
    return overlay(
        computed.panels["image"]["image"],
        {str(panel.values.attrs["long_name"]): panel},
        scale=scale,
        opacity=choices["opacity"],
        beside=choices["beside"],
    )


def _probability(data: xr.Dataset) -> tuple[Panel, Scale]:
    values = data["probability"]
    scale = Scale.unit(f"{values.attrs['long_name']} (share of 1)")
    # the likeliest of n classes has at least one n-th
    least = scale.marked(1 / data.sizes["class"], "all alike")
    return _numbered(values, data), least


def _classes(data: xr.Dataset, chosen: list[int]) -> tuple[Panel, Scale]:
    """The map of kinds, and what they are: each class in colour, the others together as one."""
    share = data["share"]
    coloured = sorted(chosen or _occurring(share)[: len(KINDS)])
    colour = dict(zip(coloured, KINDS, strict=False))
    others = [place for place in _occurring(share) if place not in colour]
    entries = {_rest(share, others): OTHER} if others else {}
    kind = np.zeros(share.size, dtype=np.int64)
    for place in sorted(coloured, key=lambda place: float(share[place])):  # the largest on top
        kind[place] = len(entries)
        entries[_entry(share, place)] = colour[place]
    values = data["likeliest"].copy(data=kind[data["likeliest"].values])
    return _numbered(values, data), Scale.kinds(entries, "class and its share of the pixels")


def _occurring(share: xr.DataArray) -> list[int]:
    """Places of the classes that are the likeliest anywhere, the largest first."""
    falling = np.argsort(-share.values, kind="stable").tolist()
    return [place for place in falling if share[place] > 0]


def _entry(share: xr.DataArray, place: int) -> str:
    """A class in words: its number, by which the pointer calls it, its name and its share."""
    return f"{place} {share['class'].values[place]} {_percent(float(share[place]))}"


def _rest(share: xr.DataArray, places: list[int]) -> str:
    """The classes without a colour, as one."""
    noun = "class" if len(places) == 1 else "classes"
    return f"{len(places)} other {noun} {_percent(float(share[places].sum()))}"


def _percent(share: float) -> str:
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _numbered(values: xr.DataArray, data: xr.Dataset) -> Panel:
    """With the number of each pixel's class: its name a quarter of a million times is too much."""
    return Panel(values, extras={"class number": data["likeliest"]})


SEGMENTATION = View(
    key="segmentation",
    title="Segmentation",
    shows="The class that the network finds likeliest at each pixel, with the share of the pixels "
    "that each class has, or the softmax probability of that class.",
    caveat="The network computes its logits on a grid eight or sixteen times coarser and enlarges "
    "them, so borders are smoother than what it knows. Colours belong to this figure: in another a "
    "class may have another one.",
    applies=_applies,
    controls=_controls,
    compute=_compute,
    draw=_draw,
    merges=False,
)
