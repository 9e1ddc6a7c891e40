"""A drawing is kept for all who look at the same, as long as there is room for it."""

import pytest

from inspector.ui.drawing import draw
from inspector.views import starts, view_of
from inspector.views.exhibit import exhibit
from tests.inspector.figures.read import assert_read_as_written


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("eamlp_7", "external_slots"),
        ("dia_resnet", "dia_gates"),
        ("resnet50_mrlab", "mrla_retrieval"),
        ("resnet50_mrlab", "predictions"),
    ],
)
def test_it_is_read_as_it_is_sent_and_weighs_about_as_much(model, key, inspected):
    view, seen = view_of(key), inspected(model)
    choices = starts(view, seen)
    drawing = draw(exhibit(view, seen, view.compute(seen, choices), choices))
    assert_read_as_written(drawing.figure)
    assert 0.5 < drawing.bytes / len(drawing.figure.to_json()) < 2
