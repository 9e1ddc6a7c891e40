"""A drawing is the figure of one view and its words, made once for all who look at the same.

Most clicks leave most figures of a page as they are. What is drawn depends on the subject and the
choices alone, so that sessions may share it; a selection is framed on top, see `pointing`.
"""

from dataclasses import dataclass

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
    size = len(figure.to_json())
    return Drawing(figure, reading.words(shown), size)
