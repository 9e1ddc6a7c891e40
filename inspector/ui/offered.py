"""What is offered are the views that have something to show of a subject, found out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspector.inspection import Inspection
from inspector.views import View


@dataclass(frozen=True)
class Offer:
    """What there is to choose among.

    Attributes:
        views: those that apply, in their order.
        reasons: why the others do not apply, by key.
    """

    views: tuple[View, ...]
    reasons: Mapping[str, str]


def offer(inspection: Inspection, views: Sequence[View]) -> Offer:
    """Returns which of some views have something to show."""
    reasons = {view.key: view.applies(inspection) for view in views}
    fitting = tuple(view for view in views if reasons[view.key] is None)
    return Offer(fitting, {key: why for key, why in reasons.items() if why})


def details(inspection: Inspection, offer: Offer) -> tuple[View, ...]:
    """Returns the views that look into one layer.

    Some must import much to tell what they let choose, so that it is asked when it is needed.
    """
    views = offer.views
    return tuple(view for view in views if any(c.key == "layer" for c in view.controls(inspection)))
