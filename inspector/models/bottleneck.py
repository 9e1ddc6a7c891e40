"""A bottleneck is a residual block of three convolutions, here without its addition.

Networks with layer attention differ in what they do with branch and skip (gate, add, retrieve),
so a block starts from `branch_and_skip` and goes its own way from there.
He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; the stride sits on the 3x3.
"""

from collections.abc import Sequence

from torch import Tensor, nn

EXPANSION = 4

Place = tuple[int, int, int]
"""Where a block stands: channels that come in, its width, its stride."""


class Bottleneck(nn.Module):
    """The layers of a bottleneck block; what becomes of branch and skip is a subclass's matter.

    Args:
        in_channels: channels of the input.
        width: channels of the 3x3 convolution; the block puts out four times as many.
        stride: of the 3x3 convolution and of the skip.
        dilation: of the 3x3 convolution.
        bias: True for convolutions with biases.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        stride: int = 1,
        *,
        dilation: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__()
        channels = width * EXPANSION
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=bias)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=bias)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(width, channels, 1, bias=bias)
        self.bn3 = nn.BatchNorm2d(channels)
        self.downsample = _projection(in_channels, channels, stride, bias)

    def branch_and_skip(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the branch after its last norm and the skip, both [b, 4 * width, h, w]."""
        branch = self.relu1(self.bn1(self.conv1(x)))
        branch = self.relu2(self.bn2(self.conv2(branch)))
        return self.bn3(self.conv3(branch)), self.downsample(x)


def stage_plan(
    in_channels: int, width: int, blocks: int, stride: int, *, expansion: int = EXPANSION
) -> list[Place]:
    """Returns the place of each block of a stage; only the first strides.

    Args:
        in_channels: channels that come into the stage.
        width: of each block.
        blocks: number of blocks.
        stride: of the first block.
        expansion: how many times its width a block puts out.

    >>> stage_plan(64, 128, 3, 2)
    [(64, 128, 2), (512, 128, 1), (512, 128, 1)]
    """
    return [(in_channels, width, stride)] + [(width * expansion, width, 1)] * (blocks - 1)


def network_plan(
    stem: int,
    widths: Sequence[int],
    blocks: Sequence[int],
    strides: Sequence[int],
    *,
    expansion: int = EXPANSION,
) -> list[list[Place]]:
    """Returns the places of the blocks of every stage.

    Args:
        stem: channels that come into the first stage.
        widths: of the blocks, by stage.
        blocks: number of them, by stage.
        strides: of the first of them, by stage.
        expansion: how many times its width a block puts out.
    """
    inputs = (stem, *(width * expansion for width in widths[:-1]))
    stages = zip(inputs, widths, blocks, strides, strict=True)
    return [stage_plan(*stage, expansion=expansion) for stage in stages]


def _projection(in_channels: int, channels: int, stride: int, bias: bool) -> nn.Module:
    """Returns the skip: a strided 1x1 convolution with norm where the shape changes."""
    if stride == 1 and in_channels == channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, 1, stride=stride, bias=bias),
        nn.BatchNorm2d(channels),
    )
