"""Views drawn with some choices, the values they colour, and inspections tampered with."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.inspection import Inspection
from inspector.measures import Forest
from inspector.views import starts, view_of
from inspector.views.rendering import render


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    """Forests of few trees: what views do with them takes no more."""
    quick = Forest(trees=3, repeats=1, shuffles=99)
    monkeypatch.setattr("inspector.views.dia_integration.FOREST", quick)


@pytest.fixture
def drawn():
    """Computes and draws a view by key, with choices beside those it begins with."""

    def draw(key, seen, **choices):
        view = view_of(key)
        chosen = starts(view, seen) | choices
        computed = view.compute(seen, chosen)
        return computed, view.draw(computed, chosen)

    return draw


@pytest.fixture
def said():
    """The caption of a view's figure as one line."""

    def read(key, seen, **choices):
        view = view_of(key)
        chosen = starts(view, seen) | choices
        figure = render(view, seen, view.compute(seen, chosen), chosen)
        return " ".join(note.text for note in figure.layout.annotations).replace("<br>", " ")

    return read


@pytest.fixture
def heat():
    """Values of the coloured cells of a figure, panel by panel."""

    def read(figure):
        return [
            np.asarray(trace.z)
            for trace in figure.data
            if isinstance(trace, go.Heatmap) and trace.coloraxis
        ]

    return read


@pytest.fixture
def bars():
    """Lowest and highest value of each colour bar of a figure."""

    def read(figure):
        axes = [axis for axis in figure.layout if axis.startswith("coloraxis")]
        return [(figure.layout[axis].cmin, figure.layout[axis].cmax) for axis in sorted(axes)]

    return read


@pytest.fixture
def changed():
    """A copy of an inspection in which `change` worked on the tree."""

    def copy(seen, change):
        tree = seen.tree.copy(deep=True)
        change(tree)
        return Inspection(tree, seen.model)

    return copy
