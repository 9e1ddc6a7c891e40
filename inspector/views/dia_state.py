"""A DIA state is the cell that the blocks of a stage share, split into who wrote what of it."""

from collections.abc import Callable, Collection

import xarray as xr

from inspector.inspection import Inspection
from inspector.measures import contributions, memory
from inspector.measures.dia_memory import INSIDE
from inspector.views.selection import lacks, layers, of_image, stacked
from inspector.views.view import Choices, NothingToDraw

TOLERANCE = 1e-5
"""Largest residual of a sum that is drawn, in units of the cell or, beyond 1, of its largest."""


def has_inside(inspection: Inspection) -> str | None:
    """An ``applies``: the cell of a DIA network must have been captured, not its gate alone."""
    if not inspection.variants("dia"):
        return lacks(inspection, "a DIA network")
    if any(set(INSIDE) <= set(layer.data_vars) for layer in layers(inspection, "dia")):
        return None
    return "Needs the inside of the cell, which this capture left out: capture with detail 'full'."


def joined(
    inspection: Inspection, names: Collection[str]
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """`stacked` chains with these quantities, and with all others that every layer has.

    Readers go from one quantity to the next, and to join one takes half as long as to join all.
    """
    first, *others = layers(inspection, "dia")
    common = {str(name) for name in first.data_vars if all(name in layer for layer in others)}
    return stacked(inspection, "dia", names=sorted(common if common.issuperset(names) else names))


def memories(
    inspection: Inspection, choices: Choices
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """`inspector.measures.memory` of each chain for the chosen image, and what to say beside it.

    Raises:
        NothingToDraw: no chain is left that was verified and adds up.
    """
    return _split(inspection, choices, memory)


def sources(
    inspection: Inspection, choices: Choices
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """`inspector.measures.contributions`, likewise."""
    return _split(inspection, choices, contributions)


def _split(
    inspection: Inspection, choices: Choices, measure: Callable[[xr.Dataset], xr.Dataset]
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    chains, notes = joined(inspection, INSIDE)
    split = {chain: measure(of_image(data, choices)) for chain, data in chains.items()}
    errors = {chain: _residual(data) for chain, data in split.items()}
    wrong = [_held_back(chain, error) for chain, error in errors.items() if error > TOLERANCE]
    kept = {chain: data for chain, data in split.items() if errors[chain] <= TOLERANCE}
    if not kept:
        raise NothingToDraw(" ".join((*notes, *wrong)))
    largest = max(errors[chain] for chain in kept)
    return kept, (*notes, *wrong, f"The parts sum to the cell; largest residual {largest:.1e}.")


def _residual(data: xr.Dataset) -> float:
    largest = max(1.0, float(abs(data["cell"]).max()))
    return float(abs(data["residual"]).max()) / largest


def _held_back(chain: str, error: float) -> str:
    return (
        f"{chain} is not drawn: what its blocks wrote sums to the cell only within {error:.1e}, as "
        "when an intervention replaced the state."
    )
