"""The attribution view: of the chosen class and image, and only where it tells of this pass."""

import numpy as np
import pytest
import torch

from inspector.inspection import Inspection
from inspector.views import NothingToDraw, view_of

VIEW = view_of("attribution")


def normalised(seen, place):
    """The input of the network for one image."""
    card = seen.model.card
    pixels = seen.pixels.values[place].astype(np.float32) / 255
    batch = torch.from_numpy((pixels - np.float32(card.mean)) / np.float32(card.std))
    return batch.permute(2, 0, 1)[None].requires_grad_()


def gradient(seen, place, target):
    """Gradient of a logit towards the normalised input of one image, summed over rgb."""
    batch = normalised(seen, place)
    (found,) = torch.autograd.grad(seen.model.module.eval()(batch)[0, target], batch)
    return found[0].sum(0).numpy()


@pytest.mark.parametrize(("place", "target"), [(0, 7), (1, 42)])
def test_it_is_of_the_chosen_class_and_image(drawn, heat, pair, place, target):
    seen = pair("dia_resnet")
    choices = {"image": str(place), "target": str(target), "method": "saliency"}
    computed, figure = drawn("attribution", seen, **choices)
    expected = gradient(seen, place, target)
    np.testing.assert_allclose(heat(figure)[0], expected, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(
        np.rint(computed.panels["image"]["image"] * 255), seen.pixels.values[place]
    )
    assert f"Saliency: {seen.logits['class'].values[target]}" in computed.panels


def test_of_a_segmentation_it_is_the_mean_over_the_pixels_of_the_class(drawn, heat, pair):
    seen = pair("eanet_r50")
    likeliest = seen.logits.values[1].argmax(axis=0)
    target = int(np.bincount(likeliest.ravel()).argmax())
    choices = {"image": "1", "target": str(target), "method": "saliency"}
    computed, figure = drawn("attribution", seen, **choices)
    where = torch.from_numpy(likeliest == target)
    batch = normalised(seen, 1)
    logit = seen.model.module.eval()(batch)[0, target][where].mean()
    (expected,) = torch.autograd.grad(logit, batch)
    expected = expected[0].sum(0).numpy()
    np.testing.assert_allclose(heat(figure)[0], expected, atol=1e-4 * np.abs(expected).max())
    said = f"over the {int(where.sum())} pixels ({where.double().mean():.1%}) at which it is the"
    assert any(said in note for note in computed.notes)


def test_a_class_that_is_nowhere_the_likeliest_has_nothing_to_attribute(drawn, inspected):
    seen = inspected("eanet_r50")
    missing = set(range(21)) - set(np.unique(seen.logits.values.argmax(axis=1)).tolist())
    with pytest.raises(NothingToDraw, match=r"at no pixel of this image.*Choose another class"):
        drawn("attribution", seen, target=str(missing.pop()))


def test_of_a_segmentation_the_classes_that_occur_can_be_chosen(pair):
    seen = pair("eanet_r50")
    options = next(c for c in VIEW.controls(seen) if c.key == "target").options
    likeliest = seen.logits.values.argmax(axis=1)
    assert {int(key) for key in options} <= set(np.unique(likeliest).tolist())
    shares = [max((image == int(key)).mean() for image in likeliest) for key in options]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(("cut", "share"), [("none", 100), ("99", 99)])
def test_the_cut_decides_the_scale(drawn, heat, bars, inspected, cut, share):
    figure = drawn("attribution", inspected("dia_resnet"), method="saliency", cut=cut)[1]
    (values,) = heat(figure)
    limit = np.percentile(np.abs(values), share)
    np.testing.assert_allclose(bars(figure), [(-limit, limit)], rtol=1e-5)


def test_the_likeliest_classes_of_every_image_can_be_chosen(pair):
    seen = pair("dia_resnet")
    control = next(c for c in VIEW.controls(seen) if c.key == "target")
    logits = seen.logits.values.astype(float)
    odds = np.exp(logits)
    probability = odds / odds.sum(axis=1, keepdims=True)
    tops = [set(np.argsort(row)[-10:].tolist()) for row in probability]
    assert tops[0] != tops[1]
    assert {int(key) for key in control.options} == tops[0] | tops[1]
    best = [probability[:, int(key)].max() for key in control.options]
    assert best == sorted(best, reverse=True)
    names = seen.logits["class"].values
    assert control.options == {key: str(names[int(key)]) for key in control.options}


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        ("integrated_gradients", "Red raised the logit"),
        ("saliency", "a brighter pixel would raise the logit"),
        ("grad_cam", "speak for the class"),
    ],
)
def test_each_method_says_how_its_signs_read(drawn, inspected, method, sentence):
    computed, _ = drawn("attribution", inspected("dia_resnet"), method=method)
    assert any(sentence in note for note in computed.notes)


def test_it_needs_the_model(inspected):
    reason = VIEW.applies(Inspection(inspected("dia_resnet").tree))
    assert reason.startswith("Needs the model itself")


def test_it_does_not_tell_of_an_edited_pass(inspected, changed):
    def edit(tree):
        tree.attrs["interventions"] = "zeroed channel 3 of layer1.ModuleList.0"

    reason = VIEW.applies(changed(inspected("dia_resnet"), edit))
    assert "would attribute the unedited one" in reason


def test_it_needs_logits_that_are_numbers(inspected, changed):
    def break_logits(tree):
        tree["inspection"]["logits"].values[0, 3] = np.nan

    assert "that are not" in VIEW.applies(changed(inspected("dia_resnet"), break_logits))
