"""A gated block is a residual block that leaves gating and addition to its stage.

It hands out its branch and its skip, both [b, c, h, w]. The two that activate before they convolve
end their branch in a batch norm of their own, which is what the stage's attention sees. Parameter
and module names are those of the published code.
"""

from collections import OrderedDict

from torch import Tensor, nn

from inspector.models.bottleneck import EXPANSION, Bottleneck

BranchAndSkip = tuple[Tensor, Tensor]


class GatedBottleneck(Bottleneck):
    """A bottleneck of convolution, norm and activation; see `Bottleneck`."""

    def forward(self, x: Tensor) -> BranchAndSkip:
        """Returns branch and skip, both [b, 4 * width, h, w]."""
        return self.branch_and_skip(x)


class PreactivatedBottleneck(nn.Module):
    """A bottleneck of norm, activation and convolution.

    Args:
        in_channels: channels of the input.
        width: channels of the 3x3 convolution; the block puts out four times as many.
        stride: of the 3x3 convolution and of the skip.
    """

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        channels = width * EXPANSION
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.relu = nn.ReLU()
        self.downsample = nn.Sequential()
        if stride != 1 or in_channels != channels:
            self.downsample.append(_projection(in_channels, channels, stride))
        self.bn_additional = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> BranchAndSkip:
        """Returns branch and skip, both [b, 4 * width, h, w]."""
        branch = self.conv1(self.relu(self.bn1(x)))
        branch = self.conv2(self.relu(self.bn2(branch)))
        branch = self.conv3(self.relu(self.bn3(branch)))
        return self.bn_additional(branch), self.downsample(x)


class WideBlock(nn.Module):
    """Two 3x3 convolutions, each after norm and activation.

    Args:
        in_channels: channels of the input.
        channels: that the block puts out.
        stride: of the first convolution and of the skip.
        drop_rate: dropout between the convolutions, in training.
    """

    def __init__(
        self, in_channels: int, channels: int, stride: int, *, drop_rate: float = 0.0
    ) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.dropout = nn.Dropout(drop_rate)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        same = in_channels == channels
        self.convShortcut = None if same else _projection(in_channels, channels, stride)
        self.bn_additional = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> BranchAndSkip:
        """Returns branch and skip, both [b, channels, h, w]."""
        active = self.relu(self.bn1(x))
        branch = self.dropout(self.relu(self.bn2(self.conv1(active))))
        # a skip that changes the width starts from the activated input, any other from the raw one
        skip = x if self.convShortcut is None else self.convShortcut(active)
        return self.bn_additional(self.conv2(branch)), skip


class GroupedBottleneck(nn.Module):
    """A bottleneck whose 3x3 convolution works in groups.

    Args:
        in_channels: channels of the input.
        channels: that the block puts out.
        stride: of the 3x3 convolution and of the skip.
        cardinality: number of groups; each is a quarter of `channels` wide.
    """

    def __init__(self, in_channels: int, channels: int, stride: int, *, cardinality: int) -> None:
        super().__init__()
        width = cardinality * channels // EXPANSION
        self.conv_reduce = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn_reduce = nn.BatchNorm2d(width)
        self.conv_conv = nn.Conv2d(
            width, width, 3, stride, padding=1, groups=cardinality, bias=False
        )
        self.bn = nn.BatchNorm2d(width)
        self.conv_expand = nn.Conv2d(width, channels, 1, bias=False)
        self.bn_expand = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.shortcut = nn.Sequential()
        if in_channels != channels:
            projection = _projection(in_channels, channels, stride)
            norm = nn.BatchNorm2d(channels)
            layers = OrderedDict(shortcut_conv=projection, shortcut_bn=norm)
            self.shortcut = nn.Sequential(layers)

    def forward(self, x: Tensor) -> BranchAndSkip:
        """Returns branch and skip, both [b, channels, h, w]."""
        branch = self.relu(self.bn_reduce(self.conv_reduce(x)))
        branch = self.relu(self.bn(self.conv_conv(branch)))
        return self.bn_expand(self.conv_expand(branch)), self.shortcut(x)


def _projection(in_channels: int, channels: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(in_channels, channels, 1, stride, bias=False)
