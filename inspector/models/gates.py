"""A gate is a factor between 0 and 1 that features put on themselves, per channel or per place.

SE and ECA stand beside MRLA in its authors' ResNets; the other two are those that DIA's authors
shared by all blocks of a stage. Parameter and module names are those of the published code.
"""

import torch
from torch import Tensor, nn

SE_REDUCTION = 16
SGE_GROUPS = 64
SGE_EPS = 1e-5


class SqueezeExcitation(nn.Module):
    """SE: two linear maps of the pooled features gate the channels.

    `fc` puts out the gate [b, c]. Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018.

    Args:
        channels: c of the features.
        reduction: how much narrower the layer between is.
    """

    def __init__(self, channels: int, reduction: int = SE_REDUCTION) -> None:
        super().__init__()
        narrow = channels // reduction
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channels, narrow, bias=False),
            nn.ReLU(),
            nn.Linear(narrow, channels, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Returns the gated features [b, c, h, w]."""
        return x * self.fc(self.avg_pool(x).flatten(1))[:, :, None, None]


class EfficientChannelAttention(nn.Module):
    """ECA: a convolution along the channels of the pooled features gates them.

    `sigmoid` puts out the gate [b, c, 1, 1]. Wang et al., "ECA-Net", CVPR 2020.

    Args:
        kernel: length of the convolution, odd.
    """

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Returns the gated features [b, c, h, w]."""
        mixed = self.conv(self.avg_pool(x).flatten(1).unsqueeze(1))
        return x * self.sigmoid(mixed.transpose(1, 2).unsqueeze(3))


class SharedSqueezeExcitation(nn.Module):
    """SE with 1x1 convolutions, the form that is shared by a stage.

    `sigmoid` puts out the gate [b, c, 1, 1]. Huang et al., arXiv:2210.16101.

    Args:
        channels: c of the features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        narrow = channels // SE_REDUCTION
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, narrow, 1)
        self.relu = nn.ReLU()
        self.fc2 = nn.Conv2d(narrow, channels, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Returns the gated features [b, c, h, w]."""
        return x * self.sigmoid(self.fc2(self.relu(self.fc1(self.avg_pool(x)))))


class SpatialGroupEnhance(nn.Module):
    """SGE: how much a place resembles the mean of its channel group gates that place.

    `sig` puts out the gate [b, groups, h, w]. Li et al., arXiv:1905.09646; shared by a stage in
    Huang et al., arXiv:2210.16101.

    Args:
        groups: number of contiguous channel groups.
    """

    def __init__(self, groups: int = SGE_GROUPS) -> None:
        super().__init__()
        self.groups = groups
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.weight = nn.Parameter(torch.zeros(1, groups, 1, 1))
        self.bias = nn.Parameter(torch.ones(1, groups, 1, 1))
        self.sig = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Returns the gated features [b, c, h, w].

        Raises:
            ValueError: if the features have one place, which cannot differ from the others.
        """
        _require_places(x)
        similarity = (x * self.avg_pool(x)).unflatten(1, (self.groups, -1)).sum(2)
        # torch.std is the unbiased one, and the epsilon stands outside of the root, as published
        spread = similarity.std((2, 3), keepdim=True) + SGE_EPS
        standard = (similarity - similarity.mean((2, 3), keepdim=True)) / spread
        gate = self.sig(standard * self.weight + self.bias)
        return (x.unflatten(1, (self.groups, -1)) * gate.unsqueeze(2)).flatten(1, 2)


def _require_places(x: Tensor) -> None:
    if x.shape[-2:].numel() < 2:
        raise ValueError(
            "Spatial group enhance compares the places of a map, and this map has only one. "
            "Use a larger image."
        )
