"""The correlation view against numpy's own coefficient, layer by layer."""

import numpy as np
import pytest

from inspector.views import NothingToDraw, starts, view_of


def gates(seen, layer):
    return seen.attention["dia"][f"layer2.ModuleList.{layer}"]["gate"].values.astype(float)


BY_HAND = {
    "per_image": lambda a, b: np.mean([np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)]),
    "pooled": lambda a, b: np.corrcoef(a.ravel(), b.ravel())[0, 1],
    "centred": lambda a, b: np.corrcoef((a - a.mean(0)).ravel(), (b - b.mean(0)).ravel())[0, 1],
}


@pytest.mark.parametrize("definition", BY_HAND)
def test_cells_correlate_the_gates_of_their_two_layers(drawn, heat, pair, definition):
    seen = pair("dia_resnet")
    cells = heat(drawn("correlation", seen, definition=definition)[1])[1]
    expected = [
        [BY_HAND[definition](gates(seen, a), gates(seen, b)) for b in range(2)] for a in range(2)
    ]
    np.testing.assert_allclose(cells[:2, :2], expected, atol=1e-5)
    assert cells[0, 1] < 0.999


def test_rows_of_mrla_are_compared_on_what_both_reach(drawn, pair):
    seen = pair("resnet50_mrlab")
    panel = drawn("correlation", seen)[0].panels["stages.2"]
    a, b = (seen.attention["mrla"][f"stages.2.{row}"]["weight"].values for row in (3, 5))
    pairs = zip(a.astype(float), b[:, :, :4].astype(float), strict=True)
    expected = np.mean([np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in pairs])
    cell = panel["similarity"].sel(layer="stages.2.3", other_layer="stages.2.5").item()
    assert cell == pytest.approx(expected, abs=1e-6)


def test_a_stage_of_one_layer_is_told_and_not_drawn(drawn, inspected, changed):
    def shorten(tree):
        layers = tree["mrla"].children
        lacking = ("layer1.1", "layer1.2")
        tree["mrla"].children = {name: layers[name] for name in layers if name not in lacking}

    computed, _ = drawn("correlation", changed(inspected("resnet50_mrlal"), shorten))
    assert list(computed.panels) == ["layer2", "layer3", "layer4"]
    assert "layer1: a single layer, with none to correlate it with." in computed.notes


def test_without_any_pair_the_reason_is_said(inspected, changed):
    def shorten(tree):
        layers = tree["dia"].children
        tree["dia"].children = {name: layers[name] for name in layers if name.endswith(".0")}

    view = view_of("correlation")
    seen = changed(inspected("dia_resnet"), shorten)
    with pytest.raises(NothingToDraw, match=r"layer3: a single layer, with none"):
        view.compute(seen, starts(view, seen))


def test_centred_correlation_needs_more_than_one_image(drawn, inspected):
    one, _ = drawn("correlation", inspected("dia_resnet"), definition="centred")
    assert all(np.isnan(data["similarity"]).all() for data in one.panels.values())
    assert any("undefined for every pair" in note for note in one.notes)
