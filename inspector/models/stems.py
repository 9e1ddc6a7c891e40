"""A stem is what turns an image into the first feature map of a network.

He et al., CVPR 2016 (plain), and He et al., "Bag of Tricks", CVPR 2019 (deep).
"""

from torch import nn


def plain_stem(in_chans: int, channels: int, *, bias: bool = False) -> nn.Module:
    """Returns one 7x7 convolution to half size."""
    return nn.Conv2d(in_chans, channels, 7, stride=2, padding=3, bias=bias)


def deep_stem(in_chans: int, channels: int) -> nn.Module:
    """Returns three 3x3 convolutions to half size; the two inner maps have half the channels."""
    half = channels // 2
    return nn.Sequential(
        nn.Conv2d(in_chans, half, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(half),
        nn.ReLU(),
        nn.Conv2d(half, half, 3, padding=1, bias=False),
        nn.BatchNorm2d(half),
        nn.ReLU(),
        nn.Conv2d(half, channels, 3, padding=1, bias=False),
    )
