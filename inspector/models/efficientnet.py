"""The EfficientNets with MRLA-light: blocks that have a skip add what their layer retrieves.

The trunk is built of timm's layers, under timm's names. Tan and Le, ICML 2019, arXiv:1905.11946
(trunk); Fang et al., ICLR 2023, arXiv:2302.03985 (MRLA).
"""

import math
from functools import partial
from typing import Any, NamedTuple

from timm.layers import BatchNormAct2d
from timm.models._efficientnet_blocks import (
    DepthwiseSeparableConv,
    InvertedResidual,
    SqueezeExcite,
)
from timm.models._efficientnet_builder import efficientnet_init_weights
from torch import Tensor, nn

from inspector.models.anatomy import ANATOMIES
from inspector.models.hosted import LightHost
from inspector.models.mrla import LightBranch
from inspector.models.registry import register

STEM, FEATURES = 32, 1280
HEADS = 8
SQUEEZE = 4
"""How much narrower than a block's input the inside of its SE gate is."""


class StagePlan(NamedTuple):
    """A stage of the paper's table 1: kernel, stride, expansion, channels and blocks."""

    kernel: int
    stride: int
    expansion: int
    channels: int
    blocks: int


PLAN = (
    StagePlan(3, 1, 1, 16, 1),
    StagePlan(3, 2, 6, 24, 2),
    StagePlan(5, 2, 6, 40, 2),
    StagePlan(3, 2, 6, 80, 3),
    StagePlan(5, 1, 6, 112, 3),
    StagePlan(5, 2, 6, 192, 4),
    StagePlan(3, 1, 6, 320, 1),
)


class LightInvertedResidual(LightHost, InvertedResidual):
    """An inverted residual with a skip, and with MRLA-light after the addition.

    Args:
        channels: of input and output.
        options: of timm's `InvertedResidual`.
    """

    anatomy = ANATOMIES[InvertedResidual]

    def __init__(self, channels: int, **options: Any) -> None:
        super().__init__(channels, channels, **options)
        self.mrla = LightBranch(channels, HEADS, name="mla")
        self.bn_mrla = nn.BatchNorm2d(channels)


class LightEfficientNet(nn.Module):
    """An EfficientNet with MRLA-light.

    Args:
        depth_multiplier: of the number of blocks per stage, rounded up.
        drop_path: stochastic depth of the last block; grows from 0.
        drop_rate: dropout before the classifier.
        num_classes: number of logits.
        in_chans: channels of the image.
    """

    def __init__(
        self,
        depth_multiplier: float = 1.0,
        *,
        drop_path: float = 0.0,
        drop_rate: float = 0.0,
        num_classes: int = 1000,
        in_chans: int = 3,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.num_features = FEATURES
        self.conv_stem = nn.Conv2d(in_chans, STEM, 3, stride=2, padding=1, bias=False)
        self.bn1 = BatchNormAct2d(STEM, act_layer=nn.SiLU)
        self.blocks = nn.Sequential(*_stages(depth_multiplier, drop_path))
        self.conv_head = nn.Conv2d(PLAN[-1].channels, FEATURES, 1, bias=False)
        self.bn2 = BatchNormAct2d(FEATURES, act_layer=nn.SiLU)
        self.global_pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(drop_rate)
        self.classifier = nn.Linear(FEATURES, num_classes)
        efficientnet_init_weights(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns the map [b, 1280, h / 32, w / 32] of images [b, c, h, w]."""
        x = self.blocks(self.bn1(self.conv_stem(x)))
        return self.bn2(self.conv_head(x))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of a map, or its pooled features if `pre_logits`."""
        x = self.dropout(self.global_pool(x).flatten(1))
        return x if pre_logits else self.classifier(x)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [b, classes] of images [b, c, h, w] of any size."""
        return self.forward_head(self.forward_features(x))


def _stages(depth_multiplier: float, drop_path: float) -> list[nn.Module]:
    counts = [math.ceil(stage.blocks * depth_multiplier) for stage in PLAN]
    rates = iter(drop_path * number / sum(counts) for number in range(sum(counts)))
    stages: list[nn.Module] = []
    in_channels = STEM
    for stage, count in zip(PLAN, counts, strict=True):
        blocks = []
        for number in range(count):
            stride = 1 if number else stage.stride
            blocks.append(_block(stage, in_channels, stride, next(rates)))
            in_channels = stage.channels
        stages.append(nn.Sequential(*blocks))
    return stages


def _block(stage: StagePlan, in_channels: int, stride: int, drop_path: float) -> nn.Module:
    """Returns the block that the plan wants: with MRLA where it expands and has a skip."""
    options: dict[str, Any] = {
        "dw_kernel_size": stage.kernel,
        "stride": stride,
        "act_layer": nn.SiLU,
        "se_layer": partial(SqueezeExcite, rd_channels=in_channels // SQUEEZE),
        "drop_path_rate": drop_path,
    }
    if stage.expansion == 1:
        return DepthwiseSeparableConv(in_channels, stage.channels, **options)
    options["exp_ratio"] = stage.expansion
    if stride == 1 and in_channels == stage.channels:
        return LightInvertedResidual(in_channels, **options)
    return InvertedResidual(in_channels, stage.channels, **options)


register("efficientnet_mrlal_b0", LightEfficientNet)
register("efficientnet_mrlal_b1", LightEfficientNet, depth_multiplier=1.1)
