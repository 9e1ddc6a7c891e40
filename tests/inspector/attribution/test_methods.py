"""Each method against its formula, written out for networks of a few lines."""

import numpy as np
import pytest
import torch
from skimage.segmentation import slic

from inspector.attribution import METHODS, attribute
from tests.inspector.attribution.planted import (
    MEAN,
    SIDE,
    STD,
    Linear,
    Rectified,
    loaded,
    normalised,
)

TARGET = 2


def weight_of(model):
    """The linear network's weight for the target, (y, x, rgb)."""
    return model.module.weight[TARGET].detach().numpy().transpose(1, 2, 0)


def hidden(model, picture):
    """Values before the ReLU (..., unit) of pictures (..., rgb), and the conv's weight."""
    conv = model.module.conv
    kernel = conv.weight[:, :, 0, 0].detach().double().numpy()
    return picture @ kernel.T + conv.bias.detach().double().numpy(), kernel


def head(model):
    """What one cell of a unit adds to the target's logit, (unit,)."""
    return model.module.fc.weight[TARGET].detach().double().numpy() / SIDE**2


def test_input_x_gradient_is_their_product(pixels):
    model = loaded(Linear)
    got = attribute(model, pixels, TARGET, "input_x_gradient")["attribution"]
    np.testing.assert_allclose(got, (normalised(pixels) * weight_of(model)).sum(-1), atol=1e-5)


def test_gradient_shap_is_of_a_mixture_of_three_plain_pictures(pixels):
    """On a linear network: weight x (image - mixture of black, mean colour and white)."""
    model = loaded(Linear)
    found = attribute(model, pixels[:1], TARGET, "gradient_shap", draws=50)["attribution"]
    weight, image = weight_of(model), normalised(pixels)[0]
    black, white = -np.array(MEAN) / STD, (1 - np.array(MEAN)) / STD
    missing = ((image * weight).sum(-1) - found.values[0]).ravel()
    plain = np.stack([(weight @ end).ravel() for end in (black, white)], 1)
    shares, rest, *_ = np.linalg.lstsq(plain, missing)
    assert rest < 1e-8
    assert (shares > 0.1).all()
    assert shares.sum() < 0.9  # the rest are draws of the mean colour, which is 0
    np.testing.assert_allclose(shares * 50, np.round(shares * 50), atol=1e-3)
    assert found.attrs["convergence_delta"] < 1e-4


def test_deep_lift_multiplies_by_the_slope_between_image_and_mean_colour(pixels):
    model = loaded(Rectified)
    got = attribute(model, pixels, TARGET, "deep_lift")["attribution"]
    image = normalised(pixels)
    (at, kernel), (start, _) = hidden(model, image), hidden(model, np.zeros(3))
    slope = (np.maximum(at, 0) - np.maximum(start, 0)) / (at - start)
    expected = (image * ((slope * head(model)) @ kernel)).sum(-1)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert got.attrs["convergence_delta"] < 1e-5


def guided(model, image):
    """The gradient that passes where a unit is on and what comes back is positive, summed."""
    at, kernel = hidden(model, image)
    return (((at > 0) * np.maximum(head(model), 0)) @ kernel).sum(-1)


@pytest.mark.parametrize("inplace", [False, True])
def test_guided_backprop_lets_positive_gradients_pass(pixels, inplace):
    model = loaded(Rectified, inplace=inplace)
    got = attribute(model, pixels, TARGET, "guided_backprop")["attribution"]
    np.testing.assert_allclose(got, guided(model, normalised(pixels)), atol=1e-6)


def test_guided_grad_cam_is_guided_where_features_speak_for_the_class(pixels):
    model = loaded(Rectified)
    got = attribute(model, pixels, TARGET, "guided_grad_cam")["attribution"]
    image = normalised(pixels)
    cam = (np.maximum(hidden(model, image)[0], 0) * head(model)).sum(-1)
    expected = guided(model, image) * np.maximum(cam, 0)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert (expected == 0).any()
    assert (expected != 0).any()


@pytest.mark.parametrize(("patches", "side"), [(3, 2), (2, 3), (6, 1)])
def test_occlusion_is_what_a_patch_adds_to_a_linear_logit(pixels, patches, side):
    model = loaded(Linear)
    got = attribute(model, pixels, TARGET, "occlusion", patches=patches)["attribution"]
    each = (normalised(pixels) * weight_of(model)).sum(-1)
    blocks = each.reshape(2, patches, side, patches, side).sum((2, 4))
    expected = blocks.repeat(side, axis=1).repeat(side, axis=2)
    np.testing.assert_allclose(got, expected, atol=1e-5)
    assert got.attrs["patch"] == side


def by_superpixel(model, pixels, segments):
    """What each superpixel adds to a linear logit, spread over its pixels."""
    each = (normalised(pixels) * weight_of(model)).sum(-1)
    found = np.zeros_like(each)
    for place, picture in enumerate(pixels.values):
        labels = slic(picture.astype(np.float32) / 255, segments, 10, start_label=0)
        for label in np.unique(labels):
            found[place][labels == label] = each[place][labels == label].sum()
    return found


def test_ablation_and_shapley_values_agree_where_all_is_additive(pixels):
    model = loaded(Linear)
    expected = by_superpixel(model, pixels, 6)
    ablated = attribute(model, pixels, TARGET, "feature_ablation", segments=6)["attribution"]
    shapley = attribute(model, pixels, TARGET, "kernel_shap", segments=6)["attribution"]
    assert ablated.attrs["superpixels"] > 2
    np.testing.assert_allclose(ablated, expected, atol=1e-5)
    np.testing.assert_allclose(shapley, expected, atol=1e-2)


def test_lime_comes_near_where_all_is_additive(pixels):
    """The ridge penalty shrinks coefficients, by little when samples are many."""
    model = loaded(Linear)
    expected = by_superpixel(model, pixels, 6)
    got = attribute(model, pixels, TARGET, "lime", segments=6, samples=1500)["attribution"]
    np.testing.assert_allclose(got, expected, atol=0.05 * np.abs(expected).max())


SMOOTHED = [key for key, method in METHODS.items() if "noisy" in method.settings({})]


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients"])
def test_noise_changes_nothing_of_a_constant_slope(pixels, method):
    model = loaded(Linear)
    plain, smooth = (
        attribute(model, pixels, TARGET, method, noisy=noisy)["attribution"] for noisy in (0, 64)
    )
    # of Integrated Gradients, the input itself is noisy too: their mean comes near
    atol = 1e-5 if method == "saliency" else 2.0
    np.testing.assert_allclose(smooth, plain, atol=atol)
    assert np.corrcoef(np.ravel(smooth), np.ravel(plain))[0, 1] > 0.97


@pytest.mark.parametrize("method", [k for k, m in METHODS.items() if "seed" in m.settings({})])
def test_a_seed_decides_what_is_drawn(pixels, method):
    model = loaded(Rectified)
    noisy = {"noisy": 3, "steps": 4} if method == "integrated_gradients" else {"noisy": 3}
    options = (noisy if method in SMOOTHED else {}) | ({"samples": 20} if method == "lime" else {})
    before = torch.get_rng_state()
    first, again, other = (
        attribute(model, pixels[:1], TARGET, method, seed=seed, **options)["attribution"]
        for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not np.array_equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("method", METHODS)
def test_every_setting_stands_beside_the_map(pixels, method):
    model = loaded(Rectified)
    attributes = attribute(model, pixels, TARGET, method)["attribution"].attrs
    expected = {option.key: option.start for option in METHODS[method].options}
    assert {key: attributes[key] for key in expected} == expected


def test_options_are_checked_in_words(pixels):
    model = loaded(Linear)
    with pytest.raises(ValueError, match="Saliency takes noisy, noise, seed; got 'steps'"):
        attribute(model, pixels, 0, "saliency", steps=3)
    with pytest.raises(ValueError, match="Grad-CAM takes no options; got 'steps'"):
        attribute(loaded(Rectified), pixels, 0, "grad_cam", steps=3)
    with pytest.raises(ValueError, match="a whole number from 2 to 256 as steps, got 1000"):
        attribute(model, pixels, 0, "integrated_gradients", steps=1000)
    with pytest.raises(ValueError, match=r"a whole number from 2 to 256 as steps, got 2\.5"):
        attribute(model, pixels, 0, "integrated_gradients", steps=2.5)


def test_an_activation_that_reads_no_image_is_no_obstacle(inspected):
    """DIA's state before the first block is zero: the ReLU behind it has no gradient to the image.

    Guided by hand: a ReLU passes back the positive part of what it passes at all.
    """
    seen = inspected("dia_resnet")
    model = seen.model
    handles = [
        part.register_full_backward_hook(lambda _, passed, __: (passed[0].clamp(min=0),))
        for part in model.module.modules()
        if isinstance(part, torch.nn.ReLU)
    ]
    pixels = (seen.pixels.values / 255 - model.card.mean) / model.card.std
    batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().requires_grad_()
    (expected,) = torch.autograd.grad(model.module(batch)[0, TARGET], batch)
    for handle in handles:
        handle.remove()
    got = attribute(model, seen.pixels, TARGET, "guided_backprop")["attribution"]
    scale = float(expected.abs().max())
    np.testing.assert_allclose(got, expected.sum(1).numpy(), atol=1e-5 * scale)
