"""Gates against their formulas in numpy, and against timm's own modules."""

from dataclasses import replace

import numpy as np
import pytest
import timm
import torch
from timm.layers import GatedMlp, create_attn
from torch import nn

from hooks import MechanismNotFound, UnexpectedShape, capture, chains
from hooks.evidence import proof
from hooks.gates import MECHANISM


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def weight_of(layer):
    return layer.weight.detach().numpy().reshape(layer.weight.shape[0], -1)


def bias_of(layer):
    return layer.bias.detach().numpy()


def squeezed(module, pooled):
    """fc2 of the rectified fc1, (sample, channel)."""
    narrow = np.maximum(pooled @ weight_of(module.fc1).T + bias_of(module.fc1), 0)
    return narrow @ weight_of(module.fc2).T + bias_of(module.fc2)


def input_of(model, path, batch):
    """What a submodule receives, one array per call."""
    seen = []
    handle = model.get_submodule(path).register_forward_pre_hook(
        lambda _, args: seen.append(args[0].detach().numpy())
    )
    model(batch)
    handle.remove()
    return seen


@pytest.fixture
def model(build):
    return build("gates")


@pytest.fixture
def layers(model, batch):
    return capture(model, batch)["gates"]


def test_every_gate_is_found_and_named_by_its_block(layers):
    assert {name: layer.attrs["variant"] for name, layer in layers.children.items()} == {
        "layer1.ModuleList.0": "shared SE",
        "layer1.ModuleList.2": "shared SE",
        "layer2.0.se": "SE",  # two in one block go by their own paths
        "layer2.0.eca": "ECA",
        "layer2.1": "CBAM",
        "layer2.2": "SE",
    }
    assert [len(names) for names in chains(layers).values()] == [2, 4]
    assert list(chains(layers)) == ["layer1", "layer2"]


@pytest.mark.parametrize(
    ("layer", "path", "call"),
    [
        ("layer1.ModuleList.0", "layer1.share_fc", 0),
        ("layer1.ModuleList.2", "layer1.share_fc", 1),
        ("layer2.2", "layer2.2.se", 0),
    ],
)
def test_se_of_convolutions(model, batch, layers, layer, path, call):
    pooled = input_of(model, path, batch)[call].mean((2, 3))
    expected = sigmoid(squeezed(model.get_submodule(path), pooled))
    np.testing.assert_allclose(layers[layer]["gate"].values, expected, atol=1e-6)


def test_se_of_linear_maps(model, batch, layers):
    first, _, last, _ = model.layer2[0].se.fc
    pooled = input_of(model, "layer2.0.se", batch)[0].mean((2, 3))
    narrow = np.maximum(pooled @ weight_of(first).T + bias_of(first), 0)
    expected = sigmoid(narrow @ weight_of(last).T + bias_of(last))
    np.testing.assert_allclose(layers["layer2.0.se"]["gate"].values, expected, atol=1e-6)


def test_eca(model, batch, layers):
    pooled = input_of(model, "layer2.0.eca", batch)[0].mean((2, 3))
    kernel = weight_of(model.layer2[0].eca.conv).ravel()
    mixed = np.stack([np.convolve(row, kernel[::-1], mode="same") for row in pooled])
    np.testing.assert_allclose(layers["layer2.0.eca"]["gate"].values, sigmoid(mixed), atol=1e-6)


def test_cbam_has_a_factor_per_channel_and_one_per_place(model, batch, layers):
    x = input_of(model, "layer2.1.attn", batch)[0]
    cbam, layer = model.layer2[1].attn, layers["layer2.1"]
    pools = (x.mean((2, 3)), x.max((2, 3)))
    channel = sigmoid(sum(squeezed(cbam.channel, pool) for pool in pools))
    np.testing.assert_allclose(layer["gate"].values, channel, atol=1e-6)
    gated = x * channel[..., None, None]
    pools = np.stack([gated.mean(1), gated.max(1)], 1)
    with torch.no_grad():
        score = cbam.spatial.conv(torch.from_numpy(pools.astype(np.float32))).numpy()
    assert layer["spatial_gate"].dims == ("sample", "group", "y", "x")
    np.testing.assert_allclose(layer["spatial_gate"].values, sigmoid(score), atol=1e-6)


@pytest.mark.parametrize("fold", [False, True])
def test_shared_sge_has_a_factor_per_group_and_place(tiny, batch, fold):
    model = tiny("SharedGateStage", tiny("SGE", fold=fold), (False, True))
    tree = capture(model, batch)
    (name,) = tree["gates"].children
    layer = tree["gates"][name]
    assert (name, layer.attrs["variant"]) == ("ModuleList.1", "shared SGE")
    (x,) = input_of(model, "share_fc", batch)
    for group in range(4):
        part = x[:, 2 * group : 2 * group + 2]
        likeness = (part * part.mean((2, 3), keepdims=True)).sum(1)
        mean, spread = (
            getattr(likeness, what)((1, 2), keepdims=True, **options)
            for what, options in (("mean", {}), ("std", {"ddof": 1}))
        )
        weight, bias = (
            getattr(model.share_fc, what).detach().numpy()[0, group] for what in ("weight", "bias")
        )
        expected = sigmoid((likeness - mean) / (spread + 1e-5) * weight + bias)
        np.testing.assert_allclose(
            layer["spatial_gate"].sel(group=group).values, expected, atol=1e-5
        )
    assert tree.attrs["verified"] == 1


class Host(nn.Module):
    """One of timm's attention layers in a block."""

    def __init__(self, kind):
        super().__init__()
        self.blocks = nn.Sequential(nn.Sequential())
        self.blocks[0].attn = create_attn(kind, 32)

    def forward(self, x):
        return self.blocks(x.repeat(1, 4, 1, 1))


@pytest.mark.parametrize(
    ("kind", "variant", "gates"),
    [
        ("se", "SE", {"gate"}),
        ("eca", "ECA", {"gate"}),
        ("ecam", "ECA", {"gate"}),
        ("ceca", "ECA", {"gate"}),
        ("cbam", "CBAM", {"gate", "spatial_gate"}),
    ],
)
def test_layers_of_timm(kind, variant, gates, batch):
    torch.manual_seed(0)
    model = Host(kind).eval()
    tree = capture(model, batch)
    layer = tree["gates"]["blocks.0"]
    assert layer.attrs["variant"] == variant
    assert set(layer.data_vars) == gates
    factor = np.ones((2, 32, 1, 1))
    for name in gates:
        values = layer[name].values
        factor = factor * (values if name == "spatial_gate" else values[..., None, None])
    x = batch.repeat(1, 4, 1, 1).numpy()
    np.testing.assert_allclose(model(batch).detach().numpy(), x * factor, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "options", "variant", "first", "count"),
    [
        ("seresnet18", {}, "SE", "layer1.0", 8),
        ("legacy_seresnet18", {}, "SE", "layer1.0", 8),
        ("ecaresnet26t", {}, "ECA", "layer1.0", 8),
        ("resnet18", {"block_args": {"attn_layer": "cbam"}}, "CBAM", "layer1.0", 8),
        ("mobilenetv3_small_050", {}, "SE", "blocks.0.0", 9),
        ("regnety_002", {}, "SE", "s1.b1", 13),
    ],
)
def test_networks_of_timm(name, options, variant, first, count):
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=3, **options).eval()
    tree = capture(model, torch.randn(2, 3, 32, 32))
    assert next(iter(tree["gates"].children)) == first
    assert len(tree["gates"].children) == count
    assert {layer.attrs["variant"] for layer in tree["gates"].children.values()} == {variant}
    assert tree.attrs["verified"] == 1


def test_a_gate_may_be_the_whole_model_and_its_parts_are_no_gates(tiny, batch):
    tree = capture(tiny("CBAM"), batch)["gates"]
    assert list(tree.children) == ["model"]
    assert set(tree["model"].data_vars) == {"gate", "spatial_gate"}


def test_a_gate_that_is_no_module_is_said(batch):
    with pytest.raises(UnexpectedShape, match=r"gate of 'blocks.0.attn' is computed by a function"):
        capture(Host("lcbam").eval(), batch)


def test_a_gate_on_something_else_than_a_map_is_said(tiny):
    model = tiny("ECA")
    model.forward = lambda x: model.sigmoid(model.conv(x[:, None]))
    with pytest.raises(UnexpectedShape, match=r"should receive a map .* shape \(2, 8\)"):
        capture(model, torch.randn(2, 8))


def lying(place):
    """The mechanism with one number of one factor changed in what is recorded."""
    name, where = place

    def read(call, past, full):
        wrong = call.tensors[name].clone()
        wrong[where] += 0.01
        return MECHANISM.read(replace(call, tensors={**call.tensors, name: wrong}), past, full)

    return replace(MECHANISM, read=read)


@pytest.mark.parametrize("channel", range(8))
def test_one_wrong_channel_is_noticed(tiny, channel):
    batch = torch.rand(2, 8, 11, 13) + 0.5
    model = tiny("ConvolutionalSE")
    assert capture(model, batch).attrs["verified"] == 1
    tree = capture(model, batch, mechanisms=[lying(("gate", (1, channel)))])
    assert tree.attrs["verified"] == 0
    assert (
        tree["gates"]["model"].attrs["verified_by"].startswith("features x gate (8 of 143 places)")
    )


@pytest.mark.parametrize("where", [(0, 0, 0, 1), (1, 3, 10, 12), (0, 2, 7, 6)])
def test_one_wrong_place_is_noticed(tiny, where):
    batch = torch.rand(2, 8, 11, 13) + 0.5
    tree = capture(tiny("SGE"), batch, mechanisms=[lying(("spatial_gate", where))])
    assert tree.attrs["verified"] == 0
    assert "(4 of 8 channels)" in tree["gates"]["model"].attrs["verified_by"]


@pytest.mark.parametrize("part", [slice(3, 4), slice(0, 1), slice(0, 7)])
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_a_part_of_the_map_is_no_output(tiny, part, axis):
    """Even if it is just what is looked at."""
    model = tiny("ConvolutionalSE")
    index = [slice(None)] * axis + [part]
    model.applied = lambda x, gate: (x * gate)[tuple(index)]
    assert capture(model, torch.rand(2, 8, 11, 13)).attrs["verified"] == 0


def test_all_places_of_a_gate_are_not_held_until_the_pass_is_over(tiny):
    """In a network of many layers they would be as much as all of its maps."""
    batch, held = torch.rand(8, 8, 96, 96), []

    def read(call, past, full):
        checks = MECHANISM.read(call, past, full).checks
        held.extend(tensor.numel() for one in proof(checks, frozenset()) for tensor in one.tensors)
        return MECHANISM.read(call, past, full)

    assert capture(tiny("SGE"), batch, mechanisms=[replace(MECHANISM, read=read)]).attrs["verified"]
    assert 0 < max(held) <= 8 * 8 * 8


def test_a_gated_mlp_is_no_gate_on_a_map(batch):
    """It too has fc1, fc2 and gate, but they are linear maps of tokens."""
    assert MECHANISM.sites(GatedMlp(8)) == []
    with pytest.raises(MechanismNotFound, match="channel and spatial gates: fc1 and fc2"):
        capture(nn.Sequential(GatedMlp(4)), batch)
