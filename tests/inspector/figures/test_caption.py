"""Captions and warnings are part of the figure, whatever its size."""

import pytest

from inspector.figures import Figure, caption, heatmap


def empty(width, height, **margin):
    """A figure without panels."""
    sides = {"l": 80, "r": 80, "t": 100, "b": 80} | margin
    return Figure({"data": [], "layout": {"width": width, "height": height, "margin": sides}})


def inner(figure):
    """Height of the panels' area in pixels."""
    margin = figure.layout.margin
    return figure.layout.height - margin.t - margin.b


def note(figure, text):
    (found,) = [n for n in figure.layout.annotations if text in n.text]
    return found


def test_the_panels_keep_their_size(triangle):
    figure = heatmap(triangle(), x="retrieved_layer", y="layer")
    before = figure.packed()
    said = caption(figure, ["model resnet50_mrlab"], warning="RANDOM WEIGHTS")
    assert figure.packed() == before
    assert inner(said) == inner(figure)
    assert said.layout.height > figure.layout.height


@pytest.mark.parametrize("width", [180, 400, 1200])
def test_long_lines_are_wrapped_into_the_room_that_is_made_for_them(width):
    figure = empty(width, 300)
    text = "image photo.png, resized to 224 by 224, normalised, " * 4
    said = caption(figure, [text])
    written = note(said, "image photo.png")
    lines = written.text.split("<br>")
    assert max(map(len, lines)) * 11 * 0.5 <= width
    assert " ".join(lines).split() == text.split()
    added = said.layout.margin.b - 80
    assert added >= len(lines) * 11 * 1.3
    assert written.yanchor == "top"
    assert written.yshift == -80


def test_the_warning_is_loud_and_above_everything():
    figure = empty(500, 300, t=40)
    said = caption(figure, [], warning="RANDOM WEIGHTS: nothing was learned")
    banner = note(said, "RANDOM WEIGHTS")
    assert banner.text.startswith("<b>")
    assert banner.bgcolor == "#b00020"
    assert banner.font.color == "white"
    assert (banner.y, banner.yanchor, banner.yshift) == (1, "bottom", 40)
    assert said.layout.margin.t >= 40 + banner.height


def test_without_words_nothing_changes():
    figure = empty(500, 300)
    assert len(caption(figure, []).layout.annotations) == 0
    assert caption(figure, []).layout.height == 300


def test_a_file_name_cannot_become_a_link():
    said = caption(empty(700, 450), ["image <a href='http://x'>y</a>.png"], warning="<b>z")
    assert all("<a" not in n.text for n in said.layout.annotations)
    assert "&lt;b&gt;z" in said.layout.annotations[1].text
