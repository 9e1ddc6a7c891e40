"""MRLA layers against numbers of the authors' code."""

import pytest
import torch

from inspector.models.mrla import BaseLayer, LightBranch, LightLayer
from inspector.models.mrla_tokens import TokenBaseBranch, TokenLightBranch
from inspector.models.resnet import LightBottleneck
from tests.golden import goldens
from tests.golden.goldens import far

TOLERANCE = 5e-6


def base_chain(golden):
    """The layers of a golden chain, and their inputs."""
    meta = golden.meta
    shape = (meta["b"], meta["c"], meta["h"], meta["w"])
    names = [f"{meta['tag']}.t{step}" for step in range(1, meta["steps"] + 1)]
    layers = [
        golden.fill(BaseLayer(meta["c"], meta["heads"], meta["k_size"]), f"{name}.")
        for name in names
    ]
    return layers, [goldens.feature(name, *shape, relu=True) for name in names]


def run_chain(layers, inputs):
    """Outputs, retrieval weights and final caches of a chain."""
    outputs, weights, caches = [], [], ()
    for layer, x in zip(layers, inputs, strict=True):
        layer.softmax.register_forward_hook(lambda *args: weights.append(args[2]))
        out, *caches = layer(x, *caches)
        outputs.append(out)
    return outputs, weights, caches


@pytest.mark.parametrize("case", ["a", "heads", "channelwise"])
def test_base_chain(case):
    golden = goldens.load(f"layer_base_{case}")
    outputs, weights, (keys, values) = run_chain(*base_chain(golden))
    for step, (out, weight) in enumerate(zip(outputs, weights, strict=True), 1):
        assert weight.shape[2:] == (1, step)
        assert far(weight.squeeze(2), golden[f"attn/{step}"]) < TOLERANCE
        assert far(out, golden[f"out/{step}"]) < TOLERANCE
    assert far(keys, golden["K"]) < TOLERANCE
    assert far(torch.stack(values, dim=1), golden["V"]) < TOLERANCE


def test_base_chain_gradients():
    golden = goldens.load("layer_base_a")
    layers, inputs = base_chain(golden)
    inputs = [x.requires_grad_() for x in inputs]
    last = run_chain(layers, inputs)[0][-1]
    (last * goldens.feature("base_a.probe", *last.shape)).sum().backward()
    for step, (layer, x) in enumerate(zip(layers, inputs, strict=True), 1):
        assert far(x.grad, golden[f"grad_x/{step}"]) < TOLERANCE
        expected = golden.under(f"grad/{step}/")
        assert expected
        for name, gradient in expected.items():
            assert far(layer.get_parameter(name).grad, gradient) < TOLERANCE
    earlier_queries = [layer.Wq.weight.grad for layer in layers[:-1]]
    assert earlier_queries == [None, None, None]


@pytest.mark.parametrize("case", ["a", "heads8", "channelwise", "deit"])
def test_light_layer(case, watch):
    golden = goldens.load(f"layer_light_{case}")
    meta = golden.meta
    activation = torch.nn.GELU() if case == "deit" else None
    layer = LightLayer(meta["c"], meta["heads"], meta["k_size"], act_v=activation)
    golden.fill(layer, f"{meta['tag']}.")
    x = goldens.feature(meta["tag"], 2, meta["c"], meta["h"], meta["w"], relu=case != "deit")
    out, seen = watch(layer, x, paths=["sigmoid"])
    assert seen["sigmoid"].shape == (2, meta["heads"], 1, 1, 1)
    assert far(seen["sigmoid"].flatten(1), golden["gate"]) < TOLERANCE
    assert far(out, golden["out"]) < TOLERANCE


def test_light_layer_gradients():
    golden = goldens.load("layer_light_a")
    layer = golden.fill(LightLayer(64, 2, 3), "light_a.")
    x = goldens.feature("light_a", 2, 64, 8, 8, relu=True).requires_grad_()
    out = layer(x)
    (out * goldens.feature("light_a.probe", *out.shape)).sum().backward()
    assert far(x.grad, golden["grad_x"]) < TOLERANCE
    for name in ("Wq.weight", "Wk.weight", "Wv.weight"):
        assert far(layer.get_parameter(name).grad, golden[f"grad/{name}"]) < TOLERANCE


def test_light_branch():
    golden = goldens.load("layer_light_module")
    branch = golden.fill(LightBranch(64, 2), "light_module.")
    x = goldens.feature("light_module.x", 2, 64, 7, 9, relu=True)
    shortcut = goldens.feature("light_module.o_prev", 2, 64, 7, 9)
    assert far(branch(x, shortcut), golden["out"]) < TOLERANCE


def test_token_base_branch(watch):
    golden = goldens.load("layer_deit_base_module")
    caches = ()
    for step in range(1, golden.meta["steps"] + 1):
        name = f"deit_base_module.t{step}"
        branch = golden.fill(TokenBaseBranch(96, 6), f"{name}.")
        x = goldens.tokens(name, 2, 26, 96)
        (out, *caches), seen = watch(branch, x, *caches, paths=["mrla.softmax"])
        assert far(out, golden[f"out/{step}"]) < TOLERANCE
        assert far(seen["mrla.softmax"].squeeze(2), golden[f"attn/{step}"]) < TOLERANCE


def test_token_light_branch(watch):
    golden = goldens.load("layer_deit_light_module")
    branch = golden.fill(TokenLightBranch(96, 6), "deit_light_module.")
    x, previous = (
        goldens.tokens(f"deit_light_module.{name}", 2, 26, 96) for name in ("x", "o_prev")
    )
    out, seen = watch(branch, x, previous, paths=["mrla.sigmoid"])
    assert far(out, golden["out"]) < TOLERANCE
    assert far(seen["mrla.sigmoid"].flatten(1), golden["gate"]) < TOLERANCE


def test_light_stage(watch):
    golden = goldens.load("layer_light_stage")
    blocks = [LightBottleneck(48, 16, 2), *(LightBottleneck(64, 16, 1) for _ in range(3))]
    x = goldens.feature("light_stage.x", 2, 48, 12, 10, relu=True)
    for step, block in enumerate(blocks, 1):
        golden.fill(block, f"light_stage.t{step}.")
        x, seen = watch(block, x, paths=["mrla", "mrla.mrla.sigmoid", "mrla.mrla.Wv"])
        assert far(x, golden[f"y/{step}"]) < TOLERANCE
        assert far(seen["mrla"], golden[f"o/{step}"]) < TOLERANCE
        assert far(seen["mrla.mrla.Wv"], golden[f"V/{step}"]) < TOLERANCE
        assert far(seen["mrla.mrla.sigmoid"].flatten(1), golden[f"gate/{step}"]) < TOLERANCE


def test_published_children():
    """Hooks recognise layers by the names of their children."""
    assert [name for name, _ in BaseLayer(8, 2).named_children()] == [
        *("avg_pool", "Wq", "Wk", "Wv", "softmax")
    ]
    assert [name for name, _ in LightLayer(8, 2).named_children()][:5] == [
        *("avg_pool", "Wq", "Wk", "Wv", "sigmoid")
    ]


def test_heads_share_channels_evenly():
    with pytest.raises(ValueError, match="10 channels cannot be shared evenly by 4 heads"):
        BaseLayer(10, 4)


def test_patches_fill_a_square():
    tokens = torch.zeros(1, 1 + 6, 16)
    with pytest.raises(ValueError, match="must fill a square, got 6 of them"):
        TokenLightBranch(16, 1)(tokens, tokens)


def test_a_long_chain_in_half_precision_is_rounded_once():
    """Added up layer by layer in bfloat16, twenty values would lose two more bits."""
    torch.manual_seed(0)
    layer = BaseLayer(16, 2).bfloat16().eval()
    weight = torch.full((1, 2, 1, 20), 0.05, dtype=torch.bfloat16)
    values = tuple(torch.rand(1, 16, 4, 4).bfloat16() for _ in range(20))
    exact = sum(0.05005 * value.double() for value in values)
    retrieved = layer._retrieve(weight, values).double()
    assert weight.double().unique().item() == pytest.approx(0.05005, abs=5e-6)
    assert ((retrieved - exact).abs() / exact).max() < 2**-8
