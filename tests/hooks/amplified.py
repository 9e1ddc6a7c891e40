"""Tiny DIA in the naming of pytorchcv, written for the tests alone: each unit holds the cell."""

import torch
from torch import nn

CHANNELS = 8


class Amplifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(CHANNELS, 2), nn.Linear(2, 4 * CHANNELS)

    def forward(self, x):
        return self.fc2(self.fc1(x).relu())


class Cell(nn.Module):
    """States are lists, an entry for each stacked cell; those after the first are plain maps."""

    def __init__(self, stacked):
        super().__init__()
        for name in ("x_amps", "h_amps"):
            plain = [nn.Linear(CHANNELS, 4 * CHANNELS) for _ in range(stacked - 1)]
            maps = [Amplifier(), *plain]
            named = {f"amp{place}": entry for place, entry in enumerate(maps, 1)}
            self.add_module(name, nn.Sequential())
            for label, entry in named.items():
                getattr(self, name).add_module(label, entry)

    def forward(self, x, h, c):
        hidden, cells = [], []
        for place, (before, kept) in enumerate(zip(h, c, strict=True)):
            parts = self.x_amps[place](x) + self.h_amps[place](before)
            i, f, g, o = parts.chunk(4, 1)
            cells.append(f.sigmoid() * kept + i.sigmoid() * g.tanh())
            x = o.sigmoid() * cells[-1].sigmoid()
            hidden.append(x)
        return hidden, cells


class Attention(nn.Module):
    def __init__(self, stacked):
        super().__init__()
        self.stacked, self.lstm = stacked, Cell(stacked)

    def forward(self, x, state):
        pooled = x.mean((2, 3))
        h, c = state or ([torch.zeros_like(pooled)] * self.stacked,) * 2
        h, c = self.lstm(pooled, h, c)
        return x * h[-1][:, :, None, None], (h, c)


class Unit(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.body = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.identity_conv = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.attention = attention

    def forward(self, x, state=None):
        skip = self.identity_conv(x)
        branch, state = self.attention(self.body(x), state)
        return branch + skip, state


class Stage(nn.Sequential):
    def forward(self, x):
        state = None
        for unit in self:
            x, state = unit(x, state)
        return x


class AmplifiedNet(nn.Module):
    """Stages of two units and of one."""

    def __init__(self, stacked=1):
        super().__init__()
        self.features = nn.Sequential()
        for stage, length in enumerate((2, 1), 1):
            attention, units = Attention(stacked), Stage()
            for unit in range(1, length + 1):
                units.add_module(f"unit{unit}", Unit(attention))
            self.features.add_module(f"stage{stage}", units)
        self.output = nn.Linear(CHANNELS, 4)

    def forward(self, x):
        return self.output(self.features(x).mean((2, 3)))
