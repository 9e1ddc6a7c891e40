"""An attribution says how a class score reacts to something: the image, or the attention itself.

Signs are kept. Maps are in the cells that the method works in: pixels for gradients, the cells of
the last feature map for Grad-CAM; nothing is smoothed or enlarged. A network runs under its lock in
evaluation mode and is left as it was, also when whoever listens to the progress ends it.

Importing this does not load torch; the first attribution does.
"""

from inspector.attribution.maps import attribute, refusal
from inspector.attribution.method import Method, Option
from inspector.attribution.methods import METHODS

__all__ = ["METHODS", "Method", "Option", "attribute", "refusal"]
