"""A figure in words is what plotly's own objects would make of it, and what they would refuse."""

import base64
import json
import struct

import numpy as np
import pytest

from inspector.export import html_page, save
from inspector.figures import Figure, clickable, heatmap, themed


@pytest.fixture
def figure():
    z = np.array([[0.5, np.nan], [0.25, 1.0]], dtype=np.float32)
    labels = np.array(["a", "b"], dtype=object)
    trace = {"type": "heatmap", "z": z, "x": labels, "y": labels, "text": None}
    bar = {"type": "bar", "y": np.array([1.0, 2.0]), "error_y": {"array": np.array([0.1, 0.2])}}
    layout = {"width": 300, "height": 200, "template": {"layout": {"font": {"size": 12}}}}
    return Figure({"data": [trace, bar], "layout": layout})


def test_it_is_sent_as_plotly_would_send_it(figure):
    assert json.loads(figure.to_json()) == json.loads(figure.checked.to_json())
    sent = figure.packed()["data"]
    assert sent[0]["z"]["dtype"] == "f4"
    assert sent[0]["z"]["shape"] == "2, 2"
    assert sent[1]["error_y"]["array"]["dtype"] == "f8"


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_from_any_machine_are_sent_with_their_lowest_byte_first(order):
    values = np.array([1.0, -2.5], dtype=f"{order}f4")
    (bar,) = Figure({"data": [{"type": "bar", "y": values}], "layout": {}}).packed()["data"]
    sent = base64.b64decode(bar["y"]["bdata"])
    assert struct.unpack("<2f", sent) == (1.0, -2.5)


def test_what_is_packed_already_stays(figure):
    again = Figure(figure.packed())
    assert again.packed() == figure.packed()
    assert again.data[0].z["bdata"] == figure.packed()["data"][0]["z"]["bdata"]


def test_words_that_plotly_does_not_know_are_found_when_it_leaves_the_screen():
    wrong = Figure({"data": [{"type": "bar", "heigth": [1]}], "layout": {}})
    with pytest.raises(ValueError, match="heigth"):
        _ = wrong.checked


def test_plotlys_own_objects_can_be_changed_without_changing_the_words(figure):
    before = figure.to_json()
    themed(figure, dark=True)
    figure.checked.update_layout(width=900)
    assert figure.to_json() == before


def test_it_can_be_saved_as_any_figure_can(figure, tmp_path):
    page = save(figure, tmp_path / "figure.html").read_text()
    assert page == html_page({"Figure": figure.checked}).decode()
    with pytest.raises(ValueError, match="expected a figure to be saved as"):
        save(figure, tmp_path / "figure.nc")


def test_a_clickable_figure_is_not_made_clickable_twice(triangle):
    once = clickable(heatmap(triangle(size=3), x="retrieved_layer", y="layer"))
    assert clickable(once) is once
