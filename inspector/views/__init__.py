"""Every view there is. To add one: its file, and its name in ``DECLARED``."""

from inspector.views import (
    attribution,
    chance,
    correlation,
    dia,
    external_attention,
    gates,
    mrla,
    predictions,
    segmentation,
    self_attention,
)
from inspector.views.controls import controlled
from inspector.views.view import (
    Choices,
    Choose,
    ChooseSome,
    Computed,
    Contrast,
    Control,
    NothingToDraw,
    Slide,
    Toggle,
    View,
    starts,
)

DECLARED: tuple[View, ...] = (
    mrla.RETRIEVAL,
    chance.RETRIEVAL_CHANCE,
    mrla.UNROLLED,
    mrla.GATES,
    mrla.DECAY,
    dia.GATES,
    external_attention.SLOTS,
    external_attention.MASS,
    gates.CHANNELS,
    gates.PLACES,
    self_attention.MAP,
    self_attention.ROLLOUT,
    correlation.CORRELATION,
    attribution.ATTRIBUTION,
    predictions.PREDICTIONS,
    segmentation.SEGMENTATION,
)

VIEWS = tuple(map(controlled, DECLARED))

__all__ = [
    "VIEWS",
    "Choices",
    "Choose",
    "ChooseSome",
    "Computed",
    "Contrast",
    "Control",
    "NothingToDraw",
    "Slide",
    "Toggle",
    "View",
    "starts",
    "view_of",
]


def view_of(key: str) -> View:
    """The view with this key.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    known = {view.key: view for view in VIEWS}
    if key not in known:
        raise ValueError(f"No view is called '{key}'; there are: {', '.join(known)}.")
    return known[key]
