"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.association import rank_association
from inspector.measures.coefficient import MEASURES, Measure
from inspector.measures.correlation import Definition
from inspector.measures.decomposition import LARGEST_RESIDUAL, decomposed
from inspector.measures.dia_memory import UNTRAINED_GATE, contributions, deviation, memory
from inspector.measures.discoveries import adjusted
from inspector.measures.effects import EFFECTS, comparison, effects
from inspector.measures.feature_integration import Forest, feature_integration
from inspector.measures.nulls import STATISTICS, permuted_logits, random_logits
from inspector.measures.prediction import NotNumbers, class_shares, probabilities, segments
from inspector.measures.ranges import held_in_range, range_sentence
from inspector.measures.resampling import Resampling
from inspector.measures.retrieval import (
    key_similarity,
    neighbour_divergence,
    ratio_to_uniform,
    retrieval_distance,
    retrieved_norm,
)
from inspector.measures.rollout import rollout
from inspector.measures.rows import Rows
from inspector.measures.similarity import inter_layer_correlation, layer_similarity, pair_mean
from inspector.measures.spread import (
    effective_number,
    entropy,
    quantiles,
    slot_mass,
    uniform_weight,
)
from inspector.measures.terms import KINDS, Term, output_terms
from inspector.measures.verdicts import judged, sentence

__all__ = [
    "EFFECTS",
    "KINDS",
    "LARGEST_RESIDUAL",
    "MEASURES",
    "STATISTICS",
    "UNTRAINED_GATE",
    "Definition",
    "Forest",
    "Measure",
    "NotNumbers",
    "Resampling",
    "Rows",
    "Term",
    "adjusted",
    "class_shares",
    "comparison",
    "contributions",
    "decomposed",
    "deviation",
    "effective_number",
    "effects",
    "entropy",
    "feature_integration",
    "held_in_range",
    "inter_layer_correlation",
    "judged",
    "key_similarity",
    "layer_similarity",
    "memory",
    "neighbour_divergence",
    "output_terms",
    "pair_mean",
    "permuted_logits",
    "probabilities",
    "quantiles",
    "random_logits",
    "range_sentence",
    "rank_association",
    "ratio_to_uniform",
    "retrieval_distance",
    "retrieved_norm",
    "rollout",
    "segments",
    "sentence",
    "slot_mass",
    "uniform_weight",
]
