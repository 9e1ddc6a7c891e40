"""A map picture is maps of native cells on the image, over it or beside it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import xarray as xr

from inspector.figures import Scale, overlay
from inspector.inspection import Inspection
from inspector.views.scaling import Maps, panels_of
from inspector.views.selection import image_of
from inspector.views.view import Choices, Computed, Control, Slide, Toggle


def look(*, opacity: float = 0.6, beside: bool = False) -> tuple[Control, ...]:
    """The controls of every map picture, as they begin."""
    return (
        Slide("opacity", "Opacity of the map", 0.2, 1.0, opacity, 0.05),
        Toggle("beside", "Image beside the maps", start=beside),
        Toggle(
            "smooth",
            "Smooth between cells",
            help="Shows more detail than there is, which each panel then says. Saved arrays stay "
            "as they are.",
        ),
    )


LOOK = look()


ON = "on"
"""Attribute of a map that lies on another picture; it holds the title of that one's panel."""


def with_image(
    inspection: Inspection, choices: Choices, maps: Mapping[str, xr.DataArray]
) -> dict[str, xr.Dataset]:
    """Panels of maps (y, x) by title, and of the image that was chosen."""
    image = inspection.pixels.isel(sample=image_of(choices), drop=True) / 255
    panels = {title: xr.Dataset({"map": values}) for title, values in maps.items()}
    return panels | {"image": xr.Dataset({"image": image})}


def maps_of(computed: Computed) -> dict[str, xr.DataArray]:
    """The maps among the panels of `with_image`."""
    return {title: data["map"] for title, data in computed.panels.items() if "map" in data}


def image_maps(computed: Computed, shared: Scale, choices: Choices) -> Maps:
    """The picture of `with_image`'s panels."""
    maps = maps_of(computed)
    figure = partial(overlay, pictures_of(computed, maps), **looks(choices))
    return Maps(panels_of(maps), shared, figure)


def looks(choices: Choices) -> dict[str, Any]:
    """How `overlay` is to draw, as chosen by the controls of `look`."""
    return {control.key: choices[control.key] for control in LOOK}


def pictures_of(
    computed: Computed, maps: Mapping[str, xr.DataArray]
) -> xr.DataArray | dict[str, xr.DataArray]:
    """The picture that all maps lie on, or that of each, by the map's title, where they differ."""
    shown = {
        title: computed.panels[values.attrs.get(ON, "image")] for title, values in maps.items()
    }
    if len({id(panel) for panel in shown.values()}) == 1:
        return next(iter(shown.values()))["image"]
    return {title: panel["image"] for title, panel in shown.items()}
