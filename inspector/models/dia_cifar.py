"""The DIA networks for CIFAR: three stages of blocks, each stage with its shared LSTM.

Four hosts, ResNet, pre-activation ResNet, wide ResNet and ResNeXt, of any depth that their blocks
allow. Huang et al., AAAI 2020, arXiv:1905.10671, table 2.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from inspector.models.bottleneck import Place, network_plan
from inspector.models.dia import DiaStage
from inspector.models.dia_blocks import (
    GatedBottleneck,
    GroupedBottleneck,
    PreactivatedBottleneck,
    WideBlock,
)
from inspector.models.initialisation import init_convolutions, zero_biases
from inspector.models.registry import register

STEM, GROUPED_STEM = 16, 32
NARROW, WIDE, GROUPED = (16, 32, 64), (64, 128, 256), (128, 256, 512)
STRIDES = (1, 2, 2)
POOL = 8
CORNER_SIDES, WHOLE_SIDES = (29, 60), (29, 32)
"""Smallest and largest image side: outside, the published 8x8 pool does not give one vector."""
ANY_SIDES = (8, 1024)
"""The same where the pool is global."""


class DiaNet(nn.Module):
    """Named layers one after the other, a pool that is not global, and a classifier.

    Args:
        layers: what comes before the pool, by the names that published parameters have.
        channels: of the last layer.
        classifier: name of the classifier.
        pool_stride: 8 for a pool that sees the top left 8x8 of a larger map, 1 for one that sees
            all of the only size it allows, None for a global one, the same for 32 x 32 pixels.
        num_classes: number of logits.
    """

    def __init__(
        self,
        layers: Mapping[str, nn.Module],
        channels: int,
        *,
        classifier: str = "fc",
        pool_stride: int | None = POOL,
        num_classes: int = 100,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.num_features = channels
        self.sides = {POOL: CORNER_SIDES, 1: WHOLE_SIDES, None: ANY_SIDES}[pool_stride]
        self.layer_names = tuple(layers)
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.avgpool = nn.AvgPool2d(POOL, pool_stride) if pool_stride else nn.AdaptiveAvgPool2d(1)
        self.classifier_name = classifier
        self.add_module(classifier, nn.Linear(channels, num_classes))
        init_convolutions(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns the map [b, channels, ceil(h / 4), ceil(w / 4)] of images [b, c, h, w]."""
        self._require_readable(x)
        for name in self.layer_names:
            x = getattr(self, name)(x)
        return x

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of a map, or its pooled features if `pre_logits`.

        As published the pool is not global: of a map larger than 8x8 it sees the top left corner.
        """
        x = self.avgpool(x).flatten(1)
        return x if pre_logits else getattr(self, self.classifier_name)(x)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [b, classes] of images [b, c, h, w] of the sides it reads."""
        return self.forward_head(self.forward_features(x))

    def _require_readable(self, x: Tensor) -> None:
        height, width = x.shape[-2:]
        low, high = self.sides
        if not (low <= height <= high and low <= width <= high):
            raise ValueError(
                f"This network reads images of {low} to {high} pixels a side (published for 32), "
                f"got {height} x {width}. Resize the image."
            )


def dia_resnet(depth: int = 164, *, in_chans: int = 3, **head: Any) -> DiaNet:
    """Returns a ResNet of bottlenecks with DIA.

    Args:
        depth: number of layers, 9n + 2 for n blocks per stage.
        in_chans: channels of the image.
        head: `num_classes` and `pool_stride`.

    Raises:
        ValueError: if no network has this depth.
    """
    plans = network_plan(STEM, NARROW, _bottlenecks("dia_resnet", depth), STRIDES)
    stages = _stages("layer", GatedBottleneck, plans, WIDE, post=nn.ReLU())
    stem = {"conv1": _stem(in_chans, STEM), "bn1": nn.BatchNorm2d(STEM), "relu": nn.ReLU()}
    return DiaNet(stem | stages, WIDE[-1], **head)


def dia_preresnet(depth: int = 164, *, in_chans: int = 3, **head: Any) -> DiaNet:
    """Returns a pre-activation ResNet of bottlenecks with DIA; see `dia_resnet`."""
    plans = network_plan(STEM, NARROW, _bottlenecks("dia_preresnet", depth), STRIDES)
    stages = _stages("layer", PreactivatedBottleneck, plans, WIDE)
    tail = {"bn": nn.BatchNorm2d(WIDE[-1]), "relu": nn.ReLU()}
    return DiaNet({"conv1": _stem(in_chans, STEM)} | stages | tail, WIDE[-1], **head)


def dia_wrn(depth: int = 52, *, in_chans: int = 3, drop_rate: float = 0.0, **head: Any) -> DiaNet:
    """Returns a ResNet of two convolutions per block, four times as wide, with DIA.

    Args:
        depth: number of layers, 6n + 4 for n blocks per stage.
        in_chans: channels of the image.
        drop_rate: dropout inside the blocks, in training; 0.3 in the paper.
        head: `num_classes`.

    Raises:
        ValueError: if no network has this depth.
    """
    blocks = _blocks_per_stage("dia_wrn", depth, 6, 4)
    plans = network_plan(STEM, WIDE, blocks, STRIDES, expansion=1)
    stages = _stages("block", partial(WideBlock, drop_rate=drop_rate), plans, WIDE)
    tail = {"bn1": nn.BatchNorm2d(WIDE[-1]), "relu": nn.ReLU()}
    network = DiaNet({"conv1": _stem(in_chans, STEM)} | stages | tail, WIDE[-1], **head)
    zero_biases(network)
    return network


def dia_resnext(
    depth: int = 101, *, cardinality: int = 8, in_chans: int = 3, **head: Any
) -> DiaNet:
    """Returns a ResNeXt of bottlenecks with DIA.

    Args:
        depth: number of layers, 9n + 2 for n blocks per stage; others are rounded down.
        cardinality: number of groups in the 3x3 convolutions, 32 channels each in the first stage.
        in_chans: channels of the image.
        head: `num_classes`.

    Raises:
        ValueError: if the depth leaves no block for a stage, or there is no group.
    """
    if cardinality < 1:
        raise ValueError(f"A dia_resnext needs at least one group, got cardinality={cardinality}.")
    # as published, a depth in between stands for the network below it
    blocks = _blocks_per_stage("dia_resnext", depth, 9, 2, exact=False)
    plans = network_plan(GROUPED_STEM, GROUPED, blocks, STRIDES, expansion=1)
    block = partial(GroupedBottleneck, cardinality=cardinality)
    stages = _stages("stage_", block, plans, GROUPED, post=nn.ReLU())
    stem = {"conv_1_3x3": _stem(in_chans, GROUPED_STEM), "bn_1": nn.BatchNorm2d(GROUPED_STEM)}
    layers = stem | {"relu": nn.ReLU()} | stages
    network = DiaNet(layers, GROUPED[-1], classifier="classifier", pool_stride=1, **head)
    nn.init.kaiming_normal_(network.get_parameter("classifier.weight"))
    zero_biases(network)
    return network


def _stem(in_chans: int, channels: int) -> nn.Module:
    return nn.Conv2d(in_chans, channels, 3, padding=1, bias=False)


def _stages(
    prefix: str,
    block: Callable[..., nn.Module],
    plans: Sequence[Sequence[Place]],
    channels: Sequence[int],
    *,
    post: nn.Module | None = None,
) -> dict[str, nn.Module]:
    """Returns the stages by name, each with an LSTM of its own."""
    return {
        f"{prefix}{number}": DiaStage((block(*place) for place in plan), width, post=post)
        for number, (plan, width) in enumerate(zip(plans, channels, strict=True), 1)
    }


def _bottlenecks(name: str, depth: int) -> tuple[int, int, int]:
    return _blocks_per_stage(name, depth, 9, 2)


def _blocks_per_stage(
    name: str, depth: int, layers: int, rest: int, *, exact: bool = True
) -> tuple[int, int, int]:
    """Returns how many blocks each stage has, when one block in each makes so many layers."""
    blocks, left_over = divmod(depth - rest, layers)
    if blocks < 1 or (exact and left_over):
        known = ", ".join(str(layers * count + rest) for count in (1, 2, 3))
        raise ValueError(
            f"A {name} has {layers}n + {rest} layers ({known}, ...), got depth={depth}."
        )
    return blocks, blocks, blocks


register("dia_resnet", dia_resnet)
register("dia_preresnet", dia_preresnet)
register("dia_wrn", dia_wrn)
register("dia_resnext", dia_resnext)
