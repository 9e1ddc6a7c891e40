"""A drawing is the figure of one view and its words, made once for all who look at the same.

Most clicks leave most figures of a page as they are. What is drawn depends on the subject and the
choices alone, so that sessions may share it; a selection is framed on top, see `pointing`.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspector import reading
from inspector.figures import Figure, clickable
from inspector.views.exhibit import Exhibit


@dataclass(frozen=True)
class Drawing:
    """A figure that is ready to be sent.

    Attributes:
        figure: with its ground below; its cells can be clicked.
        alt: what it shows, for those who cannot see it.
        bytes: about as many as it takes.
    """

    figure: Figure
    alt: str
    bytes: int


def draw(shown: Exhibit) -> Drawing:
    """Returns the drawing of an exhibit."""
    figure = clickable(shown.draw())
    size = sum(map(_weight, figure.words["data"])) + _weight(figure.words["layout"])
    return Drawing(figure, reading.words(shown), size)


def _weight(words: Any) -> int:
    """About as many bytes as words take; entries of a list are taken to be alike."""
    if isinstance(words, str):
        return len(words)  # without what an object has around it: most labels are shared
    if isinstance(words, Mapping):
        return sum(map(_weight, words.values()))
    if isinstance(words, list | tuple):
        return len(words) * (8 + _weight(words[0])) if words else 0
    return getattr(words, "nbytes", 0) or sys.getsizeof(words)
