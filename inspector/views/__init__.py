"""Every view there is. To add one: its file, and its name in ``VIEWS``."""

from inspector.views import (
    agreement,
    attention_attribution,
    attribution,
    attribution_quality,
    correlation,
    dia,
    external_attention,
    gates,
    mrla,
    predictions,
    segmentation,
    self_attention,
)
from inspector.views.view import (
    Choices,
    Choose,
    ChooseSome,
    Computed,
    Control,
    NothingToDraw,
    Slide,
    Toggle,
    View,
    starts,
)

VIEWS: tuple[View, ...] = (
    mrla.RETRIEVAL,
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
    attribution_quality.QUALITY,
    attention_attribution.ATTENTION,
    agreement.AGREEMENT,
    predictions.PREDICTIONS,
    segmentation.SEGMENTATION,
)

__all__ = [
    "VIEWS",
    "Choices",
    "Choose",
    "ChooseSome",
    "Computed",
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
