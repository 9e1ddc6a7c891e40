"""Networks that cannot be hosts are refused in words."""

from __future__ import annotations

import pytest
import timm
import torch
from timm.models import ResNet, VisionTransformer
from timm.models.resnet import BasicBlock

from inspector.models import add_layer_attention, share_attention, use_external_attention
from tests.inspector.models.hosting import ADDITIONS, backbone, host


def on_meta(name, **options):
    with torch.device("meta"):
        return timm.create_model(name, **options)


@pytest.mark.parametrize(
    ("add", "network", "words"),
    [
        (add_layer_attention, "swin_tiny_patch4_window7_224", "SwinTransformer.*windows of tokens"),
        (share_attention, "convnext_atto", "convnext.ConvNeXt. No place .* was published"),
        (share_attention, "vit_tiny_patch16_224", "got .*VisionTransformer. DIA gates a branch"),
        (use_external_attention, "efficientnet_b0", "ends in a ReLU, .* negative values"),
        (use_external_attention, "mobilenetv3_small_050", "ResNet or VisionTransformer of timm's"),
        (add_layer_attention, "deit_tiny_distilled_patch16_224", "14 x 14 behind 2 tokens"),
        (add_layer_attention, "vit_small_patch16_rope_224", "got timm.models.eva.Eva"),
        (add_layer_attention, "res2net50_26w_4s", "BasicBlock.*; got Bottle2neck"),
        (use_external_attention, "res2net50_26w_4s", "BasicBlock.*; got Bottle2neck"),
        (add_layer_attention, "deit_mrlal_tiny_patch16_224", "already has MRLA-light"),
        (share_attention, "dia_resnet50", "already has DIA"),
        (add_layer_attention, "resnet50_mrlab", "already has MRLA-base"),
        (add_layer_attention, "eamlp_7", "already has external attention"),
    ],
)
def test_networks_that_are_no_hosts(add, network, words):
    with pytest.raises(ValueError, match=words):
        add(on_meta(network))


@pytest.mark.parametrize("again", ADDITIONS.values(), ids=ADDITIONS)
@pytest.mark.parametrize(
    ("addition", "carried"), [("base", "MRLA-base"), ("shared", "DIA"), ("external", "external")]
)
def test_one_attention_a_network(addition, carried, again):
    with pytest.raises(ValueError, match=f"already has {carried}.*before that was added"):
        again(host(addition, "basic"))


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_b0", "vit_tiny_patch16_224"])
def test_wrappers_of_features(name):
    wrapper = on_meta(name, features_only=True)
    with pytest.raises(ValueError, match="create the network without features_only"):
        add_layer_attention(wrapper)


def test_wrappers_for_several_devices():
    wrapper = torch.nn.DataParallel(backbone("basic"))
    with pytest.raises(ValueError, match=r"DataParallel\. .* pass model\.module"):
        share_attention(wrapper)


def test_chains_of_one_block():
    single = on_meta("resnet10t")
    for add in (share_attention, lambda network: add_layer_attention(network, "base")):
        with pytest.raises(ValueError, match=r"a stage of two or more residual blocks .*got Basic"):
            add(single)


@pytest.mark.parametrize(
    "options",
    [
        {"img_size": (32, 64)},
        {"reg_tokens": 4},
        {"dynamic_img_size": True},
        {"patch_drop_rate": 0.75},
        {"class_token": False, "global_pool": "avg"},
    ],
)
def test_tokens_that_are_no_square_behind_a_class_token(options):
    network = VisionTransformer(
        **{"img_size": 32} | options, patch_size=8, depth=1, embed_dim=32, num_heads=2
    )
    with pytest.raises(ValueError, match="square map behind one class token; got a grid of 4 x"):
        add_layer_attention(network)


def test_blocks_without_self_attention_of_their_own():
    parallel = VisionTransformer(
        32,
        8,
        depth=1,
        embed_dim=32,
        num_heads=2,
        block_fn=timm.models.vision_transformer.ParallelScalingBlock,
    )
    for add in (use_external_attention, add_layer_attention):
        with pytest.raises(ValueError, match="of class Block alone; got ParallelScalingBlock"):
            add(parallel)


def test_arguments_that_make_no_sense():
    with pytest.raises(ValueError, match="kind is 'light' or 'base'; got 'heavy'"):
        add_layer_attention(backbone("basic"), "heavy")
    with pytest.raises(ValueError, match=r"at most the 32 channels .*; got 33"):
        share_attention(backbone("basic"), reduction=33)


def test_a_resnet_that_ends_in_another_activation():
    network = ResNet(BasicBlock, [1, 1, 1, 1], channels=[8] * 4, act_layer=torch.nn.SiLU)
    with pytest.raises(ValueError, match="ends in SiLU, whose negative values"):
        use_external_attention(network)
