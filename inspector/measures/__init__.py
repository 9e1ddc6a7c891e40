"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.agreement import agreement, beyond_chance
from inspector.measures.cells import on_cells
from inspector.measures.correlation import Definition, inter_layer_correlation, pair_mean
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
    "Definition",
    "NotNumbers",
    "agreement",
    "beyond_chance",
    "class_shares",
    "effective_number",
    "entropy",
    "inter_layer_correlation",
    "on_cells",
    "pair_mean",
    "probabilities",
    "quantiles",
    "rollout",
    "segments",
    "slot_mass",
    "uniform_weight",
]
