"""Part words are what readers are told of a part: its name, its change, what was captured of it."""

import xarray as xr

from hooks.dims import TITLES
from inspector.inspection import Inspection
from inspector.interventions.value import EVERY, Intervention
from inspector.views.selection import of_image
from inspector.views.view import Choices

SUMMED = ("retrieved_layer", "slot")
"""Dims over which the captured quantity sums to one, and can be renormalised."""

_SOFTMAX = (*SUMMED, "key")
"""Dims over which the mean says nothing: it is one over their length, whatever was captured."""


def title(one: Intervention) -> str:
    """A part by its short name: "stages.2.4 from stages.2.0", "blocks.0: slot 3"."""
    return _named(one, " from ", ": ") + _confined(one, ", ")


def sentence(inspection: Inspection, one: Intervention, choices: Choices) -> str:
    """A part and what was captured of it: "stages.2.4 retrieves stages.2.0: ... 0.213".

    Args:
        inspection: what was captured.
        one: an intervention at the part.
        choices: with the image, where there are several.
    """
    name = _named(one, " retrieves ", ", ") + _confined(one, ", in ")
    value = _captured(inspection, one, choices)
    return f"{name}: {value}." if value else f"{name}."


def change(one: Intervention) -> str:
    """A part and what is done there: "stages.2.4 from stages.2.0, cut, rest renormalised"."""
    rest = ", rest renormalised" if one.renormalise else ""
    return f"{title(one)}, {one.done}{rest}"


def _named(one: Intervention, verb: str, between: str) -> str:
    whole = one.label == EVERY
    if one.dim == "retrieved_layer":
        reader = "every later layer" if one.layer == EVERY else one.layer
        return f"{reader}{verb}{one.label}"
    entry = "" if whole else f"{one.dim.replace('_', ' ')} {one.label}"
    what = one.quantity.replace("_", " ") or ("gate" if whole else "")
    return f"{one.layer}{between}{' of '.join(filter(None, (what, entry)))}"


def _confined(one: Intervention, before: str) -> str:
    return "".join(f"{before}{dim.replace('_', ' ')} {label} alone" for dim, label in one.within)


def _captured(inspection: Inspection, one: Intervention, choices: Choices) -> str:
    """Its value in words; empty where none was captured that its mean would tell."""
    values = _values(inspection, one, choices)
    if values is None or any(dim in _SOFTMAX for dim in values.dims):
        return ""
    number = f"{values.attrs['long_name']} {float(values.mean()):.3g}"
    over = " and ".join(
        f"{size} {TITLES[str(dim)]}s" for dim, size in values.sizes.items() if size > 1
    )
    spread = f", {float(values.min()):.3g} to {float(values.max()):.3g}"
    told = f"{number} (mean over {over}{spread})" if over else number
    return told + _uniform(inspection, one)


def _values(inspection: Inspection, one: Intervention, choices: Choices) -> xr.DataArray | None:
    """What was captured of a part, without image, over the dims that it leaves open."""
    node = inspection.tree.children[one.mechanism]
    if one.layer not in node.children:
        return None
    layer = of_image(node.children[one.layer].to_dataset(), choices)
    names = [one.quantity] if one.quantity else list(map(str, layer.data_vars))
    found = (layer[name] for name in names if name in layer and one.dim in layer[name].dims)
    labels = {one.dim: one.label, **dict(one.within)}
    named = {dim: label for dim, label in labels.items() if label != EVERY}
    return next((values.sel(named, drop=True) for values in found), None)


def _uniform(inspection: Inspection, one: Intervention) -> str:
    """What equal shares would be, of a quantity that sums to one."""
    if one.dim not in SUMMED:
        return ""
    count = inspection.tree.children[one.mechanism].children[one.layer].sizes[one.dim]
    return f"; equal shares would be {1 / count:.3g}"
