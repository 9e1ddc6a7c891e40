"""The ResNet-50s for ImageNet that share an attention per stage: DIA, shared SE, shared SGE.

A connection scheme says which blocks use what their stage shares. Huang et al., AAAI 2020,
arXiv:1905.10671 (DIA); Huang et al., arXiv:2210.16101 (shared gates).
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from inspector.models.bottleneck import EXPANSION, network_plan
from inspector.models.dia import DiaStage, SharedGateStage, Stage
from inspector.models.dia_blocks import GatedBottleneck
from inspector.models.gates import SharedSqueezeExcitation, SpatialGroupEnhance
from inspector.models.registry import register
from inspector.models.resnet import BLOCKS, STEM, STRIDES, WIDTHS, ResNet
from inspector.models.stems import plain_stem

REDUCTION = 20
EVERY_BLOCK = (7, 15, 63, 7)

MakeStage = Callable[..., Stage]


class SharedResNet(ResNet):
    """A `ResNet` whose published pool is as wide as the map, and so wants a square one."""

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of a square map, or its pooled features if `pre_logits`."""
        height, width = x.shape[-2:]
        if height != width:
            raise ValueError(
                f"This network reads square images; the last map of this one is {height} x "
                f"{width}. Crop or resize the image to a square."
            )
        return super().forward_head(x, pre_logits)


def shared_resnet(
    stage: MakeStage,
    *,
    scheme: Sequence[int] = EVERY_BLOCK,
    in_chans: int = 3,
    num_classes: int = 1000,
) -> ResNet:
    """Returns a ResNet-50 whose convolutions have biases and whose stages share an attention.

    Args:
        stage: makes a stage of `blocks`, `channels`, and the options `used` and `post`.
        scheme: one number per stage. Its binary digits, as many as the stage has blocks, say of
            the first block to the last whether it uses what the stage shares.
        in_chans: channels of the image.
        num_classes: number of logits.

    Raises:
        ValueError: if the scheme does not fit the stages.
    """
    plans = network_plan(STEM, WIDTHS, BLOCKS[50], STRIDES)
    trunk = {}
    for number, (plan, width, used) in enumerate(
        zip(plans, WIDTHS, connections(scheme, BLOCKS[50]), strict=True), 1
    ):
        blocks = (GatedBottleneck(*place, bias=True) for place in plan)
        trunk[f"layer{number}"] = stage(blocks, width * EXPANSION, used=used, post=nn.ReLU())
    stem = plain_stem(in_chans, STEM, bias=True)
    return SharedResNet(stem, trunk, num_classes=num_classes, classifier="last_linear")


def connections(scheme: Sequence[int], blocks: Sequence[int]) -> list[tuple[bool, ...]]:
    """Returns for each stage which of its blocks use what it shares.

    >>> connections((6, 1), (3, 4))
    [(True, True, False), (False, False, False, True)]

    Raises:
        ValueError: if there is not one number per stage, or one has more digits than blocks.
    """
    if len(scheme) != len(blocks) or any(
        not 0 <= code < 2**count for code, count in zip(scheme, blocks, strict=False)
    ):
        highest = ", ".join(str(2**count - 1) for count in blocks)
        raise ValueError(
            f"A connection scheme has {len(blocks)} numbers, from 0 up to {highest}; "
            f"got {tuple(scheme)}."
        )
    return [
        tuple(digit == "1" for digit in f"{code:0{count}b}")
        for code, count in zip(scheme, blocks, strict=True)
    ]


def _dia(blocks: Any, channels: int, **options: Any) -> Stage:
    return DiaStage(blocks, channels, reduction=REDUCTION, **options)


def _shared_se(blocks: Any, channels: int, **options: Any) -> Stage:
    return SharedGateStage(blocks, SharedSqueezeExcitation(channels), **options)


def _shared_sge(blocks: Any, _channels: int, **options: Any) -> Stage:
    return SharedGateStage(blocks, SpatialGroupEnhance(), **options)


register("dia_resnet50", shared_resnet, stage=_dia)
register("share_se_resnet50", shared_resnet, stage=_shared_se)
register("share_sge_resnet50", shared_resnet, stage=_shared_sge)
