"""Every view there is. To add one: its file, and its name in ``DECLARED``."""

from inspector.views import (
    attribution,
    chance,
    correlation,
    dia,
    dia_integration,
    dia_memory,
    external_attention,
    external_heads,
    external_memory,
    external_places,
    external_use,
    gates,
    mrla,
    predictions,
    retrieval_keys,
    retrieval_maps,
    retrieval_numbers,
    retrieval_parts,
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
    retrieval_numbers.ROWS,
    retrieval_keys.KEYS,
    chance.RETRIEVAL_CHANCE,
    mrla.UNROLLED,
    retrieval_parts.PARTS,
    retrieval_maps.CONTRIBUTION,
    mrla.GATES,
    mrla.DECAY,
    dia.GATES,
    dia_memory.MEMORY,
    dia_memory.CONTRIBUTIONS,
    dia_integration.INTEGRATION,
    external_attention.SLOTS,
    external_attention.MASS,
    external_use.USE,
    external_use.SPREAD,
    external_places.PLACES,
    external_memory.MEMORY,
    external_heads.HEADS,
    gates.CHANNELS,
    gates.PLACES,
    self_attention.MAP,
    self_attention.ROLLOUT,
    correlation.CORRELATION,
    correlation.AVERAGES,
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
