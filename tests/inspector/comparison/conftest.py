"""Pairs of inspections in which something is planted."""

import pytest

from inspector.inspection import Inspection


@pytest.fixture
def changed():
    """A copy of an inspection in which `change` worked on the tree."""

    def copy(seen, change):
        tree = seen.tree.copy(deep=True)
        change(tree)
        return Inspection(tree, seen.model)

    return copy


@pytest.fixture
def text_of():
    """All words of a figure as one line."""

    def read(figure):
        return " ".join(note.text for note in figure.layout.annotations).replace("<br>", " ")

    return read
