"""Pairs of inspections in which something is planted."""

import pytest


@pytest.fixture
def text_of():
    """All words of a figure as one line."""

    def read(figure):
        return " ".join(note.text for note in figure.layout.annotations).replace("<br>", " ")

    return read
