"""Views drawn with some choices, the values they colour, and inspections tampered with."""

import numpy as np
import plotly.graph_objects as go
import pytest

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
def planted():
    """What puts random logits into every head of MRLA, and makes all of one row peaked."""

    def plant(tree):
        random = np.random.default_rng(0)
        for name, layer in tree["mrla"].children.items():
            logits = random.standard_normal(layer["weight"].shape)
            logits[..., 1:2] += 9.0 * (name == "stages.2.4")
            powers = np.exp(logits)
            layer["weight"].values[:] = powers / powers.sum(-1, keepdims=True)

    return plant
