"""Rerunning is to run the network again, as it was, which some views need."""

from collections.abc import Callable

import numpy as np

from inspector.inspection import Inspection
from inspector.interventions.edges import KINDS, parts
from inspector.views.selection import lacks


def no_second_pass(inspection: Inspection) -> str | None:
    """The sentence why the network cannot run again as it did; None if it can."""
    if inspection.model is None:
        return (
            "Needs the model itself, which a saved capture does not hold: inspect the image again."
        )
    if inspection.about.get("interventions"):
        return (
            "Needs an inspection without interventions: it runs the network again, and would show "
            "the unedited one."
        )
    return None


def needs_parts(*kinds: str) -> Callable[[Inspection], str | None]:
    """An ``applies``: parts of one of these kinds, in a network that can be run again."""

    def applies(inspection: Inspection) -> str | None:
        if not any(parts(inspection, kind) for kind in kinds):
            return lacks(inspection, " or ".join(KINDS[kind][0] for kind in kinds))
        return no_second_pass(inspection) or compared_by_class(inspection)

    return applies


def compared_by_class(inspection: Inspection) -> str | None:
    """The sentence why logits before and after cannot be compared; None if they can."""
    if inspection.kind != "classification":
        return "Needs a network that gives the whole image one class; this one does so by pixel."
    if not np.isfinite(inspection.logits.values).all():
        return "Needs logits that are numbers; the network returned some that are not."
    return None
