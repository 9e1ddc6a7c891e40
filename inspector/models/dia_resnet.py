"""The DIA-ResNet for CIFAR: three stages of bottlenecks, each stage with its shared LSTM.

Huang et al., AAAI 2020, arXiv:1905.10671; ResNet-164 is the network of the paper's main table.
"""

from torch import Tensor, nn

from inspector.models.bottleneck import EXPANSION, Bottleneck, stage_plan
from inspector.models.dia import Stage
from inspector.models.initialisation import init_convolutions
from inspector.models.registry import register

WIDTHS = (16, 32, 64)
STRIDES = (1, 2, 2)
POOL = 8
SIDES = (29, 60)
"""Smallest and largest image side; outside the published 8x8 pool does not give one vector."""


class GatedBottleneck(Bottleneck):
    """A bottleneck that leaves gating and addition to its `Stage`."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns branch and skip, both [b, 4 * width, h, w]."""
        return self.branch_and_skip(x)


class DiaResNet(nn.Module):
    """A CIFAR ResNet of 9n + 2 layers with DIA.

    Args:
        depth: number of layers, 9n + 2 for n blocks per stage.
        num_classes: number of logits.
        in_chans: channels of the image.

    Raises:
        ValueError: if no network has this depth.
    """

    def __init__(self, depth: int = 164, *, num_classes: int = 100, in_chans: int = 3) -> None:
        super().__init__()
        blocks = _blocks_per_stage(depth)
        self.num_classes = num_classes
        self.num_features = WIDTHS[-1] * EXPANSION
        self.conv1 = nn.Conv2d(in_chans, WIDTHS[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.relu = nn.ReLU()
        inputs = (WIDTHS[0], *(width * EXPANSION for width in WIDTHS[:-1]))
        self.layer1, self.layer2, self.layer3 = (
            _stage(in_channels, width, blocks, stride)
            for in_channels, width, stride in zip(inputs, WIDTHS, STRIDES, strict=True)
        )
        self.avgpool = nn.AvgPool2d(POOL)
        self.fc = nn.Linear(self.num_features, num_classes)
        init_convolutions(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Returns the map [b, 256, ceil(h / 4), ceil(w / 4)] of images [b, c, h, w]."""
        _require_readable(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.layer3(self.layer2(self.layer1(x)))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Returns logits [b, classes] of a map, or its pooled features if `pre_logits`.

        As published the pool is not global: of a map larger than 8x8 it sees the top left corner.
        """
        x = self.avgpool(x).flatten(1)
        return x if pre_logits else self.fc(x)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [b, classes] of images [b, c, h, w], 29 to 60 pixels a side."""
        return self.forward_head(self.forward_features(x))


def _stage(in_channels: int, width: int, blocks: int, stride: int) -> Stage:
    plan = stage_plan(in_channels, width, blocks, stride)
    modules = (GatedBottleneck(*place) for place in plan)
    return Stage(modules, width * EXPANSION, post=nn.ReLU())


def _blocks_per_stage(depth: int) -> int:
    blocks, rest = divmod(depth - 2, 9)
    if rest or blocks < 1:
        raise ValueError(
            f"A dia_resnet has 9n + 2 layers (11, 20, 29, ... 164, ...), got depth={depth}."
        )
    return blocks


def _require_readable(x: Tensor) -> None:
    height, width = x.shape[-2:]
    low, high = SIDES
    if not (low <= height <= high and low <= width <= high):
        raise ValueError(
            f"dia_resnet reads images of {low} to {high} pixels a side (published for 32), "
            f"got {height} x {width}. Resize the image."
        )


register("dia_resnet", DiaResNet)
