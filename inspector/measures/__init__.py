"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.coefficient import MEASURES, Measure
from inspector.measures.correlation import Definition
from inspector.measures.discoveries import adjusted
from inspector.measures.prediction import NotNumbers, class_shares, probabilities, segments
from inspector.measures.resampling import Resampling
from inspector.measures.rollout import rollout
from inspector.measures.similarity import inter_layer_correlation, layer_similarity, pair_mean
from inspector.measures.spread import (
    effective_number,
    entropy,
    quantiles,
    slot_mass,
    uniform_weight,
)

__all__ = [
    "MEASURES",
    "Definition",
    "Measure",
    "NotNumbers",
    "Resampling",
    "adjusted",
    "class_shares",
    "effective_number",
    "entropy",
    "inter_layer_correlation",
    "layer_similarity",
    "pair_mean",
    "probabilities",
    "quantiles",
    "rollout",
    "segments",
    "slot_mass",
    "uniform_weight",
]
