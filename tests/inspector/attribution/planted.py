"""Tiny networks whose attributions have closed forms, written for the tests alone."""

import torch
from torch import nn

from inspector.wrapping import wrap

SIDE = 6
MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.5)


class Linear(nn.Module):
    """Logits are linear in the input: the gradient is the weight, the integral weight x input."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, SIDE, SIDE))

    def forward(self, x):
        return torch.einsum("bcyx,kcyx->bk", x, self.weight)


class Dense(nn.Module):
    """Logits of every pixel, linear in the input: each reads its own pixel and its right one."""

    def __init__(self):
        super().__init__()
        self.own = nn.Parameter(torch.randn(4, 3))
        self.right = nn.Parameter(torch.randn(4, 3))

    def forward(self, x):
        own, right = (
            torch.einsum("bcyx,kc->bkyx", pixels, weight)
            for pixels, weight in ((x, self.own), (x.roll(-1, 3), self.right))
        )
        return own + right


class Pooled(nn.Module):
    """A feature map, its mean, a linear head: Grad-CAM is the head-weighted sum of features."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 1)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(5, 4)

    def forward(self, x):
        return self.fc(self.avgpool(self.conv(x)).flatten(1))


class Normed(nn.Module):
    """In training mode, dropout and the norm of the batch would move every gradient."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.GELU(), nn.Dropout(0.5), nn.Flatten()
        )
        self.fc = nn.LazyLinear(4)
        self.fc(self.layers(torch.zeros(2, 3, SIDE, SIDE)))

    def forward(self, x):
        return self.fc(self.layers(x))


class Rectified(nn.Module):
    """Two layers with one ReLU between, in place or not: slopes can be written down."""

    def __init__(self, inplace=True):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 1)
        self.relu = nn.ReLU(inplace=inplace)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        return self.fc(self.avgpool(self.relu(self.conv(x))).flatten(1))


class Functional(Rectified):
    """The same, its ReLU a function that no hook sees."""

    def forward(self, x):
        return self.fc(self.avgpool(torch.relu(self.conv(x))).flatten(1))


class Skipping(Rectified):
    """The same, with what enters the ReLU read again behind it."""

    def forward(self, x):
        before = self.conv(x)
        return self.fc(self.avgpool(self.relu(before) + before).flatten(1))


class Twice(Rectified):
    """The same, its one ReLU run again at the end."""

    def forward(self, x):
        return self.relu(super().forward(x))


class Gated(Rectified):
    """The same, its features multiplied by a gate of their own."""

    def __init__(self):
        super().__init__(inplace=False)
        self.gate = nn.Sigmoid()

    def forward(self, x):
        features = self.conv(x)
        gate = self.gate(self.avgpool(features))
        return self.fc(self.avgpool(self.relu(features * gate)).flatten(1))


class Looking(Pooled):
    """The same as `Pooled`, but it looks at a value, which can only be done with one."""

    def forward(self, x):
        return super().forward(x) * (2 if x.sum().item() > 1e9 else 1)


def loaded(network, **options):
    """A planted network as users' own modules are loaded, its weights seeded."""
    torch.manual_seed(0)
    return wrap(network(**options), size=SIDE, mean=MEAN, std=STD, name="planted")


def normalised(pixels):
    """The input of a planted network, (sample, y, x, rgb)."""
    return (pixels.values / 255 - MEAN) / STD


def batch_of(pixels):
    """The same as a tensor (sample, rgb, y, x)."""
    return torch.from_numpy(normalised(pixels)).permute(0, 3, 1, 2).float()
