"""External attention against its double normalisation in numpy, in each published layout."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torch import nn

from hooks import capture
from hooks.external_attention import MECHANISM
from tests.hooks.external import TokenAttention

LAYERS = {  # name: (module, key memory)
    "linu": ("linu", "linear_0"),
    "performer": ("performer", "linear_0"),
    "transformer": ("transformer", "linear_1"),
    "blocks.0": ("blocks.0.attn", "linear_0"),
}


@pytest.fixture
def model(build):
    return build("external")


@pytest.fixture
def layers(model, batch):
    return capture(model, batch, detail="full")["external_attention"]


@pytest.mark.parametrize("name", LAYERS)
def test_affinity_is_softmax_over_tokens_then_l1_over_slots(layers, name):
    layer = layers[name]
    soft = softmax(layer["score"].values.astype(float), axis=2)
    np.testing.assert_allclose(layer["token_softmax"].values, soft, atol=1e-6)
    np.testing.assert_allclose(layer["token_softmax"].sum("token").values, 1, atol=1e-5)
    expected = soft / (1e-9 + soft.sum(3, keepdims=True))
    np.testing.assert_allclose(layer["affinity"].values, expected, atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_score_is_the_product_of_query_and_key_memory(model, batch, layers, name):
    path, key = LAYERS[name]
    memory = model.get_submodule(f"{path}.{key}")
    seen = {}
    handle = memory.register_forward_pre_hook(lambda _, args: seen.update(q=args[0].detach()))
    model(batch)
    handle.remove()
    query = seen["q"].transpose(1, 2) if name == "linu" else seen["q"]
    query = query.numpy() if query.ndim == 4 else query.numpy()[:, None]
    expected = np.einsum("bhnd,sd->bhns", query, layers[name]["memory_key"].values)
    if memory.bias is not None:
        expected = expected + memory.bias.detach().numpy()
    np.testing.assert_allclose(layers[name]["score"].values, expected, atol=1e-5)


def test_memories_are_slot_by_feature(model, layers):
    block = model.blocks[0]["attn"]
    assert np.array_equal(
        layers["blocks.0"]["memory_key"].values, block.linear_0.weight.detach().numpy()
    )
    assert np.array_equal(
        layers["linu"]["memory_value"].values,
        model.linu.linear_1.weight.detach().numpy()[:, :, 0].T,
    )


def test_tokens_know_their_grid_and_class_token(layers):
    grids = {name: layers[name]["token"].attrs for name in ("linu", "performer", "blocks.1")}
    assert grids["linu"] | {"long_name": ""} == {
        "grid_height": 4,
        "grid_width": 4,
        "class_tokens": 0,
        "long_name": "",
    }
    assert grids["performer"]["class_tokens"] == 0
    assert grids["blocks.1"]["class_tokens"] == 1


def test_the_segmentation_head_takes_its_grid_from_the_map(model, batch):
    linu = capture(model, batch[:, :, :2, :], layers=["linu"])["external_attention"]["linu"]
    assert (linu["token"].attrs["grid_height"], linu["token"].attrs["grid_width"]) == (2, 4)


@pytest.mark.parametrize(("height", "width"), [(2, 8), (3, 5), (4, 4)])
def test_the_grid_follows_the_shape_of_the_image(model, height, width):
    layers = capture(model, torch.randn(1, 8, height, width))["external_attention"]
    for name, extra in {"performer": 0, "blocks.1": 1}.items():
        place = layers[name]["token"].attrs
        assert (place["grid_height"], place["grid_width"]) == (height, width)
        assert place["class_tokens"] == extra


def test_a_grid_that_does_not_fit_the_image_is_not_guessed(model):
    """Tokens alone do not tell their image: 16 may be 4 x 4 or 2 x 8."""
    kept = capture(model.performer, torch.randn(1, 16, 8))["external_attention"]["model"]
    assert "grid_height" not in kept["token"].attrs


def test_dense_layers_of_the_same_names_are_not_memories():
    """linear_0 and linear_1 of unequal inner width belong to something else."""
    other = nn.Module()
    for name, sizes in {"q_linear": (8, 8), "linear_0": (8, 5), "linear_1": (7, 8)}.items():
        other.add_module(name, nn.Linear(*sizes))
    other.proj = nn.Linear(8, 8)
    assert MECHANISM.sites(other) == []


CASES = [  # the last two: scores that overflow without care, and halves so small that they round
    *((dtype, 64, 64, 1) for dtype in (torch.float32, torch.float16, torch.bfloat16)),
    *((dtype, 64, 64, 4) for dtype in (torch.float32, torch.float16, torch.bfloat16)),
    (torch.float32, 64, 64, 100),
    (torch.float16, 16, 8, 14),
]


@pytest.mark.parametrize("tokens", [196, 784, 3136])
@pytest.mark.parametrize(("dtype", "channels", "slots", "scale"), CASES)
def test_many_tokens_are_verified_well_within_rounding(dtype, channels, slots, scale, tokens):
    attention = TokenAttention(0)
    attention.q_linear = attention.proj = nn.Linear(channels, channels)
    attention.linear_0 = nn.Linear(channels, slots, bias=False)
    attention.linear_1 = nn.Linear(slots, channels)
    model = nn.Sequential(attention).eval()
    for seed in range(4):
        torch.manual_seed(seed)
        for part in attention.children():
            part.reset_parameters()
        attention.linear_0.weight.data.mul_(scale)
        batch = torch.randn(2, tokens, channels)
        [layer] = capture(model.to(dtype), batch.to(dtype))["external_attention"].children.values()
        assert layer.attrs["verified_error"] < layer.attrs["verified_tolerance"] / 2
