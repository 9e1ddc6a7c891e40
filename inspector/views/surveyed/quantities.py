"""A surveyed quantity is what a survey holds of some layers: their means, variances and counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import xarray as xr

from inspector.views.view import Choices, Choose, NothingToDraw

if TYPE_CHECKING:
    from inspector.surveys import Survey

ALONG = ("retrieved_layer", "slot", "key")
"""Dims along which an attention hands out shares; a distribution is shown for each label."""

UNITS = ("head", "channel", "group")
"""Dims whose labels are many of a kind; they are pooled unless one is chosen."""

POOLED, EVERY = "pooled", "all"
_MOST = 256
"""Labels of such a dim that can be chosen one by one."""

SPLITS = {"all": "all images", "correct": "those classified right", "wrong": "those taken wrongly"}


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity of a mechanism.

    Attributes:
        mechanism: its key, such as "mrla".
        name: of the quantity, such as "weight".
        title: for readers, such as "retrieval weight".
        layers: what the survey holds of each layer that has it, in execution order.
    """

    mechanism: str
    name: str
    title: str
    layers: Mapping[str, xr.Dataset]

    @property
    def key(self) -> str:
        """Its name among all of a survey."""
        return f"{self.mechanism}.{self.name}"

    def along(self, layer: str) -> str | None:
        """The dim of a layer along which shares are handed out; None without."""
        dims = self.layers[layer][f"{self.name}_mean"].dims
        return next((dim for dim in ALONG if dim in dims), None)


@lru_cache(maxsize=4)
def quantities(survey: "Survey") -> dict[str, Quantity]:
    """What a survey holds, by key: mechanisms first, the prediction last."""
    found: dict[str, Quantity] = {}
    nodes = sorted(survey.attention.children.items(), key=lambda item: item[0] == "prediction")
    for mechanism, node in nodes:
        layers = {str(name): leaf.to_dataset(inherit=False) for name, leaf in node.children.items()}
        ordered = dict(sorted(layers.items(), key=lambda item: item[1].attrs.get("depth", 0)))
        for name in dict.fromkeys(name for data in ordered.values() for name in _names(data)):
            held = {layer: data for layer, data in ordered.items() if f"{name}_mean" in data}
            one = Quantity(mechanism, name, _title(next(iter(held.values())), name), held)
            found[one.key] = one
    return found


def quantity_control(survey: "Survey") -> Choose:
    """The choice among all quantities."""
    found = quantities(survey)
    return Choose("quantity", "Quantity", {key: _told(one, found) for key, one in found.items()})


def what_control(survey: "Survey") -> Choose:
    """The choice of one quantity of one layer; its key is read by `chosen_layer`."""
    options = {
        f"{one.key} {layer}": f"{layer}: {_told(one, quantities(survey))}"
        for one in quantities(survey).values()
        for layer in one.layers
    }
    first = next(iter(quantities(survey).values()))
    return Choose("what", "Of", options, begin=f"{first.key} {_widest(first)}")


def split_control(survey: "Survey") -> tuple[Choose, ...]:
    """The choice of images; none where right and wrong are not told apart."""
    held = splits(survey)
    options = {key: title for key, title in SPLITS.items() if key in held}
    return (Choose("split", "Images", options),) if len(options) > 1 else ()


def unit_controls(survey: "Survey") -> tuple[Choose, ...]:
    """For each dim whose labels are pooled, the choice of one of them."""
    labels: dict[str, dict[str, str]] = {dim: {} for dim in UNITS}
    for one in quantities(survey).values():
        for data in one.layers.values():
            for dim in set(UNITS) & set(data[f"{one.name}_mean"].dims):
                labels[str(dim)] |= {str(n): f"{dim} {n}" for n in data[dim].values.tolist()}
    return tuple(
        Choose(dim, dim.capitalize(), {POOLED: f"all {dim}s", **found})
        for dim, found in labels.items()
        if 1 < len(found) <= _MOST
    )


def layer_control(survey: "Survey") -> Choose:
    """The choice of one layer, or of all that have the quantity."""
    layers = {name: name for one in quantities(survey).values() for name in one.layers}
    return Choose("layer", "Layer", {EVERY: "all layers", **layers})


def labels_along(survey: "Survey") -> dict[str, str]:
    """What can be told apart along `ALONG` in any layer, by text."""
    found: dict[str, str] = {}
    for one in quantities(survey).values():
        for layer, data in one.layers.items():
            if dim := one.along(layer):
                found |= {str(label): str(label) for label in data[dim].values.tolist()}
    return found


def splits(survey: "Survey") -> list[str]:
    """Names of the splits that a survey holds, "all" first."""
    found = next(iter(quantities(survey).values()), None)
    data = next(iter(found.layers.values())) if found else None
    return [] if data is None else [str(name) for name in data["split"].values.tolist()]


def nothing(survey: "Survey") -> str | None:
    """Why a survey has nothing to show, or None if it has."""
    if quantities(survey):
        return None
    return "No image of this survey could be read; its skipped items say why. Make another one."


def chosen_quantity(survey: "Survey", choices: Choices) -> Quantity:
    """The quantity that was chosen."""
    return quantities(survey)[choices["quantity"]]


def chosen_layer(survey: "Survey", choices: Choices) -> tuple[Quantity, str]:
    """The quantity and the layer that were chosen as one."""
    key, _, layer = choices["what"].partition(" ")
    return quantities(survey)[key], layer


def chosen_layers(one: Quantity, choices: Choices) -> list[str]:
    """The layers of a quantity that were chosen.

    Raises:
        NothingToDraw: it is not of that layer.
    """
    wanted = choices.get("layer", EVERY)
    found = [layer for layer in one.layers if wanted in (EVERY, layer)]
    if not found:
        raise NothingToDraw(f"{wanted} has no {one.title}. Choose another layer, or all of them.")
    return found


def of_units(data: xr.Dataset, name: str, choices: Choices) -> xr.Dataset:
    """What is held of the labels that were chosen; those that were not stay, to be pooled.

    Raises:
        NothingToDraw: a layer has no such label.
    """
    for dim in set(UNITS) & set(data[f"{name}_mean"].dims):
        wanted = choices.get(str(dim), POOLED)
        if wanted == POOLED:
            continue
        places = [place for place, n in enumerate(data[dim].values.tolist()) if str(n) == wanted]
        if not places:
            raise NothingToDraw(
                f"{data.attrs['layer']} has no {dim} {wanted}, only {data.sizes[dim]} of them. "
                "Choose another, or all of them."
            )
        data = data.isel({dim: places[0]})
    return data


def pooled_dims(data: xr.Dataset, name: str) -> list[str]:
    """The dims of a quantity that are left to be pooled."""
    return [dim for dim in UNITS if dim in data[f"{name}_mean"].dims]


def counted(data: xr.Dataset, name: str) -> xr.DataArray:
    """How many images a split has (split)."""
    counts = data[f"{name}_histogram"].sum(f"{name}_bin")
    return counts.isel({dim: 0 for dim in counts.dims if dim != "split"}, drop=True)


def _widest(one: Quantity) -> str:
    """The layer with the most labels: the first of a chain has a single one, which is always 1."""
    return max(one.layers, key=lambda layer: one.layers[layer].sizes.get(one.along(layer) or "", 0))


def _names(data: xr.Dataset) -> list[str]:
    ending = "_histogram"
    names = (str(name) for name in data.data_vars)
    found = [name.removesuffix(ending) for name in names if name.endswith(ending)]
    return sorted(found, key=lambda name: (name.endswith("_entropy"), name == "first_share"))


def _title(data: xr.Dataset, name: str) -> str:
    return str(data[f"{name}_mean"].attrs["long_name"]).removeprefix("mean of ")


def _told(one: Quantity, among: Mapping[str, Quantity]) -> str:
    """A quantity for readers, with its mechanism where another has one that is called the same."""
    alike = [other for other in among.values() if other.title == one.title]
    return f"{one.title} ({one.mechanism})" if len(alike) > 1 else one.title
