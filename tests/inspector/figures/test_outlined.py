"""The frame of a selection lies around its cells, in every panel that has them."""

import pytest

from inspector.figures import clickable, heatmap, outlined


@pytest.fixture
def figure(triangle):
    panels = {"a": triangle(size=3), "b": triangle(size=4)}
    return clickable(heatmap(panels, x="retrieved_layer", y="layer"))


def frames(figure):
    shapes = figure.checked.layout.shapes
    return [(s.xref, s.yref, s.x0, s.x1, s.y0, s.y1) for s in shapes]


def test_a_cell_is_framed_in_each_panel_that_has_it(figure):
    rows, columns = figure.words["data"][0]["y"], figure.words["data"][0]["x"]
    drawn = frames(outlined(figure, {"layer": rows[2], "retrieved_layer": columns[1]}))
    assert drawn[0] == ("x", "y", 0.5, 1.5, 1.5, 2.5)


def test_a_row_or_a_column_is_framed_as_a_whole(figure):
    row = frames(outlined(figure, {"layer": figure.words["data"][0]["y"][1]}))
    assert row[0] == ("x", "y", -0.5, 2.5, 0.5, 1.5)
    column = frames(outlined(figure, {"retrieved_layer": figure.words["data"][0]["x"][0]}))
    assert column[0] == ("x", "y", -0.5, 0.5, -0.5, 2.5)


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"layer": "elsewhere"},
        {"slot": "3"},
        {"layer": "elsewhere", "retrieved_layer": "stages.2.0"},
    ],
)
def test_what_a_panel_lacks_leaves_it_as_it_is(figure, selection):
    assert not frames(outlined(figure, selection))


def test_the_figure_itself_stays_as_it_was(figure):
    outlined(figure, {"layer": figure.words["data"][0]["y"][1]})
    assert not frames(figure)
