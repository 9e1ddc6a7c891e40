"""Tiny external attention in the published naming, written for the tests alone."""

import torch
from torch import nn

CHANNELS, HEADS = 8, 2


class Attention(nn.Module):
    """What all layouts have; ``names`` are those of the two memories."""

    names = ("linear_0", "linear_1")

    def normalised(self, score, token_axis, slot_axis):
        soft = score.softmax(token_axis)
        return soft / (1e-9 + soft.sum(slot_axis, keepdim=True))


class BlockAttention(Attention):
    """Multi-head block: two heads of width 4, five slots."""

    def __init__(self):
        super().__init__()
        self.trans_dims = nn.Linear(CHANNELS, CHANNELS)
        self.linear_0, self.linear_1 = nn.Linear(4, 5), nn.Linear(5, 4)
        self.proj = nn.Linear(CHANNELS, CHANNELS)

    def forward(self, x):
        heads = self.trans_dims(x).unflatten(2, (HEADS, -1)).transpose(1, 2)
        out = self.linear_1(self.normalised(self.linear_0(heads), -2, -1))
        return self.proj(out.transpose(1, 2).flatten(2))


class TokenAttention(Attention):
    """Tokens-to-token form; ``first`` is the number that its key memory's name ends in."""

    def __init__(self, first):
        super().__init__()
        self.q_linear, self.proj = nn.Linear(CHANNELS, CHANNELS), nn.Linear(CHANNELS, CHANNELS)
        self.names = (f"linear_{first}", f"linear_{first + 1}")
        self.add_module(self.names[0], nn.Linear(CHANNELS, 6, bias=False))
        self.add_module(self.names[1], nn.Linear(6, CHANNELS))

    def forward(self, x):
        q = self.q_linear(x)
        key, value = (getattr(self, name) for name in self.names)
        return q + self.proj(value(self.normalised(key(q), 1, 2)))


class MapAttention(Attention):
    """Segmentation head on a map, three slots."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.linear_0 = nn.Conv1d(CHANNELS, 3, 1, bias=False)
        self.linear_1 = nn.Conv1d(3, CHANNELS, 1, bias=False)
        self.conv2 = nn.Conv2d(CHANNELS, CHANNELS, 1)

    def forward(self, x):
        affinity = self.normalised(self.linear_0(self.conv1(x).flatten(2)), 2, 1)
        return x + self.conv2(self.linear_1(affinity).view_as(x))


class ExternalNet(nn.Module):
    """All layouts in one network: a map head, both tokens-to-token styles, two blocks."""

    def __init__(self):
        super().__init__()
        self.linu = MapAttention()
        self.performer, self.transformer = TokenAttention(0), TokenAttention(1)
        self.blocks = nn.ModuleList(nn.ModuleDict({"attn": BlockAttention()}) for _ in range(2))
        self.fc = nn.Linear(CHANNELS, 4)

    def forward(self, x):
        x = self.linu(x).flatten(2).transpose(1, 2)
        x = self.transformer(self.performer(x))
        x = torch.cat([x.mean(1, keepdim=True), x], 1)
        for block in self.blocks:
            x = x + block["attn"](x)
        return self.fc(x[:, 0])
