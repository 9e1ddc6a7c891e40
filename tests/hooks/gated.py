"""Tiny gates in the published naming, and a network of them, written for the tests alone."""

import torch
from torch import nn

CHANNELS = 8


class Gate(nn.Module):
    """What a gate does with its factors."""

    def applied(self, x, factor):
        return x * factor


class LinearSE(Gate):
    """SE as published beside MRLA: linear maps in ``fc``, which puts out [b, c]."""

    def __init__(self):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(CHANNELS, 2), nn.ReLU(inplace=True), nn.Linear(2, CHANNELS), nn.Sigmoid()
        )

    def forward(self, x):
        return self.applied(x, self.fc(self.avg_pool(x).flatten(1))[..., None, None])


class ConvolutionalSE(Gate):
    """SE of 1x1 convolutions; ``gate`` is the name of its sigmoid."""

    def __init__(self, gate="sigmoid"):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(CHANNELS, 2, 1), nn.Conv2d(2, CHANNELS, 1)
        self.relu = nn.ReLU(inplace=True)
        self.gate_name = gate
        self.add_module(gate, nn.Sigmoid())

    def squeezed(self, pooled):
        return self.fc2(self.relu(self.fc1(pooled)))

    def forward(self, x):
        gate = getattr(self, self.gate_name)
        return self.applied(x, gate(self.squeezed(x.mean((2, 3), keepdim=True))))


class ECA(Gate):
    def __init__(self):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        mixed = self.conv(x.mean((2, 3))[:, None])
        return self.applied(x, self.sigmoid(mixed.transpose(1, 2)[..., None]))


class ChannelHalf(ConvolutionalSE):
    """CBAM's factor per channel."""

    def __init__(self):
        super().__init__(gate="gate")

    def forward(self, x):
        pools = (x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True))
        return self.applied(x, self.gate(sum(self.squeezed(pool) for pool in pools)))


class PlaceHalf(Gate):
    """CBAM's factor per place."""

    def __init__(self):
        super().__init__()
        self.conv, self.gate = nn.Conv2d(2, 1, 3, padding=1), nn.Sigmoid()

    def forward(self, x):
        pools = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return self.applied(x, self.gate(self.conv(pools)))


class CBAM(nn.Module):
    def __init__(self):
        super().__init__()
        self.channel, self.spatial = ChannelHalf(), PlaceHalf()

    def forward(self, x):
        return self.spatial(self.channel(x))


class SGE(Gate):
    """Four groups of two channels; ``fold`` puts the groups into the sample axis, as published."""

    def __init__(self, fold=False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, 4, 1, 1))
        self.bias = nn.Parameter(torch.randn(1, 4, 1, 1))
        self.sig, self.fold = nn.Sigmoid(), fold

    def forward(self, x):
        parts = x.unflatten(1, (4, 2))
        likeness = (parts * parts.mean((3, 4), keepdim=True)).sum(2)
        likeness = likeness - likeness.mean((2, 3), keepdim=True)
        score = likeness / (likeness.std((2, 3), keepdim=True) + 1e-5) * self.weight + self.bias
        gate = self.sig(score.flatten(0, 1)[:, None] if self.fold else score)
        return self.applied(parts, gate.reshape(score.shape)[:, :, None]).flatten(1, 2)


class GatedBlock(nn.Module):
    """A residual block that gates its branch, and then adds to it in place, as timm does."""

    def __init__(self, **gates):
        super().__init__()
        self.conv = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.names = list(gates)
        for name, gate in gates.items():
            self.add_module(name, gate)

    def forward(self, x):
        branch = self.conv(x)
        for name in self.names:
            branch = getattr(self, name)(branch)
        branch += x
        return branch


class SharedGateStage(nn.Module):
    """Blocks that share a gate; ``used`` blocks call it, the others pass by."""

    def __init__(self, gate, used):
        super().__init__()
        self.ModuleList = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 1) for _ in used)
        self.share_fc, self.used = gate, used

    def forward(self, x):
        for block, used in zip(self.ModuleList, self.used, strict=True):
            branch = block(x)
            x = x + (self.step(branch) if used else branch)
        return x

    def step(self, branch):
        return self.share_fc(branch)


class GateNet(nn.Module):
    """A stage that shares an SE, and blocks with SE beside ECA, CBAM and SE."""

    def __init__(self):
        super().__init__()
        self.layer1 = SharedGateStage(ConvolutionalSE(), (True, False, True))
        self.layer2 = nn.Sequential(
            GatedBlock(se=LinearSE(), eca=ECA()),
            GatedBlock(attn=CBAM()),
            GatedBlock(se=ConvolutionalSE("gate")),
        )
        self.fc = nn.Linear(CHANNELS, 4)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))
