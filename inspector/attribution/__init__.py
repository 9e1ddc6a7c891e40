"""An attribution says how a class score reacts to something: the image, or the attention itself.

Signs are kept. Maps are in the cells that the method works in: pixels for gradients, the cells of
the last feature map for Grad-CAM; nothing is smoothed or enlarged. A network runs under its lock in
evaluation mode and is left as it was, also when whoever listens to the progress ends it.

Importing this does not load torch; the first attribution does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inspector.attribution.maps import attribute, refusal
from inspector.attribution.method import Method, Option
from inspector.attribution.methods import METHODS
from inspector.attribution.question import Question

if TYPE_CHECKING:
    from inspector.attribution.onto import attribute_attention
    from inspector.attribution.quality import infidelity, randomisation, sensitivity
    from inspector.attribution.removing import removal_curves

_HOMES = {
    "attribute_attention": "onto",
    "infidelity": "quality",
    "randomisation": "quality",
    "removal_curves": "removing",
    "sensitivity": "quality",
}

__all__ = [
    "METHODS",
    "Method",
    "Option",
    "Question",
    "attribute",
    "attribute_attention",
    "infidelity",
    "randomisation",
    "refusal",
    "removal_curves",
    "sensitivity",
]


def __getattr__(name: str) -> Any:
    """Returns a public name from its module, loading the module first (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'inspector.attribution' has no attribute {name!r}")
    return getattr(import_module(f"inspector.attribution.{_HOMES[name]}"), name)
