"""The arrays of a comparison as one tree for a file: A, B, B minus A, and where both come from."""

from collections.abc import Mapping

import xarray as xr

from inspector.comparison.comparing import DIFFERENCE, Compared
from inspector.comparison.words import summary
from inspector.views.rendering import arrays as arrays_of
from inspector.views.sides import SIDES
from inspector.views.view import node_of

OVER_IMAGES, CLASSES = "over images", "classes"


def arrays(compared: Compared) -> xr.DataTree:
    """A node for each of A, B and "B minus A", with a panel below each, and one for the classes.

    Where both have several images, "over images" holds the mean difference and its interval.

    The nodes of A and B carry the provenance of their inspection, the root says what was compared.
    """
    sides = zip(SIDES, compared.origins, compared.computed, strict=True)
    nodes = {side: arrays_of(origin, computed) for side, origin, computed in sides}
    nodes[DIFFERENCE] = xr.DataTree.from_dict(_nodes(compared.difference))
    if compared.over and compared.over.panels:
        nodes[OVER_IMAGES] = xr.DataTree.from_dict(_nodes(compared.over.panels))
    if compared.classes is not None:
        nodes[CLASSES] = xr.DataTree(compared.classes)
    tree = xr.DataTree(children=nodes)
    tree.attrs = {
        "view": compared.view.key,
        "difference": DIFFERENCE,
        "summary": summary(compared),
        "notes": " ".join(compared.notes),
        "choices": {key: str(value) for key, value in compared.choices.items()},
    }
    return tree


def _nodes(panels: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    return {f"/{node_of(title)}": data for title, data in panels.items()}
