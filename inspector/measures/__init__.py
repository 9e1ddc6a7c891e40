"""A measure is a number that sums up labelled attention: its spread, its mass, its correlation.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.correlation import Definition, inter_layer_correlation, pair_mean
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
    "effective_number",
    "entropy",
    "inter_layer_correlation",
    "pair_mean",
    "quantiles",
    "rollout",
    "slot_mass",
    "uniform_weight",
]
