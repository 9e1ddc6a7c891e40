"""Refusals: attention of other layouts is named, with the reason, and hides nothing else."""

import importlib
from dataclasses import replace

import pytest
import timm
import torch
from timm.models.maxxvit import MaxxVit, MaxxVitCfg
from timm.models.swin_transformer import SwinTransformer
from timm.models.xcit import Xcit
from torch import nn

from hooks import MechanismNotFound, capture
from hooks.self_attention import MECHANISM
from hooks.unreadable import REASONS

SWIN = {"img_size": 32, "patch_size": 2, "window_size": 4, "embed_dim": 8, "depths": (1, 1)}


@pytest.mark.parametrize("name", [name for names in REASONS.values() for name in names])
def test_every_class_that_is_refused_is_one_of_timm(name):
    file, kind = name.split(".")
    homes = [f"timm.{package}.{file}" for package in ("models", "layers")]
    found = [home for home in homes if importlib.util.find_spec(home)]
    assert any(getattr(importlib.import_module(home), kind, None) for home in found)


def swin():
    return SwinTransformer(num_heads=(2, 2), **SWIN)


def xcit():
    return Xcit(img_size=32, patch_size=8, embed_dim=16, depth=1, num_heads=2, cls_attn_layers=1)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (swin, r"SwinTransformer .*WindowAttention \(2 modules\): windows .* folded into the sam"),
        (xcit, r"XCA \(1 module\): query and key are channels.* ClassAttn \(1 module\): the class"),
        (lambda: timm.create_model("cait_xxs24_224"), "TalkingHeadAttn .*: heads are mixed before"),
        (lambda: timm.create_model("mobilevit_xxs"), r"Attention \(9 modules\): pieces of all pat"),
        (lambda: timm.create_model("eva02_tiny_patch14_224"), "EvaAttention .* are rotated by"),
        (lambda: nn.TransformerEncoderLayer(8, 2), r"MultiheadAttention \(1 module\): it computes"),
    ],
    ids=["swin", "xcit", "cait", "mobilevit", "eva", "torch"],
)
def test_a_network_of_refused_attention_alone_is_told_the_reason(network, message):
    with torch.device("meta"):
        model = network()
    with pytest.raises(MechanismNotFound, match=message):
        capture(model, torch.zeros(1, 3, 32, 32))
    assert MECHANISM.sites(model) == []


def test_an_unknown_class_is_refused_although_it_looks_alike():
    class WindowedAttention(nn.Module):
        def __init__(self):
            super().__init__()
            for name in ("qkv", "q_norm", "k_norm", "attn_drop", "norm", "proj"):
                self.add_module(name, nn.Identity())

    with pytest.raises(MechanismNotFound, match=r"WindowedAttention .*: neither its class nor its"):
        capture(WindowedAttention(), torch.zeros(1, 3, 32, 32))


def test_what_is_refused_does_not_hide_the_others():
    torch.manual_seed(0)
    config = MaxxVitCfg(embed_dim=(16,), depths=(1,), block_type=("M",), stem_width=8)
    config = replace(
        config,
        transformer_cfg=replace(
            config.transformer_cfg, window_size=(2, 2), grid_size=(2, 2), dim_head=8
        ),
    )
    tree = capture(MaxxVit(config, img_size=16, num_classes=4), torch.randn(1, 3, 16, 16))
    assert list(tree.children) == ["gates"]
    assert tree.attrs["refused"] == (
        "self-attention AttentionCl (2 modules): windows of the image are folded into the sample "
        "axis"
    )


def test_nothing_is_refused_where_all_is_read(build, batch):
    assert capture(build("fused"), batch).attrs["refused"] == ""
