"""A capsule is one figure in a file, with what it takes to draw it again and to doubt it.

It is a ZIP archive of a vector figure, the same figure for plotly, the arrays as netCDF, and a
manifest that is written last: where the figure comes from, what was chosen, and the SHA-256 of each
of the others. `inspector reproduce` opens it.
"""

from inspector.capsules.packing import packed
from inspector.capsules.reading import BadCapsule, Capsule, open_capsule
from inspector.capsules.redrawing import differences, redrawn
from inspector.capsules.rerunning import NotTheSame, difference, rerun

__all__ = [
    "BadCapsule",
    "Capsule",
    "NotTheSame",
    "difference",
    "differences",
    "open_capsule",
    "packed",
    "redrawn",
    "rerun",
]
