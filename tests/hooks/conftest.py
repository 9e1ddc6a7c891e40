"""Tiny seeded networks in the published naming, written for the tests alone: 8 channels, 2 heads.

They share no code with ``inspector.models``, so they also stand for other people's modules.
"""

import pytest
import torch
from torch import nn

from tests.hooks import attending, external, gated

CHANNELS, HEADS = 8, 2


class Projections(nn.Module):
    """The three projections that both MRLA forms have."""

    def __init__(self, channels=CHANNELS):
        super().__init__()
        self.heads, self.channels, self.width = HEADS, channels, channels // HEADS
        self.Wq = nn.Conv1d(1, 1, 3, padding=1, bias=False)
        self.Wk = nn.Conv1d(1, 1, 3, padding=1, bias=False)
        self.Wv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)

    def project(self, x):
        pooled = x.mean((2, 3))[:, None]
        return self.Wq(pooled)[:, 0], self.Wk(pooled)[:, 0], self.Wv(x)

    def split(self, vector):
        return vector.view(-1, HEADS, self.width)

    def score(self, query, key):
        return (self.split(query) * self.split(key)).sum(-1) / self.width**0.5

    def weighted(self, per_head, value):
        return per_head.repeat_interleave(self.width, 1)[..., None, None] * value


class BaseLayer(Projections):
    def __init__(self):
        super().__init__()
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x, keys, values):
        q, k, v = self.project(x)
        keys, values = [*keys, k], [*values, v]
        return self.retrieve(q, keys, values), keys, values

    def retrieve(self, query, keys, values):
        score = torch.stack([self.score(query, key) for key in keys], -1)
        weight = self.softmax(score[:, :, None])[:, :, 0]
        return sum(self.weighted(weight[..., place], v) for place, v in enumerate(values))


class LightLayer(Projections):
    def __init__(self, channels=CHANNELS):
        super().__init__(channels)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        q, k, v = self.project(x)
        gate = self.sigmoid(self.score(q, k).view(-1, HEADS, 1, 1, 1))
        return self.weighted(gate[..., 0, 0, 0], v)


class Wrapper(nn.Module):
    """Host of a layer: ``mrla.mrla`` in the published path names."""

    def __init__(self, layer, decay):
        super().__init__()
        self.mrla = layer
        if decay:
            self.lambda_t = nn.Parameter(torch.randn(layer.channels, 1, 1))

    def forward(self, *args):
        if not hasattr(self, "lambda_t"):
            return self.mrla(*args)
        return self.carried(*args)

    def carried(self, x, shortcut):
        return self.mrla(x) + self.lambda_t * shortcut


class BaseBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.mrla = Wrapper(BaseLayer(), decay=False)

    def forward(self, x, keys, values):
        x = x + self.conv(x).relu_()
        out, keys, values = self.mrla(x, keys, values)
        return x + out, keys, values


class BaseNet(nn.Module):
    """Two chains, of three blocks and of two."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList(
            nn.ModuleList(BaseBlock() for _ in range(length)) for length in (3, 2)
        )
        self.fc = nn.Linear(CHANNELS, 4)

    def forward(self, x):
        for stage in self.stages:
            keys, values = [], []
            for block in stage:
                x, keys, values = block(x, keys, values)
        return self.fc(x.mean((2, 3)))


class LightBlock(nn.Module):
    def __init__(self, channels=CHANNELS):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)
        self.mrla = Wrapper(LightLayer(channels), decay=True)
        self.bn_mrla = nn.BatchNorm2d(channels)

    def forward(self, x):
        feature = (self.conv(x) + x).relu()
        return feature + self.bn_mrla(self.mrla(feature, x))


class LightNet(nn.Module):
    """Two stages of three and two blocks; a convolution between them ends the chain."""

    def __init__(self):
        super().__init__()
        self.layer1 = nn.Sequential(*(LightBlock() for _ in range(3)))
        self.between = nn.Conv2d(CHANNELS, CHANNELS, 1, stride=2)
        self.layer2 = nn.Sequential(*(LightBlock() for _ in range(2)))
        self.fc = nn.Linear(CHANNELS, 4)

    def forward(self, x):
        return self.fc(self.layer2(self.between(self.layer1(x))).mean((2, 3)))


class Amplifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq = nn.Sequential(
            nn.Linear(CHANNELS, 2), nn.ReLU(inplace=True), nn.Linear(2, 4 * CHANNELS)
        )

    def forward(self, x):
        return self.seq(x)


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.w_ih, self.w_hh = nn.ModuleList([Amplifier()]), nn.ModuleList([Amplifier()])

    def forward(self, pooled, state):
        hidden, cell = state[0][0], state[1][0]
        i, f, g, o = self.cut(self.joined(pooled, hidden))
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        return self.hidden(o, cell)[None], cell[None]

    def joined(self, pooled, hidden):
        return self.w_ih[0](pooled) + self.w_hh[0](hidden)

    def cut(self, joined):
        return joined.chunk(4, 1)

    def hidden(self, o, cell):
        return o.sigmoid() * cell.sigmoid()


class DiaStage(nn.Module):
    """Blocks that share a cell; ``used`` blocks call it, the others pass by."""

    def __init__(self, used):
        super().__init__()
        self.ModuleList = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 1) for _ in used)
        self.lstm = Cell()
        self.used = used

    def forward(self, x):
        state = (torch.zeros(1, len(x), CHANNELS),) * 2
        for block, used in zip(self.ModuleList, self.used, strict=True):
            branch = block(x)
            if used:
                state = self.step(branch.mean((2, 3)), state)
                branch = branch * state[0][-1][:, :, None, None]
            x = x + branch
        return x

    def step(self, pooled, state):
        return self.lstm(pooled, state)


class DiaNet(nn.Module):
    def __init__(self, used=(True, True, True)):
        super().__init__()
        self.layer1, self.layer2 = DiaStage(used), DiaStage((True, True))
        self.fc = nn.Linear(CHANNELS, 4)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


NETS = {
    "base": BaseNet,
    "light": LightNet,
    "dia": DiaNet,
    "external": external.ExternalNet,
    "gates": gated.GateNet,
    "attending": attending.stepwise,
    "fused": attending.fused,
}
MECHANISM_OF = {
    "base": "mrla",
    "light": "mrla",
    "dia": "dia",
    "external": "external_attention",
    "gates": "gates",
    "attending": "self_attention",
    "fused": "self_attention",
}


def built(net):
    """A seeded network whose BatchNorms have something to do."""
    torch.manual_seed(0)
    model = net()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval()


@pytest.fixture
def batch():
    return torch.randn(2, CHANNELS, 4, 4, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def faint(batch):
    """Images so faint that values stay below one, where a difference is told as it is."""
    return batch / 2


@pytest.fixture(params=NETS)
def family(request):
    return request.param


@pytest.fixture
def model(family):
    return built(NETS[family])


@pytest.fixture
def build():
    """Builds a tiny network of a family by name, with arguments for its class."""
    return lambda family, *args, **options: built(lambda: NETS[family](*args, **options))


@pytest.fixture
def light_block():
    """Builds a block with MRLA-light of so many channels, seeded."""
    return lambda channels: built(lambda: LightBlock(channels))


@pytest.fixture
def tiny():
    """Builds one module of ``tests.hooks.gated`` by the name of its class, seeded."""
    return lambda name, *args, **options: built(lambda: getattr(gated, name)(*args, **options))


@pytest.fixture
def mechanism_of():
    return MECHANISM_OF.__getitem__
