"""A ready figure is one in plotly's own words: it is sent as it is, and never checked again."""

from collections.abc import Mapping
from typing import Any

from plotly.basedatatypes import BaseFigure

Words = Mapping[str, Any]
"""A figure as plotly's JSON has it, arrays in their packed form."""


class Ready(BaseFigure):
    """A figure that was drawn and checked, as words.

    It counts as one of plotly's figures wherever such is shown. A real one checks and copies each
    of its properties whenever it is made, which takes longer than all else about a click.

    Args:
        words: of the figure; they are shared, and never changed.
    """

    def __init__(self, words: Words) -> None:
        self._words = words

    @property
    def words(self) -> Words:
        """Returns the figure as plotly's JSON has it."""
        return self._words

    def to_dict(self) -> dict[str, Any]:
        """Returns the figure as plotly's JSON has it, for whoever takes it for a real one."""
        return dict(self._words)
