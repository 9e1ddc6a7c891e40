"""The arrays of a comparison as one tree for a file: A, B, B minus A, and where both come from."""

import xarray as xr

from inspector.comparison.comparing import DIFFERENCE, Compared
from inspector.comparison.matching import SIDES
from inspector.comparison.words import summary
from inspector.views.rendering import arrays as arrays_of


def arrays(compared: Compared) -> xr.DataTree:
    """A node for each of A, B and "B minus A", with a panel below each, and one for the classes.

    The nodes of A and B carry the provenance of their inspection, the root says what was compared.
    """
    sides = zip(SIDES, compared.seen, compared.computed, strict=True)
    nodes = {side: arrays_of(seen, computed) for side, seen, computed in sides}
    panels = {f"/{title.replace('/', '-')}": data for title, data in compared.difference.items()}
    nodes[DIFFERENCE] = xr.DataTree.from_dict(panels)
    if compared.classes is not None:
        nodes["classes"] = xr.DataTree(compared.classes)
    tree = xr.DataTree(children=nodes)
    tree.attrs = {
        "view": compared.view.key,
        "difference": DIFFERENCE,
        "summary": summary(compared),
        "notes": " ".join(compared.notes),
        "choices": {key: str(value) for key, value in compared.choices.items()},
    }
    return tree
