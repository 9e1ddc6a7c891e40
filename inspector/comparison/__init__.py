"""Comparison: one view of two inspections side by side on one scale, and B minus A.

a, b = inspector.inspect_image(model, "heron.jpg"), inspector.inspect_image(model, "cat.jpg")
compared = inspector.compare("mrla_retrieval", a, b)
inspector.comparison.figure(compared)
"""

from inspector.comparison.classes import compared_classes, table_of_classes
from inspector.comparison.comparing import (
    DIFFERENCE,
    FIXED,
    Compared,
    choices_for_both,
    compare,
    joined,
    with_images,
)
from inspector.comparison.drawing import figure, figure_of_change, figure_of_classes
from inspector.comparison.exhibiting import ComparedExhibit, exhibited
from inspector.comparison.files import arrays
from inspector.comparison.matching import NotComparable, require_match
from inspector.comparison.over_images import OverImages
from inspector.comparison.words import Row, on_images, rows, summary, warning

__all__ = [
    "DIFFERENCE",
    "FIXED",
    "Compared",
    "ComparedExhibit",
    "NotComparable",
    "OverImages",
    "Row",
    "arrays",
    "choices_for_both",
    "compare",
    "compared_classes",
    "exhibited",
    "figure",
    "figure_of_change",
    "figure_of_classes",
    "joined",
    "on_images",
    "require_match",
    "rows",
    "summary",
    "table_of_classes",
    "warning",
    "with_images",
]
