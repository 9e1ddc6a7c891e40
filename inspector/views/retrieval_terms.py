"""Retrieval terms are the parts of an MRLA output, from a second pass and proven by their sum.

What the views that take an output apart have in common.
"""

from collections.abc import Iterable, Mapping, Sequence

import xarray as xr

from hooks.stacking import chains
from inspector.inspection import Inspection
from inspector.measures import LARGEST_RESIDUAL, decomposed, output_terms
from inspector.retrieval import retrieved_maps
from inspector.views.rerunning import no_second_pass
from inspector.views.selection import image_of, needs, unverified
from inspector.views.view import Choices, NothingToDraw

ONE_STEP = (
    "No weights per channel reach further back here, as a layer norm mixes the channels between "
    "layers or a block comes between them: each output is its own value and its shortcut."
)


def applies(inspection: Inspection) -> str | None:
    """None if the inspection has MRLA and the network can run again, else the sentence why not."""
    return needs("mrla", None, "an MRLA network")(inspection) or no_second_pass(inspection)


def members(inspection: Inspection) -> dict[str, list[str]]:
    """Layers of each MRLA chain, in execution order."""
    return chains(inspection.tree.children["mrla"])


def second_pass(
    inspection: Inspection, choices: Choices, layers: Sequence[str]
) -> dict[str, xr.Dataset]:
    """The maps of some layers for the chosen image, from another pass.

    Raises:
        NothingToDraw: the network cannot run again, or the capture of a layer was not verified.
    """
    node = inspection.tree.children["mrla"].children
    wrong = unverified(f"{layers[0]} to {layers[-1]}", [node[name].attrs for name in layers])
    if inspection.model is None or wrong:
        raise NothingToDraw(wrong or applies(inspection))
    pixels = inspection.pixels.isel(sample=image_of(choices), drop=True)
    return retrieved_maps(inspection.model, pixels, layers)


def parts(maps: Mapping[str, xr.Dataset], layer: str, channels: slice | None = None) -> xr.Dataset:
    """What each term of a layer's output holds, as ``inspector.measures.decomposed`` says it.

    Raises:
        NothingToDraw: the terms do not add up to the output.
    """
    whole = maps[layer]["output_map"]
    found = decomposed(output_terms(maps, layer), whole, channels=channels)
    residual = found.attrs["residual"]
    if not residual <= LARGEST_RESIDUAL:  # also where it is not a number
        raise NothingToDraw(
            f"{layer} is not drawn: its terms miss the output by {residual:.1e} of its largest "
            f"value; up to {LARGEST_RESIDUAL:.0e} would be rounding."
        )
    return found


def added_up(found: Iterable[xr.Dataset]) -> str:
    """The sentence on how well terms add up to their outputs."""
    residual = max(data.attrs["residual"] for data in found)
    return (
        f"Terms add up to the output of the layer; residual at most {residual:.1e} of its largest "
        "value."
    )
