"""A measure is a number that sums up labelled arrays: attention's spread and correlation, logits.

Pure functions of labelled arrays, computed in float64.
"""

from inspector.measures.agreement import agreement, beyond_chance
from inspector.measures.association import rank_association
from inspector.measures.cells import on_cells
from inspector.measures.coefficient import MEASURES, Measure
from inspector.measures.correlation import Definition
from inspector.measures.decomposition import LARGEST_RESIDUAL, decomposed
from inspector.measures.dia_memory import UNTRAINED_GATE, contributions, deviation, memory
from inspector.measures.discoveries import adjusted, among_all
from inspector.measures.effects import EFFECTS, comparison, effects
from inspector.measures.feature_integration import Forest, feature_integration
from inspector.measures.grouping import Draws, variance_explained
from inspector.measures.heads import Agreement, head_agreement, mean_of_pairs
from inspector.measures.intervals import mean_interval
from inspector.measures.mean_difference import mean_difference
from inspector.measures.memories import cosine_gram, mean_between_slots, random_cosine
from inspector.measures.nulls import STATISTICS, permuted_logits, random_logits
from inspector.measures.outlying import Outlying, outlying
from inspector.measures.prediction import NotNumbers, class_shares, probabilities, segments
from inspector.measures.ranges import RANK, held_in_range, range_sentence, ranked
from inspector.measures.ranking import strongest
from inspector.measures.resampling import LEAST_IMAGES, Resampling
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
from inspector.measures.slots import (
    first_share,
    relative_mass,
    row_residual,
    row_sums,
    slot_shares,
    slot_use,
)
from inspector.measures.spread import (
    effective_number,
    entropy,
    quantiles,
    slot_mass,
    uniform_weight,
)
from inspector.measures.standing import BEYOND, FARTHEST, MIDDLE, normal_score, standing
from inspector.measures.summaries import (
    averaged_summary,
    binned_quantiles,
    correlation_interval,
    summary_difference,
    summary_interval,
)
from inspector.measures.terms import KINDS, Term, output_terms
from inspector.measures.verdicts import judged, sentence

__all__ = [
    "BEYOND",
    "EFFECTS",
    "FARTHEST",
    "KINDS",
    "LARGEST_RESIDUAL",
    "LEAST_IMAGES",
    "MEASURES",
    "MIDDLE",
    "RANK",
    "STATISTICS",
    "UNTRAINED_GATE",
    "Agreement",
    "Definition",
    "Draws",
    "Forest",
    "Measure",
    "NotNumbers",
    "Outlying",
    "Resampling",
    "Rows",
    "Term",
    "adjusted",
    "agreement",
    "among_all",
    "averaged_summary",
    "beyond_chance",
    "binned_quantiles",
    "class_shares",
    "comparison",
    "contributions",
    "correlation_interval",
    "cosine_gram",
    "decomposed",
    "deviation",
    "effective_number",
    "effects",
    "entropy",
    "feature_integration",
    "first_share",
    "head_agreement",
    "held_in_range",
    "inter_layer_correlation",
    "judged",
    "key_similarity",
    "layer_similarity",
    "mean_between_slots",
    "mean_difference",
    "mean_interval",
    "mean_of_pairs",
    "memory",
    "neighbour_divergence",
    "normal_score",
    "on_cells",
    "outlying",
    "output_terms",
    "pair_mean",
    "permuted_logits",
    "probabilities",
    "quantiles",
    "random_cosine",
    "random_logits",
    "range_sentence",
    "rank_association",
    "ranked",
    "ratio_to_uniform",
    "relative_mass",
    "retrieval_distance",
    "retrieved_norm",
    "rollout",
    "row_residual",
    "row_sums",
    "segments",
    "sentence",
    "slot_mass",
    "slot_shares",
    "slot_use",
    "standing",
    "strongest",
    "summary_difference",
    "summary_interval",
    "uniform_weight",
    "variance_explained",
]
