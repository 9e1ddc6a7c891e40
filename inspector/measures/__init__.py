"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.correlation import Definition, inter_layer_correlation, pair_mean
from inspector.measures.nulls import STATISTICS, permuted_logits, random_logits
from inspector.measures.prediction import NotNumbers, class_shares, probabilities, segments
from inspector.measures.rollout import rollout
from inspector.measures.rows import Rows
from inspector.measures.spread import (
    effective_number,
    entropy,
    quantiles,
    slot_mass,
    uniform_weight,
)
from inspector.measures.verdicts import among, judged, sentence

__all__ = [
    "STATISTICS",
    "Definition",
    "NotNumbers",
    "Rows",
    "among",
    "class_shares",
    "effective_number",
    "entropy",
    "inter_layer_correlation",
    "judged",
    "pair_mean",
    "permuted_logits",
    "probabilities",
    "quantiles",
    "random_logits",
    "rollout",
    "segments",
    "sentence",
    "slot_mass",
    "uniform_weight",
]
