"""Attributions against closed forms: a linear network has exactly one honest answer."""

import numpy as np
import pytest
import torch

import inspector
from inspector.attribution import METHODS, attribute, refusal, room
from tests.inspector.attribution.planted import (
    SIDE,
    Dense,
    Linear,
    Normed,
    Pooled,
    Rectified,
    loaded,
    normalised,
)


def test_saliency_is_the_signed_gradient(pixels):
    model = loaded(Linear)
    got = attribute(model, pixels, 2, "saliency")["attribution"]
    expected = model.module.weight[2].sum(0).detach().numpy()
    np.testing.assert_allclose(got.values, np.stack([expected] * 2), rtol=1e-5)
    assert got.dims == ("sample", "y", "x")
    assert (got < 0).any()


def test_integrated_gradients_are_weight_times_input_and_complete(pixels):
    model = loaded(Linear)
    got = attribute(model, pixels, 1, "integrated_gradients")["attribution"]
    weight = model.module.weight[1].detach().numpy().transpose(1, 2, 0)
    expected = (normalised(pixels) * weight).sum(-1)
    np.testing.assert_allclose(got.values, expected, atol=1e-5)
    assert got.attrs["convergence_delta"] < 1e-4


def test_grad_cam_is_the_head_weighted_feature_map(pixels):
    model = loaded(Pooled)
    got = attribute(model, pixels, 3, "grad_cam")["attribution"]
    conv, fc = model.module.conv, model.module.fc
    kernel = conv.weight[:, :, 0, 0].detach().numpy()
    features = normalised(pixels) @ kernel.T + conv.bias.detach().numpy()
    # The mean over SIDE * SIDE cells divides the head's weight; Captum averages the gradient again.
    expected = (features * fc.weight[3].detach().numpy() / SIDE**2).sum(-1)
    np.testing.assert_allclose(got.values, expected, atol=1e-6)


def mean_gradient(module, where):
    """Per channel (sample, y, x, rgb): what a pixel adds to the mean over the chosen ones."""
    weights = [part[2].detach().numpy() for part in (module.own, module.right)]
    own, right = where.values, np.roll(where.values, 1, axis=2)
    gradient = own[..., None] * weights[0] + right[..., None] * weights[1]
    return gradient / own.sum((1, 2))[:, None, None, None]


def test_of_pixels_the_mean_logit_over_the_chosen_ones_is_attributed(pixels, where):
    model = loaded(Dense)
    slope = mean_gradient(model.module, where)
    got = attribute(model, pixels, 2, "saliency", where=where)["attribution"]
    np.testing.assert_allclose(got.values, slope.sum(-1), atol=1e-6)
    got = attribute(model, pixels, 2, "integrated_gradients", where=where)["attribution"]
    np.testing.assert_allclose(got.values, (normalised(pixels) * slope).sum(-1), atol=1e-5)
    assert got.attrs["convergence_delta"] < 1e-5


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients"])
def test_each_image_has_pixels_of_its_own(pixels, where, method):
    model = loaded(Dense)
    both = attribute(model, pixels, 2, method, where=where)["attribution"]
    for i in (0, 1):
        alone = attribute(model, pixels[[i]], 2, method, where=where[[i]])["attribution"]
        np.testing.assert_allclose(both.values[i], alone.values[0], atol=1e-6)


def _real(batch):
    """Images of a batch; none of one without values, which only shows what a pass would need."""
    return 0 if batch.is_meta else len(batch)


def test_large_images_go_through_one_by_one(pixels, where, monkeypatch):
    model, sizes = loaded(Dense), []
    model.module.register_forward_pre_hook(lambda _, batch: sizes.append(_real(batch[0])))
    monkeypatch.setattr(room, "USUAL", (SIDE**2, 99))
    attribute(model, pixels[[0]], 2, "integrated_gradients", where=where[[0]])
    # at the two ends, for the convergence delta, and on the way
    sizes = [size for size in sizes if size]
    assert max(sizes) == 1
    assert len(sizes) == METHODS["integrated_gradients"].options[0].start + 2


def test_pixels_must_fit_the_kind_of_network(pixels, where):
    with pytest.raises(ValueError, match=r"Expected the pixels .* planted does segmentation"):
        attribute(loaded(Dense), pixels, 2, "saliency")
    with pytest.raises(ValueError, match=r"and of no other; planted does classification"):
        attribute(loaded(Linear), pixels, 2, "saliency", where=where)
    with pytest.raises(ValueError, match=r"pixels in every image .* got none"):
        attribute(loaded(Dense), pixels, 2, "saliency", where=where & False)


def test_the_network_is_attributed_in_evaluation_mode(pixels):
    model = loaded(Normed)
    model.module.eval()
    batch = torch.from_numpy(normalised(pixels)).permute(0, 3, 1, 2).float().requires_grad_()
    model.module(batch)[:, 2].sum().backward()
    model.module.train()
    got = attribute(model, pixels, 2, "saliency")["attribution"]
    np.testing.assert_allclose(got.values, batch.grad.sum(1).numpy(), atol=1e-6)


@pytest.mark.parametrize("switched_off", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("method", METHODS)
def test_gradients_are_there_though_the_caller_switched_them_off(pixels, method, switched_off):
    model = loaded(Rectified)
    expected = attribute(model, pixels, 3, method)["attribution"]
    with switched_off():
        got = attribute(model, pixels, 3, method)["attribution"]
    assert got.any()
    assert got.equals(expected)


def test_a_network_made_without_gradients_is_refused(pixels):
    with torch.inference_mode():
        model = loaded(Pooled)
    with pytest.raises(ValueError, match=r"loaded under torch.inference_mode\(\)"):
        attribute(model, pixels, 0, "saliency")


def test_it_is_at_hand_from_the_package(pixels):
    model = loaded(Linear)
    assert inspector.attribute(model, pixels, 0, "saliency").equals(
        attribute(model, pixels, 0, "saliency")
    )


def test_every_method_says_how_its_signs_read():
    assert all(m.reads.startswith("Red") and "blue" in m.reads for m in METHODS.values())
    assert "would raise" in METHODS["saliency"].reads


@pytest.mark.parametrize("method", METHODS)
def test_the_model_is_left_as_it_was(pixels, method):
    model = loaded(Rectified)
    model.module.train()
    model.module.conv.weight.requires_grad_(False)
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    attribute(model, pixels, 0, method)
    module = model.module
    assert module.training
    assert [p.requires_grad for p in module.parameters()] == [False, True, True, True]
    assert all(p.grad is None for p in module.parameters())
    assert not any(len(m._forward_hooks) + len(m._backward_hooks) for m in module.modules())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert not any(
        {"input", "output", "input_ref"} & vars(part).keys() for part in module.modules()
    )


def test_a_network_without_a_feature_map_is_refused_grad_cam(pixels):
    assert "pools its last feature map; Linear has none" in refusal(loaded(Linear), "grad_cam")
    with pytest.raises(ValueError, match="Use Integrated Gradients or Saliency"):
        attribute(loaded(Linear), pixels, 0, "grad_cam")
    assert refusal(loaded(Linear), "saliency") is None


def test_an_unknown_method_is_refused(pixels):
    with pytest.raises(ValueError, match="called 'lrp'; there are: integrated_gradients, saliency"):
        attribute(loaded(Linear), pixels, 0, "lrp")


def test_shipped_models_can_be_attributed(small, inspected):
    """The last feature map of a CIFAR ResNet on 32 x 32 pixels has 8 x 8 cells."""
    model, seen = small("dia_resnet"), inspected("dia_resnet")
    cam = attribute(model, seen.pixels, 7, "grad_cam")["attribution"]
    assert cam.shape == (1, 8, 8)
    integral = attribute(model, seen.pixels, 7, "integrated_gradients")["attribution"]
    assert integral.attrs["convergence_delta"] < 0.01
    with torch.no_grad():
        blank = model.module(torch.zeros(1, 3, 32, 32))[0, 7]
    gained = float(seen.logits.isel(sample=0)[7]) - float(blank)
    assert abs(float(integral.sum()) - gained) < 0.01
