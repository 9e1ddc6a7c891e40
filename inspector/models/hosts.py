"""A host is a network of timm's that is given a layer attention it was not built with.

Each function returns a copy and leaves the network it was given alone. What was there keeps its
names and values, so a checkpoint of timm's still loads (`strict=False`), the attention alone being
missing; what is new is random, drawn from torch's generator.

| on | MRLA | DIA | external attention |
|---|---|---|---|
| ResNet (ResNeXt, wide, -D, SE...) | after each block | in each block | after the last stage |
| EfficientNet (and V2, MobileNetV2) | inverted residuals | those with a skip | - |
| ViT, DeiT | after each block | - | in place of self-attention |

Published are MRLA for ResNets of bottlenecks, for DeiT and, light, for EfficientNet; DIA for
ResNets; external attention for transformers and behind the last stage of a ResNet. The rest is the
same layer in the corresponding place. An MRLA-base chain and a shared LSTM need two blocks of a
stage: a stage that has fewer stays as it was, and so do blocks of classes not in `ANATOMIES`.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Literal, get_args

from timm.models import EfficientNet, ResNet, VisionTransformer
from timm.models._efficientnet_builder import efficientnet_init_weights
from timm.models.vision_transformer import Block
from torch import nn

from inspector.models.anatomy import ANATOMIES, channels_of
from inspector.models.deit import HEAD_DIM as TOKEN_HEAD_DIM
from inspector.models.deit import ChainsOfFour, LightBlock
from inspector.models.dia import SharedLstm
from inspector.models.dia_imagenet import REDUCTION
from inspector.models.efficientnet import HEADS
from inspector.models.external_attention import SpatialExternalAttention
from inspector.models.hosted import (
    BaseHost,
    GatedHost,
    LightHost,
    SharedStage,
    TokenBaseHost,
    UnmaskedExternalAttention,
    hosted,
)
from inspector.models.initialisation import init_convolutions, init_linear
from inspector.models.mrla import BaseBranch, Chain, LightBranch
from inspector.models.mrla_tokens import TokenBaseBranch, TokenLightBranch
from inspector.models.refusals import require_blocks, require_host, require_square_grid
from inspector.models.resnet import BASE_HEAD_DIM, LIGHT_HEAD_DIM

Kind = Literal["base", "light"]
Blocks = Sequence[nn.Module]
Choose = Callable[[Blocks], Blocks]

RESIDUAL = f"residual blocks with a skip ({', '.join(block.__name__ for block in ANATOMIES)})"


def add_layer_attention(
    model: nn.Module, kind: Kind = "light", *, zero_init: bool = True
) -> nn.Module:
    """Returns a copy of a timm network whose blocks retrieve from the blocks before them (MRLA).

    *Light* adds, after every block, its gated value and its decayed skip. *Base* adds a weighted
    sum over the blocks of a stage, in a transformer over four; it cannot run with gradient
    checkpointing, nor a transformer's with masks or `forward_intermediates`. The parameters are
    `<block>.mrla.*` and, except in transformers, `<block>.bn_mrla.*`.

    Args:
        model: a ResNet, EfficientNet or VisionTransformer of timm's.
        kind: "light" or "base".
        zero_init: True to begin with an attention that adds zero, so that the logits are at first
            those of `model`: the gain of its norm is zero (and a transformer's decay). False to
            begin as published, which changes what a pretrained network knows.

    Raises:
        ValueError: if the network is no such host or already has an attention of ours.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind is 'light' or 'base'; got {kind!r}.")
    require_host(model, "MRLA", (ResNet, EfficientNet, VisionTransformer))
    network = deepcopy(model)
    if isinstance(network, VisionTransformer):
        _retrieve_among_tokens(network, kind, zero_init)
    else:
        _retrieve_among_maps(network, kind, zero_init)
    return network


def share_attention(model: nn.Module, *, reduction: int = REDUCTION) -> nn.Module:
    """Returns a copy of a timm network whose stages have an LSTM that gates each branch (DIA).

    A gate begins near a quarter, and by its definition cannot begin as one: a pretrained network
    has to be trained again. It cannot run with gradient checkpointing. The parameters are
    `<stage>.lstm.*`.

    Args:
        model: a ResNet or EfficientNet of timm's.
        reduction: how much narrower than a branch the layer inside the LSTM is; 20 is the authors'
            for ImageNet, 4 for CIFAR.

    Raises:
        ValueError: if the network is no such host, already has an attention of ours, or has a
            branch narrower than `reduction`.
    """
    require_host(model, "DIA", (ResNet, EfficientNet))
    network = deepcopy(model)
    for stage, blocks in _chosen(network, _shared):
        _share(stage, blocks, reduction)
    return network


def use_external_attention(model: nn.Module, *, zero_init: bool = True) -> nn.Module:
    """Returns a copy of a timm network that attends to a memory which all images share.

    In a transformer it takes the place of the self-attention of every block (`blocks.N.attn.*`),
    whose parameters are gone: it has to be trained again, and takes a checkpoint of timm's before
    this call, not after. In a ResNet it follows the last stage (`layer4.linu.*`, EANet's head).

    Args:
        model: a ResNet with ReLU or a VisionTransformer of timm's.
        zero_init: for a ResNet, True to begin with logits as they were, the gain of the attention's
            last norm being zero; False to begin as published. A transformer has no such beginning.

    Raises:
        ValueError: if the network is no such host or already has an attention of ours.
    """
    require_host(model, "external attention", (ResNet, VisionTransformer))
    network = deepcopy(model)
    if isinstance(network, VisionTransformer):
        _remember_among_tokens(network)
    else:
        _remember_behind(network.get_submodule("layer4"), zero_init)
    return network


# MRLA ---------------------------------------------------------------------------------------------


def _retrieve_among_tokens(network: VisionTransformer, kind: Kind, zero_init: bool) -> None:
    require_square_grid(network)
    _require_usual_blocks(network)
    width = network.embed_dim
    light = kind == "light"
    branch = TokenLightBranch if light else TokenBaseBranch
    host = LightBlock if light else hosted(TokenBaseHost, Block)
    for block in network.blocks:
        attention = branch(width, width // TOKEN_HEAD_DIM)
        if zero_init:
            _begin_at_zero(attention, "normx.weight", *(["lambda_t"] if light else []))
        _join(block, host, mrla=attention)
    if not light:
        network.blocks.__class__ = ChainsOfFour


def _retrieve_among_maps(network: nn.Module, kind: Kind, zero_init: bool) -> None:
    host, choose = (LightHost, _with_skip) if kind == "light" else (BaseHost, _chained)
    for stage, blocks in _chosen(network, choose):
        for block in blocks:
            norm = nn.BatchNorm2d(channels_of(block))
            if zero_init:
                _begin_at_zero(norm, "weight")
            attention = _branch(network, kind, norm.num_features)
            _join(block, hosted(host, type(block)), mrla=attention, bn_mrla=norm)
        if kind == "base":
            stage.__class__ = Chain


def _branch(network: nn.Module, kind: Kind, channels: int) -> nn.Module:
    """Returns the attention of a block, with the heads and the beginning of its family."""
    branch: nn.Module
    if isinstance(network, EfficientNet):
        # the name inside is the one that the light form was published under
        light = kind == "light"
        branch = LightBranch(channels, HEADS, name="mla") if light else BaseBranch(channels, HEADS)
        efficientnet_init_weights(branch)
        return branch
    if kind == "light":
        branch = LightBranch(channels, max(1, channels // LIGHT_HEAD_DIM))
    else:
        branch = BaseBranch(channels, max(1, channels // BASE_HEAD_DIM))
    init_convolutions(branch)
    return branch


# DIA ----------------------------------------------------------------------------------------------


def _share(stage: nn.Module, blocks: Sequence[nn.Module], reduction: int) -> None:
    channels = channels_of(blocks[0])
    if not 0 < reduction <= channels:
        raise ValueError(
            f"reduction is at least 1 and at most the {channels} channels of the narrowest branch; "
            f"got {reduction}."
        )
    lstm = SharedLstm(channels, reduction)
    for block in blocks:
        _join(block, hosted(GatedHost, type(block)))
    _join(stage, SharedStage, lstm=lstm)


# External attention -------------------------------------------------------------------------------


def _remember_among_tokens(network: VisionTransformer) -> None:
    _require_usual_blocks(network)
    for block in network.blocks:
        replaced: Any = block.get_submodule("attn")
        attention = UnmaskedExternalAttention(network.embed_dim, replaced.num_heads)
        init_linear(attention)
        _join(block, type(block), attn=attention)


def _remember_behind(stage: nn.Module, zero_init: bool) -> None:
    *_, last = stage.children()
    require_blocks(_with_skip([last]), [last], expected=RESIDUAL)
    activation = getattr(last, ANATOMIES[type(last)].after)
    if not isinstance(activation, nn.ReLU):
        raise ValueError(
            "External attention ends in a ReLU, so its ResNet must do so too; this one ends in "
            f"{type(activation).__name__}, whose negative values it would cut off. Choose a "
            "ResNet with ReLU."
        )
    attention = SpatialExternalAttention(channels_of(last))
    if zero_init:
        _begin_at_zero(attention, "conv2.1.weight")
    _join(stage, type(stage), linu=attention)


# All ----------------------------------------------------------------------------------------------


def _stages(network: nn.Module) -> list[nn.Module]:
    if isinstance(network, EfficientNet):
        return list(network.blocks.children())
    return [network.get_submodule(f"layer{number}") for number in (1, 2, 3, 4)]


def _chosen(network: nn.Module, choose: Choose) -> list[tuple[nn.Module, Blocks]]:
    """Returns the stages in which blocks are chosen, with these.

    Raises:
        ValueError: if there are none.
    """
    stages = [(stage, list(stage.children())) for stage in _stages(network)]
    chosen = [(stage, found) for stage, blocks in stages if (found := choose(blocks))]
    require_blocks(
        (stage for stage, _ in chosen),
        (block for _, blocks in stages for block in blocks),
        expected=RESIDUAL if choose is _with_skip else f"a stage of two or more {RESIDUAL}",
    )
    return chosen


def _with_skip(blocks: Blocks) -> Blocks:
    """Returns the blocks that add a branch to a skip; the skip of a ResNet may be projected."""
    known = (block for block in blocks if type(block) in ANATOMIES)
    return [block for block in known if getattr(block, "has_skip", True)]


def _shared(blocks: Blocks) -> Blocks:
    """Returns the blocks with a skip if there are two or more."""
    found = _with_skip(blocks)
    return found if len(found) > 1 else []


def _chained(blocks: Blocks) -> Blocks:
    """Returns all blocks if there are two or more whose outputs have one shape."""
    known = all(type(block) in ANATOMIES for block in blocks)
    alike = len(_with_skip(blocks[1:])) == len(blocks) - 1
    return blocks if known and alike and len(blocks) > 1 else []


def _require_usual_blocks(network: VisionTransformer) -> None:
    blocks = list(network.blocks.children())
    usual = all(type(block) is Block for block in blocks)
    require_blocks(
        blocks if usual else (), blocks, expected="transformer blocks of class Block alone"
    )


def _join(module: nn.Module, cls: type, **children: nn.Module) -> None:
    """Gives a module another class and more children, which follow its device, dtype and mode."""
    like = next(module.parameters())
    for name, child in children.items():
        module.add_module(name, child.to(like.device, like.dtype).train(module.training))
    module.__class__ = cls


def _begin_at_zero(module: nn.Module, *parameters: str) -> None:
    for parameter in parameters:
        nn.init.zeros_(module.get_parameter(parameter))
