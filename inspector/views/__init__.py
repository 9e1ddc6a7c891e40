"""Every view there is. To add one: its file, and its name in ``DECLARED``."""

from collections.abc import Mapping, Sequence

from inspector.views import (
    agreement,
    attention_attribution,
    attribution,
    attribution_quality,
    causal,
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
    intervention,
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
from inspector.views.scaling import scaled
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

DECLARED: Mapping[str, tuple[View, ...]] = {
    "Attention": (
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
    ),
    "What it does": (
        retrieval_numbers.ROWS,
        retrieval_keys.KEYS,
        chance.RETRIEVAL_CHANCE,
        retrieval_parts.PARTS,
        retrieval_maps.CONTRIBUTION,
        dia_memory.MEMORY,
        dia_memory.CONTRIBUTIONS,
        dia_integration.INTEGRATION,
        external_use.USE,
        external_use.SPREAD,
        external_places.PLACES,
        external_memory.MEMORY,
        external_heads.HEADS,
    ),
    "Layers alike": (correlation.CORRELATION, correlation.AVERAGES),
    "Interventions": (intervention.INTERVENTION, causal.CAUSAL_MAP, causal.MASS_EFFECT),
    "Attribution": (
        attribution.ATTRIBUTION,
        attribution_quality.QUALITY,
        attention_attribution.ATTENTION,
        agreement.AGREEMENT,
    ),
    "Prediction": (predictions.PREDICTIONS, segmentation.SEGMENTATION),
}
"""The views by what they are about, without the scales and controls that every map has."""

TOPICS = {
    topic: tuple(controlled(scaled(view)) for view in views) for topic, views in DECLARED.items()
}
VIEWS = tuple(view for views in TOPICS.values() for view in views)

REDRAWN = (*VIEWS, intervention.EFFECT)
"""Views that draw their figures again from arrays that were kept."""

__all__ = [
    "REDRAWN",
    "TOPICS",
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


def view_of(key: str, among: Sequence[View] = VIEWS) -> View:
    """The view with this key.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    known = {view.key: view for view in among}
    if key not in known:
        raise ValueError(f"No view is called '{key}'; there are: {', '.join(known)}.")
    return known[key]
