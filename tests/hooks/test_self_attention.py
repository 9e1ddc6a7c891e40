"""Self-attention against plain algebra, with and without the fused kernel."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from timm.layers import Attention
from timm.models.vision_transformer import ParallelThingsBlock
from torch import nn

from hooks import UnknownLabel, Where, capture, record, stack, zeroed
from hooks.self_attention import MECHANISM
from tests.hooks.attending import attention, weights_of

BOTH = pytest.mark.parametrize("family", ["attending", "fused"])
FORMS = {
    "plain": {},
    "norms of q and k": {"qk_norm": True, "qkv_bias": False},
    "norm of what is mixed": {"scale_attn_norm": True},
    "registers": {"reg_tokens": 3},
    "no class token": {"class_token": False, "global_pool": "avg"},
}
CUT = zeroed(Where("self_attention", "blocks.1", "key", 5), renormalise=True)


def layers_of(model, batch, **options):
    return capture(model, batch, mechanisms=["self_attention"], **options)["self_attention"]


# Truth --------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("detail", ["summary", "full"])
def test_weights_are_the_softmax_of_scaled_products(build, batch, family, form, detail):
    model = build(family, **FORMS[form])
    module, seen, handle = attention(model, 1)
    kept = layers_of(model, batch, detail=detail)["blocks.1"]
    handle.remove()
    expected = weights_of(module, seen[0])[:, :, kept["query"].values.tolist()]
    np.testing.assert_allclose(kept["weight"].values, expected, atol=1e-5)
    assert kept.attrs["verified"] == 1


@BOTH
def test_a_summary_holds_the_class_tokens_rows(build, batch, family):
    layers = layers_of(build(family), batch)
    assert layers["blocks.0"]["weight"].sizes == {"sample": 2, "head": 2, "query": 1, "key": 17}
    assert "(1 of 17 queries)" in layers["blocks.0"].attrs["verified_by"]


def test_without_a_class_token_a_summary_holds_every_row(build, batch):
    kept = layers_of(build("fused", **FORMS["no class token"]), batch)["blocks.0"]
    assert kept.sizes["query"] == kept.sizes["key"] == 16


def test_a_summary_leaves_the_fused_output_as_it_was(build, batch):
    model = build("fused")
    plain = model(batch)
    assert torch.equal(record(model, batch).output, plain)


def test_every_row_is_kept_and_some_are_checked(build, batch):
    layer = layers_of(build("fused", img_size=8), batch.repeat(1, 1, 2, 2), detail="full")
    assert layer["blocks.0"].sizes["query"] == 65
    assert "(13 of 65 queries)" in layer["blocks.0"].attrs["verified_by"]


@BOTH
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_precisions_are_verified_to_their_own_rounding(build, batch, family, dtype):
    tree = capture(build(family).to(dtype), batch.to(dtype))
    assert tree.attrs["verified"] == 1


def test_two_passes_through_the_blocks_are_two_chains(build, batch):
    model = build("fused")
    model.forward = lambda x: type(model).forward(model, x) + type(model).forward(model, x.flip(-1))
    chains = [layer.attrs["chain"] for layer in layers_of(model, batch).children.values()]
    assert len(chains) == 4
    assert len(set(chains)) == 2


def test_blocks_side_by_side_are_no_chain(build, batch):
    model = build("fused", block_fn=ParallelThingsBlock)
    layers = layers_of(model, batch).children
    assert list(layers) == [f"blocks.{i}.attns.{j}" for i in (0, 1) for j in (0, 1)]
    assert [layer.attrs["chain"] for layer in layers.values()] == list(layers)


def test_layers_stack(build, batch):
    joined = stack(layers_of(build("fused"), batch), "blocks")["weight"]
    assert joined.sizes == {"layer": 2, "sample": 2, "head": 2, "query": 1, "key": 17}


# Tokens -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "before"),
    [
        ({}, {"class_tokens": 1}),
        (FORMS["registers"], {"class_tokens": 1, "register_tokens": 3}),
        (FORMS["no class token"], {"class_tokens": 0}),
    ],
)
def test_tokens_lie_where_the_network_says(build, batch, options, before):
    kept = layers_of(build("fused", **options), batch)["blocks.1"]
    for dim in ("query", "key"):
        said = {name: value for name, value in kept[dim].attrs.items() if name != "long_name"}
        assert said == {"grid_height": 4, "grid_width": 4, **before}


def test_images_of_any_size_have_their_own_grid(build):
    model = build("fused", dynamic_img_size=True)
    kept = layers_of(model, torch.randn(1, 8, 2, 8))["blocks.0"]  # as many tokens as 4 x 4
    assert (kept["key"].attrs["grid_height"], kept["key"].attrs["grid_width"]) == (2, 8)


def test_tokens_that_the_network_does_not_declare_have_no_place(build, batch):
    model = build("fused", dynamic_img_size=True)
    enlarged = nn.Sequential(nn.Upsample(scale_factor=2), model)
    kept = layers_of(enlarged, batch)["1.blocks.0"]
    assert "grid_height" not in kept["key"].attrs
    assert kept.sizes["query"] == kept.sizes["key"] == 65


def test_an_attention_alone_knows_nothing_of_an_image():
    kept = layers_of(Attention(16, 2), torch.randn(2, 17, 16))["model"]
    assert "class_tokens" not in kept["key"].attrs
    assert kept.sizes["query"] == 17


# What would make it false -------------------------------------------------------------------------


def mutated(**changes):
    """The mechanism, given other evidence than what passed."""

    def read(call, past, full):
        told = {name: changes.get(name, lambda t: t)(seen) for name, seen in call.tensors.items()}
        return MECHANISM.read(replace(call, tensors=told), past, full)

    return replace(MECHANISM, read=read)


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": lambda q: q.flip(1)},  # heads swapped
        {"query": lambda q: q * q.shape[3] ** 0.5},  # scale forgotten
        {"key": lambda k: k.roll(1, 2)},  # one token off
    ],
    ids=["heads", "scale", "tokens"],
)
def test_a_wrong_recomputation_is_noticed(build, batch, wrong):
    tree = capture(build("fused"), batch, mechanisms=[mutated(**wrong)])
    assert tree.attrs["verified"] == 0
    assert tree.attrs["verified_error"] > 1e-4


@pytest.mark.parametrize("detail", ["summary", "full"])
def test_a_softmax_over_the_wrong_axis_is_noticed(build, batch, detail):
    wrong = mutated(weight=lambda weight: weight.log().softmax(2))
    tree = capture(build("attending"), batch, mechanisms=[wrong], detail=detail)
    assert tree.attrs["verified"] == 0


class Masked(nn.Module):
    """A transformer whose attention sees no later token, or not the first."""

    def __init__(self, model, **mask):
        super().__init__()
        self.model, self.mask = model, mask

    def forward(self, x):
        tokens = self.model._pos_embed(self.model.patch_embed(x))
        for block in self.model.blocks:
            tokens = block(tokens, **self.mask)
        return self.model.head(tokens[:, 0])


MASKS = [{"is_causal": True}, {"attn_mask": torch.arange(17)[None] > 0}]


@pytest.mark.parametrize("mask", MASKS, ids=["causal", "mask"])
def test_what_a_mask_makes_false_is_not_verified(build, batch, mask):
    assert capture(Masked(build("fused"), **mask), batch).attrs["verified"] == 0


@BOTH
@pytest.mark.parametrize("mask", MASKS, ids=["causal", "mask"])
def test_rows_that_the_network_computed_hold_with_a_mask(build, batch, family, mask):
    tree = capture(Masked(build(family), **mask), batch, detail="full")
    hidden = np.triu(np.ones((17, 17), bool), 1) if "is_causal" in mask else np.arange(17) < 1
    seen = tree["self_attention"]["model.blocks.0"]["weight"].values
    assert tree.attrs["verified"] == 1
    assert not seen[:, :, np.broadcast_to(hidden, (17, 17))].any()


def test_a_gate_behind_the_attention_leaves_the_weights_true():
    torch.manual_seed(0)
    module = Attention(16, 2, gated=True).eval()
    kept = layers_of(module, torch.randn(2, 5, 16))["model"]
    assert (kept.attrs["verified"], kept.attrs["variant"]) == (1, "gated")


# Edits --------------------------------------------------------------------------------------------


@BOTH
def test_an_edited_pass_is_what_the_weights_say(build, batch, family):
    model = build(family)
    cut = record(model, batch, edits=[CUT], detail="full")
    layer = cut.tree["self_attention"]["blocks.1"]
    assert not layer["weight"].sel(key=5).any()
    np.testing.assert_allclose(layer["weight"].sum("key"), 1, atol=1e-6)
    assert (layer.attrs["verified"], layer.attrs["edited"]) == (1, 1)
    plain = layers_of(model, batch, detail="full")["blocks.1"]["weight"]
    expected = plain.where(plain["key"] != 5, 0)
    np.testing.assert_allclose(layer["weight"], expected / expected.sum("key"), atol=1e-6)


@BOTH
def test_the_fused_kernel_is_off_for_an_edit_and_back_afterwards(build, batch, family):
    model = build(family)
    flags = []

    def note(module, _):
        flags.append(module.fused_attn)

    handles = [block.attn.register_forward_pre_hook(note) for block in model.blocks]
    record(model, batch, edits=[CUT])
    for handle in handles:
        handle.remove()
    assert flags == [False, False]
    assert [block.attn.fused_attn for block in model.blocks] == [family == "fused"] * 2


def test_the_fused_kernel_is_back_after_an_error(build, batch):
    model = build("fused")
    model.head = nn.Linear(3, 4)
    with pytest.raises(RuntimeError):
        record(model, batch, edits=[CUT])
    assert all(block.attn.fused_attn for block in model.blocks)


def test_a_fused_kernel_left_on_during_an_edit_is_noticed(build, batch):
    left_on = replace(MECHANISM, prepare=lambda _sites: nullcontext())
    with pytest.raises(UnknownLabel, match=r"edit of 'blocks.1' was never applied"):
        record(build("fused"), batch, mechanisms=[left_on], edits=[CUT])
