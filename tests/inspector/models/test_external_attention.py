"""External attention and EAMLP against numbers of the authors' code."""

import pytest
import timm
import torch

from inspector.models.eamlp import STEM_STYLES, TokenBlock, sinusoid_table
from inspector.models.external_attention import (
    MultiHeadExternalAttention,
    SpatialExternalAttention,
    TokenExternalAttention,
    double_normalised,
)
from tests.golden import goldens
from tests.golden.goldens import furthest

MODULE_TOLERANCE = 1e-5
BLOCK_TOLERANCE = 5e-5
LOGIT_TOLERANCE = 2e-5
STORED_BLOCKS = (0, 6)


def test_spatial(watch):
    golden = goldens.load("ea_single_head")
    module = SpatialExternalAttention(48)
    module.load_state_dict(golden.state_dict())
    x = goldens.feature("ea", 2, 48, 6, 5)
    out, seen = watch(module.eval(), x, paths=["conv1", "linear_0"])
    _, entering = watch(module, x, paths=["linear_1"], entering=True)
    assert furthest(out, golden["out"]) < MODULE_TOLERANCE
    assert furthest(seen["conv1"], golden["query"]) < MODULE_TOLERANCE
    assert furthest(seen["linear_0"], golden["raw"]) < MODULE_TOLERANCE
    assert furthest(entering["linear_1"], golden["attn"]) < MODULE_TOLERANCE


def test_multi_head(watch):
    golden = goldens.load("ea_multi_head")
    module = MultiHeadExternalAttention(64, 2)
    module.load_state_dict(golden.state_dict())
    x = goldens.tokens("mhea", 2, 10, 64)
    out, seen = watch(module.eval(), x, paths=["trans_dims", "linear_0"])
    _, entering = watch(module, x, paths=["linear_1"], entering=True)
    assert furthest(out, golden["out"]) < MODULE_TOLERANCE
    assert furthest(seen["trans_dims"], golden["query"]) < MODULE_TOLERANCE
    assert furthest(seen["linear_0"], golden["raw"]) < MODULE_TOLERANCE
    assert furthest(entering["linear_1"], golden["attn"]) < MODULE_TOLERANCE


@pytest.mark.parametrize(
    ("style", "key", "value"),
    [
        ("performer", "attn.linear_0", "attn.linear_1"),
        ("transformer", "attn.linear_1", "attn.linear_2"),
    ],
)
def test_tokens_to_token(style, key, value, watch):
    golden = goldens.load(f"ea_t2t_{style}")
    block = TokenBlock(27, 16, **STEM_STYLES[style])
    block.load_state_dict(golden.state_dict())
    x = goldens.tokens("t2t", 2, 25, 27)
    out, seen = watch(block.eval(), x, paths=["attn", key])
    _, entering = watch(block, x, paths=[value], entering=True)
    assert furthest(out, golden["out"]) < MODULE_TOLERANCE
    assert furthest(seen["attn"], golden["attn_out"]) < MODULE_TOLERANCE
    assert furthest(seen[key], golden["raw"]) < MODULE_TOLERANCE
    assert furthest(entering[value], golden["attn"]) < MODULE_TOLERANCE


@pytest.mark.parametrize(("positions", "dim"), [(17, 256), (197, 256), (197, 384), (577, 256)])
def test_sinusoid_table(positions, dim):
    expected = goldens.load("ea_sinusoid")[f"n{positions}_d{dim}"]
    table = sinusoid_table(positions, dim)
    assert table.shape == (1, positions, dim)
    assert furthest(table[:, :: max(1, positions // 16), ::3], expected) < 1e-6


def test_a_token_no_slot_looks_at_keeps_a_sum_below_one():
    score = torch.tensor([[[0.0, 0.0], [0.0, 0.0], [-40.0, -40.0]]], dtype=torch.float64)
    sums = double_normalised(score, token_dim=-2, slot_dim=-1).sum(-1)
    share = torch.tensor(-40.0, dtype=torch.float64).exp() / 2  # of the softmax over tokens
    expected = torch.stack([torch.ones(()), torch.ones(()), 2 * share / (1e-9 + 2 * share)])
    assert furthest(sums[0], expected.double()) < 1e-8


@pytest.mark.parametrize(
    ("module", "key", "value"),
    [
        (SpatialExternalAttention(8, slots=4), "linear_0", "linear_1"),
        (TokenExternalAttention(6, 8, slots=4), "linear_0", "linear_1"),
        (TokenExternalAttention(6, 8, slots=4, first=1), "linear_1", "linear_2"),
    ],
    ids=["spatial", "performer", "transformer"],
)
def test_memories_start_equal_and_are_independent(module, key, value):
    key, value = (module.get_parameter(f"{name}.weight") for name in (key, value))
    assert torch.equal(key.transpose(0, 1), value)
    with torch.no_grad():
        key.add_(1)
    assert not torch.equal(key.transpose(0, 1), value)


def test_memories_of_a_network_start_equal_in_the_stem_only():
    network = timm.create_model("eamlp_7", img_size=32)
    stem = network.tokens_to_token.attention1.attn
    block = network.blocks[0].attn
    assert torch.equal(stem.linear_0.weight.T, stem.linear_1.weight)
    assert not torch.equal(block.linear_0.weight.T, block.linear_1.weight)


@pytest.fixture(scope="module", params=[64, 224])
def size(request):
    return request.param


@pytest.fixture(scope="module")
def golden(size):
    return goldens.load(f"eamlp_7_{size}")


@pytest.fixture(scope="module")
def network(golden, size):
    network = timm.create_model("eamlp_7", img_size=size)
    network.load_state_dict(golden.state_dict())
    return network.eval()


def test_logits_and_blocks(network, golden, size, watch):
    blocks = {number: f"blocks.{number}" for number in STORED_BLOCKS}
    paths = [*blocks.values(), "tokens_to_token"]
    logits, seen = watch(network, goldens.image(size), paths=paths)
    assert furthest(logits, golden["logits"]) < LOGIT_TOLERANCE
    stem = seen["tokens_to_token"][:, ::3, ::8]
    assert furthest(stem, golden["t2t_out_sub"]) < BLOCK_TOLERANCE
    kept = golden["tokens_kept"][:8]
    for number, path in blocks.items():
        thinned = seen[path][:, kept, ::8]
        assert furthest(thinned, golden[f"blocks.{number}.out_sub"]) < BLOCK_TOLERANCE


def test_affinities_of_blocks(network, golden, size, watch):
    paths = {number: f"blocks.{number}.attn.linear_1" for number in STORED_BLOCKS}
    _, seen = watch(network, goldens.image(size), paths=paths.values(), entering=True)
    heads, tokens = golden["heads_kept"], golden["tokens_kept"]
    for number, path in paths.items():
        affinity = seen[path]
        assert affinity.shape == (2, 16, 1 + (size // 16) ** 2, 64)
        thinned = affinity[:1, heads][:, :, tokens]
        assert furthest(thinned, golden[f"blocks.{number}.attn"]) < MODULE_TOLERANCE
        assert furthest(affinity.sum(2), golden[f"blocks.{number}.slot_mass"]) < BLOCK_TOLERANCE


def test_affinities_of_the_stem(network, golden, size, watch):
    paths = {n: f"tokens_to_token.attention{n + 1}.attn.linear_1" for n in (0, 1)}
    _, seen = watch(network, goldens.image(size), paths=paths.values(), entering=True)
    for number, path in paths.items():
        tokens, slots = golden[f"t2t.{number}.stride"].tolist()
        thinned = seen[path][:, ::tokens, ::slots]
        assert furthest(thinned, golden[f"t2t.{number}.attn_sub"]) < MODULE_TOLERANCE


@pytest.mark.parametrize("img_size", [100, (224, 192), 0])
def test_images_are_squares_of_whole_patches(img_size):
    with pytest.raises(ValueError, match="square whose side is a multiple of 16 pixels"):
        timm.create_model("eamlp_7", img_size=img_size)


def test_other_sizes_than_the_one_it_was_built_for_are_refused():
    network = timm.create_model("eamlp_7", img_size=64)
    with pytest.raises(ValueError, match="built for images of 64 x 64 pixels, got 64 x 80"):
        network(torch.zeros(1, 3, 64, 80))
