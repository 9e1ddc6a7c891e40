"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.correlation import Definition, inter_layer_correlation, pair_mean
from inspector.measures.dia_memory import UNTRAINED_GATE, contributions, deviation, memory
from inspector.measures.feature_integration import Forest, feature_integration
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
    "UNTRAINED_GATE",
    "Definition",
    "Forest",
    "NotNumbers",
    "class_shares",
    "contributions",
    "deviation",
    "effective_number",
    "entropy",
    "feature_integration",
    "inter_layer_correlation",
    "memory",
    "pair_mean",
    "probabilities",
    "quantiles",
    "rollout",
    "segments",
    "slot_mass",
    "uniform_weight",
]
