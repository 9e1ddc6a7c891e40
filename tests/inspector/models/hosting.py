"""Small networks of timm's, and what can be added to them."""

from __future__ import annotations

from functools import partial

import torch
from timm.models import EfficientNet, ResNet, VisionTransformer
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.resnet import BasicBlock, Bottleneck

from inspector.models import add_layer_attention, share_attention, use_external_attention

ATTENTION = ("mrla", "bn_mrla", "lstm", "linu")
"""The names below which new parameters stand."""
WIDTHS = [32, 32, 64, 64]


def narrow_resnet(**options):
    """A ResNet of bottlenecks with two blocks in the second and third stage."""
    return ResNet(Bottleneck, [1, 2, 2, 1], channels=[16, 16, 24, 16], num_classes=5, **options)


def narrow_efficientnet():
    """An EfficientNet of all its kinds of block, three of which are inverted residuals in a row."""
    stages = ("ds_r2_k3_s1_e1_c8", "er_r2_k3_s2_e2_c16", "ir_r1_k3_s1_e2_c24")
    plan = decode_arch_def([[stage] for stage in (*stages, "ir_r3_k3_s2_e2_c32_se0.25")])
    options = {"stem_size": 8, "num_features": 48, "drop_path_rate": 0.1}
    return EfficientNet(plan, num_classes=5, **options)


BACKBONES = {
    "basic": lambda: ResNet(BasicBlock, [2, 1, 3, 2], channels=WIDTHS, num_classes=5),
    "bottleneck": lambda: narrow_resnet(drop_path_rate=0.1),
    "resnext-d-se": lambda: narrow_resnet(
        cardinality=4, stem_type="deep", avg_down=True, block_args={"attn_layer": "se"}
    ),
    "efficientnet": narrow_efficientnet,
    "vit": lambda: VisionTransformer(
        64, 16, depth=6, embed_dim=32, num_heads=2, num_classes=5, global_pool="avg", fc_norm=False
    ),
}
ADDITIONS = {
    "light": lambda network, **o: add_layer_attention(network, "light", **o),
    "base": lambda network, **o: add_layer_attention(network, "base", **o),
    "shared": partial(share_attention, reduction=4),
    "external": use_external_attention,
}
REFUSED = {("shared", "vit"), ("external", "efficientnet")}
PAIRS = [
    (addition, backbone)
    for addition in ADDITIONS
    for backbone in BACKBONES
    if (addition, backbone) not in REFUSED
]
FROM_ZERO = [pair for pair in PAIRS if pair[0] != "shared" and pair != ("external", "vit")]
"""Additions that begin without effect."""


def images(seed=0):
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


def backbone(name):
    """A network as after some training: no gain or decay of its own is exactly zero."""
    torch.manual_seed(0)
    network = BACKBONES[name]().eval()
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network


def host(addition, name):
    """A backbone with an attention that begins as published."""
    options = {} if addition == "shared" else {"zero_init": False}
    return ADDITIONS[addition](backbone(name), **options)


def is_new(name, addition=""):
    """Whether a parameter came with an attention; a transformer's external one has an old name."""
    names = (*ATTENTION, "attn") if addition == "external" else ATTENTION
    return any(part in names for part in name.split("."))
