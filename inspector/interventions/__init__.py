"""Interventions change a network's attention and see what its logits make of that.

from inspector import Intervention, intervene

cut = Intervention("mrla", "stages.2.4", "retrieved_layer", "stages.2.0", renormalise=True)
done = intervene(model, "photo.jpg", cut)
done.comparison["effect_logit"]         # what it did to the class that was predicted
"""

from inspector.batches import batch_of
from inspector.interventions.edges import edges, parts
from inspector.interventions.notation import from_json, from_text, to_json, to_text
from inspector.interventions.outcome import Outcome, intervene
from inspector.interventions.sweeping import sweep
from inspector.interventions.value import EVERY, Intervention, Interventions, several

__all__ = [
    "EVERY",
    "Intervention",
    "Interventions",
    "Outcome",
    "batch_of",
    "edges",
    "from_json",
    "from_text",
    "intervene",
    "parts",
    "several",
    "sweep",
    "to_json",
    "to_text",
]
