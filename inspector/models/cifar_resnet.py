"""The small ResNets for CIFAR that ship with trained weights: one host, five kinds of attention.

Three stages of bottlenecks 16, 32 and 64 wide, as in the DIA paper's ResNet (He et al., CVPR 2016,
section 4.2, with bottlenecks). They differ in what becomes of branch and skip, so that they can be
compared: nothing more (plain), an SE gate, DIA, MRLA-base or MRLA-light. MRLA was published for
four stages on ImageNet; its blocks are those, between the stem and pool of CIFAR. As published they
begin with the last norm of each branch at 0, where the others begin with it at 1.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from inspector.models.bottleneck import EXPANSION, Bottleneck, Place, network_plan
from inspector.models.dia_cifar import NARROW, STEM, STRIDES, DiaNet, dia_resnet
from inspector.models.gates import SqueezeExcitation
from inspector.models.mrla import Chain
from inspector.models.registry import register
from inspector.models.resnet import BaseBottleneck, LightBottleneck

DEPTH = 56
BLOCKS = (DEPTH - 2) // 9
"""Per stage: 18 in all, each with an attention of its own."""


class ResidualBottleneck(Bottleneck):
    """A bottleneck that adds its branch to its skip, gated by SE or as it is.

    Args:
        in_channels: channels of the input.
        width: channels of the 3x3 convolution; the block puts out four times as many.
        stride: of the 3x3 convolution and of the skip.
        se: True for a squeeze-and-excitation gate on the branch.
    """

    def __init__(self, in_channels: int, width: int, stride: int, *, se: bool = False) -> None:
        super().__init__(in_channels, width, stride)
        self.se = SqueezeExcitation(width * EXPANSION) if se else nn.Identity()
        self.relu3 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Returns the block output [b, 4 * width, h, w]."""
        branch, skip = self.branch_and_skip(x)
        return self.relu3(self.se(branch) + skip)


def cifar_resnet(
    block: Callable[..., nn.Module],
    container: type[nn.Sequential] = nn.Sequential,
    *,
    blocks: int = BLOCKS,
    in_chans: int = 3,
    num_classes: int = 10,
) -> DiaNet:
    """Returns a ResNet for images of 32 pixels a side.

    Args:
        block: makes a block of its place: channels that come in, width, stride.
        container: what holds the blocks of a stage.
        blocks: number of blocks per stage.
        in_chans: channels of the image.
        num_classes: number of logits.
    """
    plans = network_plan(STEM, NARROW, (blocks,) * len(NARROW), STRIDES)
    stages = {
        f"layer{number}": _stage(block, container, plan) for number, plan in enumerate(plans, 1)
    }
    stem = nn.Conv2d(in_chans, STEM, 3, padding=1, bias=False)
    layers = {"conv1": stem, "bn1": nn.BatchNorm2d(STEM), "relu": nn.ReLU()} | stages
    network = DiaNet(layers, NARROW[-1] * EXPANSION, pool_stride=None, num_classes=num_classes)
    _start_alike(network)
    return network


def _start_alike(network: nn.Module) -> None:
    """Sets the gain of each block's last norm to one, as of all others.

    MRLA's published blocks start with it at zero. The hosts would differ in that too, and an
    untrained twin would have no features but those of its stem.
    """
    for module in network.modules():
        if isinstance(module, Bottleneck):
            nn.init.ones_(module.bn3.weight)


def _stage(
    block: Callable[..., nn.Module], container: type[nn.Sequential], plan: Sequence[Place]
) -> nn.Module:
    return container(*(block(*place) for place in plan))


def cifar_dia(*, blocks: int = BLOCKS, num_classes: int = 10, **options: Any) -> DiaNet:
    """Returns the DIA-ResNet as published, for ten classes; see `dia_resnet`."""
    return dia_resnet(9 * blocks + 2, pool_stride=None, num_classes=num_classes, **options)


register("cifar_resnet56", cifar_resnet, block=ResidualBottleneck)
register("cifar_resnet56_se", cifar_resnet, block=partial(ResidualBottleneck, se=True))
register("cifar_resnet56_dia", cifar_dia)
register("cifar_resnet56_mrlab", cifar_resnet, block=BaseBottleneck, container=Chain)
register("cifar_resnet56_mrlal", cifar_resnet, block=LightBottleneck)
