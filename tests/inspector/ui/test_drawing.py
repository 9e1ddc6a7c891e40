"""A drawing is kept for all who look at the same, as long as there is room for it."""

import pytest

from inspector.ui.drawing import draw
from inspector.views import starts, view_of
from inspector.views.exhibit import exhibit


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("eamlp_7", "external_slots"),
        ("dia_resnet", "dia_gates"),
        ("resnet50_mrlab", "mrla_retrieval"),
        ("resnet50_mrlab", "predictions"),
    ],
)
def test_its_weight_is_about_that_of_what_is_sent(model, key, inspected):
    view, seen = view_of(key), inspected(model)
    choices = starts(view, seen)
    drawing = draw(exhibit(view, seen, view.compute(seen, choices), choices))
    assert 0.5 < drawing.bytes / len(drawing.figure.to_json()) < 2
