"""The view of agreement: the maps that are compared, and the pairs that cannot be."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from inspector.attribution import attribute
from inspector.inspection import inspect_image
from inspector.measures import on_cells
from inspector.views import NothingToDraw, starts, view_of
from inspector.views.placed import options, placed_map
from inspector.zoo import load_model

VIEW = view_of("agreement")


@pytest.fixture(scope="module")
def vit(picture):
    """A vision transformer on a grid of 6 by 6, which the smallest ones do not reach."""
    model = load_model("vit_tiny_patch16_224", device="cpu", img_size=96)
    return inspect_image(model, picture)


def correlations(seen, own, methods, values, target=7):
    """Spearman's coefficients by scipy, on the attention's own cells."""
    for key in methods:
        found = attribute(seen.model, seen.pixels, target, key)["attribution"][0]
        coarse = on_cells(found, *own.shape).values
        coarse = np.abs(coarse) if values == "size" else coarse
        yield spearmanr(np.ravel(own), coarse.ravel()).statistic


@pytest.mark.parametrize("values", ["size", "signed"])
def test_the_coefficients_are_scipys_on_the_attentions_own_cells(drawn, vit, values):
    methods = ("saliency", "input_x_gradient")
    choices = {"map": "class_token:blocks.5", "methods": methods, "values": values}
    computed, _ = drawn("agreement", vit, target="7", **choices)
    row = vit.attention["self_attention"]["blocks.5"]["weight"].values[0].mean(0)[0]
    own = row[1:].reshape(6, 6)
    got = computed.panels["agreement"]["correlation"]
    np.testing.assert_allclose(got, list(correlations(vit, own, methods, values)), atol=1e-9)
    np.testing.assert_allclose(computed.panels["the attention map"]["map"], own, atol=1e-6)


def test_equal_maps_agree_at_1(drawn, monkeypatch, vit):
    own, _ = placed_map(vit, {"map": "class_token:blocks.5"})
    same = own.expand_dims("sample").to_dataset(name="attribution")
    monkeypatch.setattr("inspector.attribution.attribute", lambda *_args, **_options: same)
    choices = {"map": "class_token:blocks.5", "methods": ("saliency",)}
    computed, _ = drawn("agreement", vit, **choices)
    assert float(computed.panels["agreement"]["correlation"][0]) == pytest.approx(1)
    assert any("beyond chance: Saliency" in note for note in computed.notes)


def test_every_kind_of_placed_map_is_the_attention_it_names(vit, inspected):
    rolled, said = placed_map(vit, {"map": "rollout:blocks.1"})
    weights = [
        vit.attention["self_attention"][f"blocks.{n}"]["weight"].values[0].mean(0) for n in (0, 1)
    ]
    product = np.linalg.multi_dot([(w + np.eye(37)) / 2 for w in weights[::-1]])
    np.testing.assert_allclose(rolled, product[0, 1:].reshape(6, 6), atol=1e-6)
    assert "Rollout of 2 layers" in said
    seen = inspected("share_sge_resnet50")
    gate, _ = placed_map(seen, {"map": next(iter(options(seen)))})
    layer = next(iter(seen.attention["gates"].children))
    expected = seen.attention["gates"][layer]["spatial_gate"].values[0].mean(0)
    np.testing.assert_allclose(gate, expected, atol=1e-6)
    seen = inspected("eanet_r50")
    slot, said = placed_map(seen, {"map": next(iter(options(seen)))})
    affinity = seen.attention["external_attention"]["linu"]["affinity"].values[0].mean(0)
    largest = int(affinity.sum(0).argmax())
    np.testing.assert_allclose(np.ravel(slot), affinity[:, largest], atol=1e-6)
    assert f"slot {largest} of linu" in said


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dia_resnet", "gates of DIA say how much of a channel passes, not from where"),
        ("resnet50_mrlab", "retrieval weights say from which layer, not from where"),
        ("share_se_resnet50", "channel gates say how much of a channel passes"),
        ("resnet50_mrlal", "gates of MRLA say how much of a head passes"),
    ],
)
def test_attention_without_a_place_is_refused_with_the_reason(inspected, name, reason):
    said = VIEW.applies(inspected(name))
    assert said.startswith("Needs attention that has a place in the image")
    assert reason in said


def test_too_few_cells_are_refused(inspected):
    seen = inspected("deit_tiny_patch16_224")
    with pytest.raises(NothingToDraw, match="has 4 x 4 cells, and at least 5 x 5 are needed"):
        VIEW.compute(seen, starts(VIEW, seen))


def test_an_attribution_that_is_the_same_everywhere_tells_nothing(drawn, monkeypatch, vit):
    flat = xr.Dataset({"attribution": (("sample", "y", "x"), np.ones((1, 6, 6)))})
    monkeypatch.setattr("inspector.attribution.attribute", lambda *_args, **_options: flat)
    computed, _ = drawn("agreement", vit, methods=("saliency",))
    assert any("every attribution is the same everywhere" in note for note in computed.notes)


def test_a_map_of_attention_that_is_the_same_everywhere_is_refused(inspected):
    """As published, a gate of SGE begins without effect."""
    seen = inspected("share_sge_resnet50")
    with pytest.raises(NothingToDraw, match="is the same everywhere, so that its places"):
        VIEW.compute(seen, starts(VIEW, seen))
