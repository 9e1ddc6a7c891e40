"""A retrieval number sums up one row of MRLA-base: how spread out, how far back, how steady it is.

Each stands beside the number that equal weights would give, since rows of different length differ
by construction, and rows too short to have a choice are told apart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr

from inspector.figures import Figure, profile
from inspector.inspection import Inspection
from inspector.measures import (
    effective_number,
    entropy,
    neighbour_divergence,
    quantiles,
    ratio_to_uniform,
    retrieval_distance,
    uniform_weight,
)
from inspector.views.selection import (
    SPREAD,
    head_control,
    image_control,
    layers,
    needs,
    of_head,
    of_image,
    stacked,
)
from inspector.views.view import Choices, Choose, Computed, Control, View

SOURCE = "retrieved_layer"
MEASURED, CONSTRUCTED, EVEN = "retrieved", "by construction", "if weights were equal"


@dataclass(frozen=True)
class Number:
    """A number per row of a retrieval map.

    Attributes:
        title: name for readers.
        measure: of weights (layer, head, retrieved_layer), the number (layer, head).
        least: how many layers a row must reach for the number to be free; it is drawn as
            constructed where it reaches fewer.
    """

    title: str
    measure: Callable[[xr.DataArray], xr.DataArray]
    least: int = 2


def _effective_number(weight: xr.DataArray) -> xr.DataArray:
    return effective_number(weight, SOURCE)


def _entropy(weight: xr.DataArray) -> xr.DataArray:
    return entropy(weight, SOURCE)


def _largest_ratio(weight: xr.DataArray) -> xr.DataArray:
    return ratio_to_uniform(weight).max(SOURCE).assign_attrs(long_name="largest ratio to uniform")


def _divergence(weight: xr.DataArray) -> xr.DataArray:
    return neighbour_divergence(weight)["divergence"]


NUMBERS = {
    "effective": Number("effective number of retrieved layers", _effective_number),
    "entropy": Number("entropy", _entropy),
    "distance": Number("mean retrieval distance, the own layer being 0", retrieval_distance),
    "ratio": Number("largest weight as ratio to uniform", _largest_ratio),
    "divergence": Number("KL divergence from the row before, on what both reach", _divergence, 3),
}
"""The numbers by the key of their choice; a divergence compares rows of which one is shorter."""


def _controls(inspection: Inspection) -> tuple[Control, ...]:
    heads = head_control(layer.sizes["head"] for layer in layers(inspection, "mrla", "base"))
    spread = {SPREAD: "spread over heads (5, 25, 50, 75, 95 %)"}
    return (
        *image_control(inspection),
        Choose("number", "Number", {key: number.title for key, number in NUMBERS.items()}),
        Choose(heads.key, heads.label, spread | dict(heads.options)),
    )


def _compute(inspection: Inspection, choices: Choices) -> Computed:
    number = NUMBERS[choices["number"]]
    found, notes = stacked(inspection, "mrla", "base", names=["weight"])
    weights = {chain: of_image(data, choices)["weight"] for chain, data in found.items()}
    rows = {chain: _rows(weight, number) for chain, weight in weights.items()}
    chosen, lacking = _of_heads({chain: data[MEASURED] for chain, data in rows.items()}, choices)
    panels = {c: xr.Dataset({MEASURED: v, **_beside(rows[c])}) for c, v in chosen.items()}
    return Computed(panels, (*notes, *lacking, *_left_out(weights)))


def _rows(weight: xr.DataArray, number: Number) -> xr.Dataset:
    """The number of each row, (layer, head), where it is free, where not, and for equal weights."""
    found = number.measure(weight.where(_shared(weight)))
    even = number.measure(uniform_weight(weight, SOURCE))
    free = weight.notnull().sum(SOURCE) >= number.least
    return xr.Dataset(
        {MEASURED: found.where(free), CONSTRUCTED: found.where(~free), EVEN: even.where(free)}
    )


def _beside(rows: xr.Dataset) -> dict[str, xr.DataArray]:
    """What is the same for all heads."""
    same = rows[[EVEN, CONSTRUCTED]].isel(head=0, drop=True)
    return {str(name): values for name, values in same.data_vars.items()}


def _of_heads(
    values: dict[str, xr.DataArray], choices: Choices
) -> tuple[dict[str, xr.DataArray], tuple[str, ...]]:
    if choices["head"] != SPREAD:
        return of_head(values, choices)
    return {chain: quantiles(numbers, "head") for chain, numbers in values.items()}, ()


def _shared(weight: xr.DataArray) -> xr.DataArray:
    """Which rows sum to 1; those that an intervention left short have no such numbers."""
    return abs(weight.sum(SOURCE) - 1) < 1e-3


def _left_out(weights: dict[str, xr.DataArray]) -> tuple[str, ...]:
    short = [
        str(name)
        for weight in weights.values()
        for name in weight["layer"].values[~_shared(weight).all("head").values]
    ]
    told = f"Rows that do not sum to 1 after an intervention are left out: {', '.join(short)}."
    return (told,) if short else ()


def _draw(computed: Computed, _choices: Choices) -> Figure:
    return profile(dict(computed.panels), x="layer")


ROWS = View(
    key="mrla_numbers",
    title="MRLA retrieval in numbers",
    shows="One number per layer of a stage: how many layers it retrieves from in effect, how far "
    "back, and how much its row differs from the one before.",
    caveat="Rows of different length differ even without any learning, so compare with the line of "
    "equal weights and with the same network with random weights, not with other rows: a softmax "
    "over few keys looks peaked from noise. A divergence leaves out what a layer retrieves from "
    "itself. Numbers are taken head by head and then averaged.",
    applies=needs("mrla", "base", "an MRLA-base network"),
    controls=_controls,
    compute=_compute,
    draw=_draw,
)
