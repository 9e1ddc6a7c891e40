"""The view of a slot's strongest places: where, over all images, it has its largest values."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr

from inspector.figures import Panel, Scale, overlay
from inspector.figures.text import number
from inspector.inspection import Inspection
from inspector.measures import slot_mass, strongest
from inspector.views.alike import SHOWS
from inspector.views.external_attention import KEY, READINGS
from inspector.views.maps import LOOK, looks, maps_of
from inspector.views.scaling import Coloured, Maps
from inspector.views.selection import (
    distinct_images,
    head_control,
    needs,
    of_head,
    verified,
)
from inspector.views.tokens import on_grid, outside
from inspector.views.view import (
    Choices,
    Choose,
    Computed,
    Control,
    NothingToDraw,
    Slide,
    View,
)
from inspector.views.words import counted

LARGEST = "largest"
TABLE, MASS = "places", "mass by image"
PLACE = ("sample", "y", "x")
NAMED_IMAGES = 6
NEARLY = 0.99
"""Share of the last ranked value from which a place is told to be hardly less."""


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    layers, _ = verified(inspection, KEY)
    held = next(iter(layers.values())).data_vars
    slots = range(max(data.sizes["slot"] for data in layers.values()))
    numbered = {str(slot): f"slot {slot}" for slot in slots}
    return (
        Choose("layer", "Layer", {name: name for name in layers}, begin=list(layers)[-1]),
        head_control(data.sizes["head"] for data in layers.values()),
        Choose("slot", "Memory slot", {LARGEST: "the slot of largest mass", **numbered}),
        Choose(
            "reading",
            "Reading",
            {key: title for key, title in READINGS.items() if key in held},
            begin="affinity",
        ),
        Slide("count", "Places", 1, 12, 6, 1),
        *LOOK,
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    layers, held_back = verified(inspection, KEY)
    layer, samples = choices["layer"], distinct_images(inspection)
    data = layers[layer].isel(sample=samples)
    slot, share = _slot(_of_layer(data["affinity"], choices), choices)
    values = _of_layer(data[choices["reading"]], choices).sel(slot=slot, drop=True)
    values.attrs[SHOWS] = f"slot {slot}"
    maps = _maps(values)
    ranked = strongest(maps, int(choices["count"]))
    titles = _titles(inspection, samples)
    said = (
        f"Slot {slot}, rows and columns from 0: {_listed(ranked, titles)}.",
        _rarity(maps, ranked),
        *_placeless(values, ranked),
        _images(share, titles),
    )
    panels = _panels(inspection, maps, ranked, titles)
    table = ranked.assign(image=("rank", [titles[s] for s in ranked["sample"].values.tolist()]))
    return Computed(
        {**panels, TABLE: table, MASS: xr.Dataset({"mass": share})}, (*held_back, *said)
    )


def _titles(inspection: Inspection, samples: Sequence[int]) -> dict[int, str]:
    """Names of images by sample; numbered where two have one name."""
    names = [inspection.images[sample] for sample in samples]
    return {
        sample: name if names.count(name) == 1 else f"{name} (image {sample + 1})"
        for sample, name in zip(samples, names, strict=True)
    }


def _of_layer(values: xr.DataArray, choices: Choices) -> xr.DataArray:
    """The chosen head, or the mean over heads, of the chosen layer."""
    layer = choices["layer"]
    return of_head({layer: values}, choices, "Layer")[0][layer]


def _slot(affinity: xr.DataArray, choices: Choices) -> tuple[int, xr.DataArray]:
    """The slot that is drawn, and the share of each image's tokens that it receives (sample)."""
    mass = slot_mass(affinity) / affinity.sizes["token"]
    if choices["slot"] == LARGEST:
        slot = int(mass.mean("sample").argmax("slot"))
    else:
        slot = int(choices["slot"])
    if slot >= mass.sizes["slot"]:
        raise NothingToDraw(f"This layer has slots 0 to {mass.sizes['slot'] - 1}. Choose one.")
    share = mass.sel(slot=slot, drop=True)
    return slot, share.assign_attrs(long_name="slot mass", units="share of tokens")


def _maps(values: xr.DataArray) -> xr.DataArray:
    """One slot's values on the grid of each image, (sample, y, x)."""
    grids = [on_grid(values.isel(sample=i, drop=True), "token") for i in range(len(values))]
    maps = xr.concat(grids, dim=values["sample"])
    return maps.assign_coords({dim: np.arange(maps.sizes[dim]) for dim in ("y", "x")})


def _panels(
    inspection: Inspection, maps: xr.DataArray, ranked: xr.Dataset, titles: Mapping[int, str]
) -> dict[str, xr.Dataset]:
    """Map, ranks and picture of each image that has one of the places, the strongest first."""
    ranks = _ranks(maps, ranked)
    panels = {}
    for sample in dict.fromkeys(ranked["sample"].values.tolist()):
        picture = inspection.pixels.sel(sample=sample, drop=True) / 255
        # The picture's rows and columns are pixels, those of the map are cells.
        image = picture.drop_vars(["y", "x"], errors="ignore").rename(y="pixel_y", x="pixel_x")
        found = {name: each.sel(sample=sample, drop=True) for name, each in ranks.items()}
        panels[titles[sample]] = xr.Dataset({**found, "image": image})
    return panels


def _ranks(maps: xr.DataArray, ranked: xr.Dataset) -> xr.Dataset:
    """The maps, and at each strongest place its rank; 0 elsewhere."""
    ranks = xr.zeros_like(maps, dtype=int)
    for place in ranked["rank"].values:
        one = ranked.sel(rank=place)
        ranks.loc[{dim: one[dim].item() for dim in maps.dims}] = place
    return xr.Dataset({"map": maps, "rank": ranks.assign_attrs(long_name="rank", units="1")})


def _listed(ranked: xr.Dataset, titles: Mapping[int, str]) -> str:
    """The table in words: rank, image, place and value."""
    rows = zip(*(ranked[name].values.tolist() for name in ("rank", *PLACE, "value")), strict=True)
    return "; ".join(
        f"{rank}. {titles[sample]}, row {row}, column {column}: {number(value)}"
        for rank, sample, row, column, value in rows
    )


def _rarity(maps: xr.DataArray, ranked: xr.Dataset) -> str:
    """How far the ranked places stand out: what the others have, and how many hardly less."""
    count, images = ranked.sizes["rank"], maps.sizes["sample"]
    near = int((maps >= NEARLY * float(ranked["value"].min())).sum()) - count
    median = number(float(maps.median()))
    return (
        f"The strongest {count} of {maps.size} places in {counted(images, 'image')}; {near} others "
        f"have hardly less than the last of them (1 %), the median place has {median}."
    )


def _images(share: xr.DataArray, titles: Mapping[int, str]) -> str:
    """The images by how much of their tokens' affinity the slot receives."""
    order = share.argsort().values[::-1][:NAMED_IMAGES]
    named = [f"{titles[int(share['sample'][i])]} {number(float(share[i]))}" for i in order]
    return f"Share of an image's tokens that the slot receives, largest first: {', '.join(named)}."


def _placeless(values: xr.DataArray, ranked: xr.Dataset) -> tuple[str, ...]:
    """The sentence on class tokens that would be among the strongest, had they a place."""
    names = outside(values["token"])
    before = values.isel(token=slice(len(names)))
    count = int((before > float(ranked["value"].min())).sum())
    if not count:
        return ()
    return (f"Without a place, so not ranked: {', '.join(names)}, {count} times above the last.",)


def _draw_maps(computed: Computed, choices: Choices) -> Maps:
    drawn = {title: data for title, data in computed.panels.items() if "map" in data}
    count = computed.panels[TABLE].sizes["rank"]
    mark = f"among the {count} strongest" if count > 1 else "the strongest"
    panels = {
        title: Panel(
            data["map"],
            extras={"rank": data["rank"].where(data["rank"] > 0)},
            marks={mark: data["rank"] > 0},
        )
        for title, data in drawn.items()
    }
    images = {
        title: data["image"].rename(pixel_y="y", pixel_x="x") for title, data in drawn.items()
    }
    shared = Scale.of(maps_of(computed).values(), READINGS[choices["reading"]])
    return Maps(panels, shared, partial(overlay, images, **looks(choices)))


PLACES = View(
    key="external_places",
    title="External attention strongest places",
    shows="The places where a memory slot has its largest values over all images, marked on those "
    "images in the tokens' own cells.",
    caveat="The strongest places are the extreme, not the rule: the median is told beside them. "
    "Each token has seen much of its image, and before training a slot has no meaning.",
    applies=needs(KEY, None, "a network with external attention"),
    controls=_controls,
    compute=_compute,
    draw=Coloured(_draw_maps),
    merges=False,
)
