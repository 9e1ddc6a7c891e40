"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.association import rank_association
from inspector.measures.correlation import Definition, inter_layer_correlation, pair_mean
from inspector.measures.effects import EFFECTS, comparison, effects
from inspector.measures.prediction import NotNumbers, class_shares, probabilities, segments
from inspector.measures.rollout import rollout
from inspector.measures.spread import (
    effective_number,
    entropy,
    quantiles,
    slot_mass,
    uniform_weight,
)

__all__ = [
    "EFFECTS",
    "Definition",
    "NotNumbers",
    "class_shares",
    "comparison",
    "effective_number",
    "effects",
    "entropy",
    "inter_layer_correlation",
    "pair_mean",
    "probabilities",
    "quantiles",
    "rank_association",
    "rollout",
    "segments",
    "slot_mass",
    "uniform_weight",
]
