"""The figure of a comparison: one scale for both, 0 in the middle of the other, both banners."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.comparison import compare, figure, figure_of_classes
from inspector.inspection import Inspection, inspect_image

DIA, EAMLP = "dia_resnet", "eamlp_7"


def heats(drawn):
    """Of each colour axis in order: it, and the values of the cells on it by title of the panel."""
    found = {}
    for trace in drawn.data:
        if isinstance(trace, go.Heatmap) and trace.coloraxis:
            found.setdefault(trace.coloraxis, {})[trace.name] = np.asarray(trace.z)
    return [(drawn.layout[axis], cells) for axis, cells in found.items()]


@pytest.fixture
def two(small, pictures):
    """Both pictures seen by a small network, each alone."""
    return lambda name: [inspect_image(small(name), picture) for picture in pictures]


@pytest.fixture
def trained(changed):
    """The same inspection, said to be of trained weights."""

    def say(seen):
        tree = seen.tree.copy()
        tree.attrs = seen.tree.attrs | {"trained": 1, "weights": "mine.pth"}
        return Inspection(tree, seen.model)

    return say


def test_both_sides_share_a_scale_and_the_difference_has_one_around_zero(two):
    a, b = two(EAMLP)
    drawn = figure(compare("external_mass", a, b))
    (shared, sides), (axis, change) = heats(drawn)
    assert list(sides) == [f"{t}, {s}" for t in ("tokens_to_token", "blocks") for s in "AB"]
    largest = max(float(z.max()) for z in sides.values())
    assert shared.cmax == pytest.approx(largest, rel=1e-6)
    assert list(change) == ["tokens_to_token", "blocks"]
    largest = max(float(np.abs(z).max()) for z in change.values())
    assert (axis.cmin, axis.cmax) == (-axis.cmax, pytest.approx(largest, rel=1e-6))
    for title, z in change.items():
        np.testing.assert_allclose(z, sides[f"{title}, B"] - sides[f"{title}, A"], atol=1e-8)


def test_zero_is_drawn_as_zero_and_said(inspected, text_of):
    seen = inspected(DIA)
    drawn = figure(compare("dia_gates", seen, seen))
    _, (_, change) = heats(drawn)
    assert list(change) == ["layer1", "layer2", "layer3"]
    assert all((z == 0).all() for z in change.values())
    assert "B minus A is exactly 0 in every cell." in text_of(drawn)
    assert "One pair" not in text_of(drawn)


def test_both_banners_survive(two, trained, text_of):
    a, b = two(DIA)
    assert "A and B: RANDOM WEIGHTS" in text_of(figure(compare("dia_gates", a, b)))
    said = text_of(figure(compare("dia_gates", trained(a), b)))
    assert "<b>B: RANDOM WEIGHTS: this shows" in said
    assert "A: model dia_resnet, mine.pth; sha256" in said
    neither = figure(compare("dia_gates", trained(a), trained(b)))
    assert "RANDOM WEIGHTS" not in text_of(neither)


def test_where_both_come_from_is_said_once_or_twice(two, text_of):
    a, b = two(DIA)
    said = text_of(figure(compare("dia_gates", a, b)))
    assert said.count(a.about["weights_sha256"][:12]) == 1
    for side, seen in zip("AB", (a, b), strict=True):
        assert f"{side}: image square.png (sha256 {seen.digests[0][:12]})" in said
    assert "One pair: nothing tells how far another picture" in said


def test_other_weights_warn_of_numbers_and_other_pictures_of_places(two, changed, text_of):
    a, b = two(EAMLP)

    def learn(tree):
        tree.attrs["weights_sha256"] = "f" * 64

    other = changed(a, learn)
    said = text_of(figure(compare("external_mass", a, other)))
    assert "The weights differ, so slots of one number need not mean the same." in said
    assert "a cell is the same place" not in said
    said = text_of(figure(compare("external_slots", a, b)))
    assert "The pictures differ: a cell is the same place, not the same thing." in said
    assert "The weights differ" not in said


def test_each_map_lies_on_its_own_picture(two):
    a, b = two(EAMLP)
    drawn = figure(compare("external_slots", a, b, {"slots": ("1", "2")}))
    sources = [image.source for image in drawn.layout.images]
    assert len(sources) == 4
    assert sources[0] == sources[2] != sources[1] == sources[3]
    same = figure(compare("external_slots", a, a, {"slots": ("1", "2")}))
    assert len({image.source for image in same.layout.images}) == 1


def test_numbers_of_each_layer_differ_around_a_line_at_zero(two, text_of):
    a, b = two(DIA)
    found = compare("dia_memory", a, b)
    drawn = figure(found)
    lines = [trace for trace in drawn.data if trace.name == "cell"]
    change = found.difference["layer3"]["cell"]
    np.testing.assert_allclose(lines[-1].y, change, rtol=1e-6)
    assert any(trace.name == "no difference: 0" for trace in drawn.data)


def test_classes_stand_side_by_side(two):
    a, b = two(DIA)
    drawn = figure_of_classes(compare("dia_gates", a, b))
    bars = {trace.name: trace for trace in drawn.data}
    for side, seen in zip("AB", (a, b), strict=True):
        expected = seen.probabilities().sel({"class": list(bars[side].y)})
        np.testing.assert_allclose(bars[side].x, expected, rtol=1e-6)
    np.testing.assert_allclose(bars[""].x, bars["B"].x - bars["A"].x, atol=1e-7)
