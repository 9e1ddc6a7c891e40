"""Blocks of timm's with attention, against plain formulas; how they train, alone and in stages."""

from __future__ import annotations

from math import sqrt

import pytest
import torch
import torch.nn.functional as F

from tests.inspector.models.hosting import (
    ADDITIONS,
    BACKBONES,
    FROM_ZERO,
    PAIRS,
    backbone,
    host,
    images,
    is_new,
)

CLOSE = {"rtol": 0, "atol": 2e-5}
STATELESS = [("light", name) for name in ("basic", "efficientnet", "vit")] + [("external", "vit")]
CHAINED = [("base", "basic"), ("base", "efficientnet"), ("base", "vit"), ("shared", "basic")]
VANISHING = {
    # a softmax over a single layer is 1 whatever the query
    ("base", "basic"): {f"layer{stage}.0.mrla.mrla.Wq.weight" for stage in (1, 3, 4)},
    **{
        ("base", name): {f"layer{stage}.0.mrla.mrla.Wq.weight" for stage in (2, 3)}
        for name in ("bottleneck", "resnext-d-se")
    },
    ("base", "efficientnet"): {f"blocks.{stage}.0.mrla.mrla.Wq.weight" for stage in (1, 3)},
    ("base", "vit"): {f"blocks.{block}.mrla.mrla.Wq.weight" for block in (0, 4)},
    # a softmax over tokens does not feel what is added to all of them
    **{("external", name): {"layer4.linu.conv1.bias"} for name in BACKBONES if name != "vit"},
    ("external", "vit"): {
        f"blocks.{block}.{layer}.bias"
        for block in range(6)
        for layer in ("norm1", "attn.trans_dims", "attn.linear_0")
    },
}
"""Parameters without a gradient, by definition."""


def features(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(3)).relu()


def slid(weight, x):
    """Each channel's neighbours [b, c] weighed, zeros beyond the ends."""
    weight = weight.flatten()
    padded = F.pad(x, (len(weight) // 2, len(weight) // 2))
    return sum(w * padded[:, place : place + x.shape[1]] for place, w in enumerate(weight))


def projected(layer, x):
    """Query and key [b, heads, d] and value [b, c, h, w] of features."""
    heads, pooled = layer.heads, x.mean((2, 3))
    pair = (slid(w, pooled).reshape(len(x), heads, -1) for w in (layer.Wq.weight, layer.Wk.weight))
    return *pair, F.conv2d(x, layer.Wv.weight, padding=1, groups=x.shape[1])


def per_channel(per_head, channels):
    return per_head.repeat_interleave(channels // per_head.shape[1], dim=1)[:, :, None, None]


def gated(layer, x):
    """Gate per channel [b, c, 1, 1] and value [b, c, h, w]."""
    query, key, value = projected(layer, x)
    score = (query * key).sum(2) / sqrt(query.shape[2])
    return per_channel(1 / (1 + (-score).exp()), x.shape[1]), value


def normed(norm, x):
    mean, var, gain, shift = (
        v[:, None, None] for v in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    return (x - mean) / (var + norm.eps).sqrt() * gain + shift


# Formulas -----------------------------------------------------------------------------------------


@torch.no_grad()
def test_light_adds_gated_value_and_decayed_skip():
    plain, block = backbone("bottleneck").layer3[0], host("light", "bottleneck").layer3[0]
    x = features(2, 64, 8, 8)
    out = plain(x)
    gate, value = gated(block.mrla.mrla, out)
    retrieved = gate * value + block.mrla.lambda_t * plain.downsample(x)
    torch.testing.assert_close(block(x), out + normed(block.bn_mrla, retrieved), **CLOSE)
    assert block.mrla.mrla.heads == 3  # of 96 channels


@torch.no_grad()
def test_base_adds_a_weighted_sum_over_the_stage():
    plain, stage = backbone("basic").layer3, host("base", "basic").layer3
    x, keys, values = features(2, 32, 8, 8), [], []
    out = stage(x)
    for untouched, block in zip(plain, stage, strict=True):
        x = untouched(x)
        query, key, value = projected(block.mrla.mrla, x)
        keys.append(key)
        values.append(value)
        scores = torch.stack([(query * key).sum(2) / 4 for key in keys])  # 16 channels a head
        weights = scores.exp() / scores.exp().sum(0)
        retrieved = sum(per_channel(w, 64) * v for w, v in zip(weights, values, strict=True))
        x = x + normed(block.bn_mrla, retrieved)
    torch.testing.assert_close(out, x, **CLOSE)


@torch.no_grad()
def test_a_shared_lstm_gates_the_branch_before_the_addition():
    plain, stage = backbone("basic").layer1, host("shared", "basic").layer1
    x = features(2, 64, 8, 8)
    out, hidden, cell = stage(x), torch.zeros(2, 32), torch.zeros(2, 32)
    (a, _, b), (c, _, d) = stage.lstm.w_ih[0].seq, stage.lstm.w_hh[0].seq
    for block in plain:
        branch = block.bn2(block.conv2(block.bn1(block.conv1(x)).relu()))
        gates = b(a(branch.mean((2, 3))).relu()) + d(c(hidden).relu())
        i, f, g, o = gates.reshape(2, 4, 32).unbind(1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.sigmoid()
        skip = block.downsample(x) if block.downsample else x
        x = (branch * hidden[:, :, None, None] + skip).relu()
    torch.testing.assert_close(out, x, **CLOSE)


@torch.no_grad()
def test_light_sees_the_patches_of_a_transformer_as_a_map():
    plain, block = backbone("vit").blocks[1], host("light", "vit").blocks[1]
    x = torch.randn(2, 17, 32, generator=torch.Generator().manual_seed(3))
    out, branch = plain(x), block.mrla
    standard = F.layer_norm(out, (32,), eps=1e-6)
    before = F.layer_norm(x, (32,), eps=1e-6)[:, 1:]
    gate, value = gated(branch.mrla, standard[:, 1:].mT.reshape(2, 32, 4, 4))
    retrieved = (gate * F.gelu(value)).reshape(2, 32, 16).mT + branch.lambda_t * before
    torch.testing.assert_close(block(x)[:, 1:], out[:, 1:] + retrieved, **CLOSE)
    torch.testing.assert_close(block(x)[:, 0], out[:, 0] + standard[:, 0], **CLOSE)


@torch.no_grad()
def test_external_attention_normalises_over_tokens_then_slots():
    block = host("external", "vit").blocks[0]
    x = torch.randn(2, 17, 32, generator=torch.Generator().manual_seed(3))
    attn, z = block.attn, block.norm1(x)
    heads = (z @ attn.trans_dims.weight.T + attn.trans_dims.bias).reshape(2, 17, 8, 16)
    score = (torch.einsum("bnhd,sd->bhns", heads, attn.linear_0.weight)).exp()
    share = score / score.sum(2, keepdim=True)
    affinity = share / (1e-9 + share.sum(3, keepdim=True))
    read = torch.einsum("bhns,ds->bnhd", affinity, attn.linear_1.weight) + attn.linear_1.bias
    mixed = x + read.reshape(2, 17, 128) @ attn.proj.weight.T + attn.proj.bias
    torch.testing.assert_close(block(x), mixed + block.mlp(block.norm2(mixed)), **CLOSE)


@torch.no_grad()
def test_external_attention_follows_the_last_stage_of_a_resnet():
    plain, stage = backbone("bottleneck").layer4, host("external", "bottleneck").layer4
    x = features(2, 96, 4, 4)
    assert torch.equal(stage(x), stage.linu(plain(x)))


# Training -----------------------------------------------------------------------------------------


def loss_of(network):
    target = torch.randn(2, 5, generator=torch.Generator().manual_seed(9))
    precision = next(network.parameters()).dtype
    return (network(images().to(precision)) - target).square().mean()


def gradients(network):
    loss_of(network).backward()
    return {name: value.grad for name, value in network.named_parameters()}


@pytest.mark.parametrize(("addition", "name"), PAIRS)
def test_every_parameter_has_a_gradient(addition, name):
    found = gradients(host(addition, name).double())  # to tell small ones from none
    vanishing = {key for key, grad in found.items() if grad.abs().max() < 1e-15}
    assert vanishing == VANISHING.get((addition, name), set())


@pytest.mark.parametrize(("addition", "name"), FROM_ZERO)
def test_what_was_there_keeps_its_gradient_at_first(addition, name):
    network = backbone(name)
    found = gradients(ADDITIONS[addition](network))
    for key, grad in gradients(network).items():
        torch.testing.assert_close(found[key], grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("addition", "name"), PAIRS)
def test_a_small_step_of_the_attention_alone_helps(addition, name):
    network = ADDITIONS[addition](backbone(name))
    attention = [value for key, value in network.named_parameters() if is_new(key, addition)]
    before = loss_of(network)
    before.backward()
    torch.optim.SGD(attention, lr=1e-2).step()
    assert loss_of(network) < before


# Alone and in stages ------------------------------------------------------------------------------


@pytest.mark.parametrize(("addition", "name"), STATELESS)
def test_gradient_checkpointing_changes_nothing(addition, name):
    expected = gradients(host(addition, name))
    network = host(addition, name)
    network.set_grad_checkpointing()
    for key, grad in gradients(network).items():
        torch.testing.assert_close(grad, expected[key], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("addition", "name"), CHAINED)
def test_gradient_checkpointing_of_a_chain_is_refused(addition, name):
    network = host(addition, name)
    network.set_grad_checkpointing()
    with pytest.raises(ValueError, match=r"the block alone, as gradient checkpointing"):
        network(images())


def test_what_calls_the_blocks_of_a_transformer_one_by_one():
    network = host("base", "vit")
    for call in (network.forward_intermediates, lambda x: network(x, is_causal=True)):
        with pytest.raises(ValueError, match="forward_intermediates of a vision transformer"):
            call(images())
    with torch.no_grad():
        light = host("light", "vit")
        features = light.forward_intermediates(images(), intermediates_only=True, norm=True)[-1]
        torch.testing.assert_close(features.flatten(2).mT, light.forward_features(images())[:, 1:])


def test_intermediates_of_the_stages_of_a_chain():
    network = host("base", "efficientnet")
    with torch.no_grad():
        final, _ = network.forward_intermediates(images())
        torch.testing.assert_close(final, network.forward_features(images()))


def test_external_attention_takes_no_mask():
    with pytest.raises(ValueError, match="no attn_mask and no is_causal"):
        host("external", "vit")(images(), is_causal=True)
