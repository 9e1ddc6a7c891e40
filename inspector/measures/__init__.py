"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.correlation import Definition, inter_layer_correlation, pair_mean
from inspector.measures.nulls import STATISTICS, permuted_logits, random_logits
from inspector.measures.prediction import NotNumbers, class_shares, probabilities, segments
from inspector.measures.ranges import held_in_range, range_sentence
from inspector.measures.rollout import rollout
from inspector.measures.rows import Rows
from inspector.measures.spread import (
    effective_number,
    entropy,
    quantiles,
    slot_mass,
    uniform_weight,
)
from inspector.measures.verdicts import judged, sentence

__all__ = [
    "STATISTICS",
    "Definition",
    "NotNumbers",
    "Rows",
    "class_shares",
    "effective_number",
    "entropy",
    "held_in_range",
    "inter_layer_correlation",
    "judged",
    "pair_mean",
    "permuted_logits",
    "probabilities",
    "quantiles",
    "random_logits",
    "range_sentence",
    "rollout",
    "segments",
    "sentence",
    "slot_mass",
    "uniform_weight",
]
