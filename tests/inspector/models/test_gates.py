"""Gates against their papers' formulas in numpy; the shared ones also have goldens elsewhere."""

import numpy as np
import pytest
import torch

from inspector.models.gates import (
    EfficientChannelAttention,
    SpatialGroupEnhance,
    SqueezeExcitation,
)
from tests.golden import goldens


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture
def x():
    return goldens.feature("gates", 2, 32, 5, 4).double()


def test_squeeze_excitation(x):
    gate = SqueezeExcitation(32).double()
    narrow, wide = (gate.fc[place].weight.detach().numpy() for place in (0, 2))
    assert (narrow.shape, wide.shape) == ((2, 32), (32, 2))
    pooled = x.numpy().mean((2, 3))
    expected = sigmoid(np.maximum(pooled @ narrow.T, 0) @ wide.T)
    np.testing.assert_allclose(gate(x).detach() / x, np.tile(expected[:, :, None, None], (5, 4)))


@pytest.mark.parametrize("kernel", [3, 7])
def test_efficient_channel_attention(x, kernel):
    gate = EfficientChannelAttention(kernel).double()
    weight = gate.conv.weight.detach().numpy().ravel()
    pooled = x.numpy().mean((2, 3))
    mixed = np.stack([np.convolve(row, weight[::-1], mode="same") for row in pooled])
    expected = np.tile(sigmoid(mixed)[:, :, None, None], (5, 4))
    np.testing.assert_allclose(gate(x).detach() / x, expected)


def test_spatial_group_enhance(x):
    gate = SpatialGroupEnhance(8).double()
    with torch.no_grad():
        gate.weight.copy_(torch.linspace(-1, 1, 8).view(1, 8, 1, 1))
    found = gate(x).detach().numpy()
    for sample in range(2):
        for group in range(8):
            part = x.numpy()[sample, 4 * group : 4 * group + 4]
            likeness = (part * part.mean((1, 2), keepdims=True)).sum(0)
            standard = (likeness - likeness.mean()) / (likeness.std(ddof=1) + 1e-5)
            weight, bias = gate.weight[0, group, 0, 0].item(), gate.bias[0, group, 0, 0].item()
            expected = part * sigmoid(weight * standard + bias)
            np.testing.assert_allclose(found[sample, 4 * group : 4 * group + 4], expected)


def test_one_place_cannot_differ_from_the_others():
    with pytest.raises(ValueError, match="compares the places of a map, and this map has only one"):
        SpatialGroupEnhance()(torch.ones(1, 64, 1, 1))
