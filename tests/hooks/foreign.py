"""Published attention inside hosts that the project has nothing to do with, for the tests alone.

The attention keeps the published child names, and is handed in; everything around it is of other
names, other containers and other orders than the published networks have.
"""

from typing import NamedTuple

import torch
from torch import nn

CHANNELS = 8


class Body(nn.Conv2d):
    """Some residual branch."""

    def __init__(self):
        super().__init__(CHANNELS, CHANNELS, 1)


# Retrieval ----------------------------------------------------------------------------------------


class Retrieving(nn.Module):
    """A block that keeps a base layer in an attribute of any name, and returns a dictionary."""

    def __init__(self, name, attention):
        super().__init__()
        self.body, self.name = Body(), name
        self.add_module(name, attention)

    def forward(self, features, cache):
        features = features + self.body(features)
        out, *cache = getattr(self, self.name)(features, *cache)
        return {"features": features + out, "cache": cache}


class Nested(nn.Module):
    """A block whose base layer is an entry of a list inside it."""

    def __init__(self, attention):
        super().__init__()
        self.parts = nn.ModuleList([Body(), attention])

    def forward(self, features, cache):
        body, attention = self.parts
        features = features + body(features)
        out, *cache = attention(features, *cache)
        return {"features": features + out, "cache": cache}


class Attributes(nn.Module):
    """Blocks in attributes of their own, under one cache."""

    def __init__(self, **blocks):
        super().__init__()
        self.names = list(blocks)
        for name, block in blocks.items():
            self.add_module(name, block)

    def forward(self, x):
        cache = [], []
        for name in self.names:
            done = getattr(self, name)(x, cache)
            x, cache = done["features"], done["cache"]
        return x


class Apart(nn.Module):
    """Base layers in a list apart from the blocks, called in another order than they stand."""

    def __init__(self, attentions, order):
        super().__init__()
        self.bodies = nn.ModuleList(Body() for _ in order)
        self.retrieval, self.order = nn.ModuleList(attentions), order

    def forward(self, x):
        cache = [], []
        for body, place in zip(self.bodies, self.order, strict=True):
            x = x + body(x)
            out, *cache = self.retrieval[place](x, *cache)
            x = x + out
        return x


class Towers(nn.Module):
    """Two lists of base layers that take turns, each with a cache of its own."""

    def __init__(self, left, right):
        super().__init__()
        self.left, self.right = nn.ModuleList(left), nn.ModuleList(right)

    def forward(self, x):
        y, left, right = x.flip(-1), ([], []), ([], [])
        for one, other in zip(self.left, self.right, strict=True):
            out, *left = one(x, *left)
            x = x + out
            out, *right = other(y, *right)
            y = y + out
        return x, y


class Carrying(nn.Module):
    """A block around MRLA-light that passes its arguments by name, and in the other order."""

    def __init__(self, attention):
        super().__init__()
        self.body, self.memory = Body(), attention

    def forward(self, x):
        feature = (self.body(x) + x).relu()
        return feature + self.memory(shortcut=x, feature=feature)


class Named(nn.Module):
    """MRLA-light's outer module with arguments that have names: gate x value + decay x shortcut."""

    def __init__(self, layer):
        super().__init__()
        self.mrla, self.lambda_t = layer, nn.Parameter(torch.randn(CHANNELS, 1, 1))

    def forward(self, feature, shortcut):
        return self.mrla(feature) + self.lambda_t * shortcut


# Tokens -------------------------------------------------------------------------------------------


class TokenMrla(nn.Module):
    """MRLA's DeiT form around one of its layers: class token first, patches as a square map."""

    def __init__(self, layer, light):
        super().__init__()
        self.mrla, self.normx = layer, nn.LayerNorm(CHANNELS)
        if light:
            self.normo, self.lambda_t = nn.LayerNorm(CHANNELS), nn.Parameter(torch.randn(CHANNELS))
            layer.act_v, weighted = nn.GELU(), layer.weighted
            layer.weighted = lambda gate, value: weighted(gate, layer.act_v(value))

    def forward(self, tokens, *context):
        """Light takes the block's input as its context, base the cache."""
        normed = self.normx(tokens)
        side = int((tokens.shape[1] - 1) ** 0.5)
        out, *cache = self.attended(
            normed[:, 1:].transpose(1, 2).unflatten(2, (side, side)), context
        )
        patches = out.flatten(2).transpose(1, 2)
        if hasattr(self, "normo"):
            patches = patches + self.lambda_t * self.normo(*context)[:, 1:]
        return torch.cat([normed[:, :1], patches], 1), *cache

    def attended(self, grid, context):
        return (self.mrla(grid),) if hasattr(self, "normo") else self.mrla(grid, *context)


class Transformer(nn.Module):
    """Token blocks by name, whose attention is called before their other branch."""

    def __init__(self, attentions, restart=0):
        super().__init__()
        self.trunk = nn.ModuleDict(
            {
                f"step_{name}": nn.ModuleDict({"mix": attention, "mlp": nn.Linear(8, 8)})
                for name, attention in zip("abcd", attentions, strict=False)
            }
        )
        self.restart = restart

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([tokens.mean(1, keepdim=True), tokens], 1)
        before, cache = tokens, ([], [])
        for place, block in enumerate(self.trunk.values()):
            cache = ([], []) if self.restart and place % self.restart == 0 else cache
            out, *cache = block["mix"](tokens, *(cache if self.restart else [before]))
            before, tokens = tokens, tokens + out + block["mlp"](tokens)
        return tokens


class Mixing(nn.Module):
    """External attentions, on a map or on tokens, each in an attribute; also the last is called."""

    def __init__(self, **attentions):
        super().__init__()
        self.names = list(attentions)
        for name, attention in attentions.items():
            self.add_module(name, nn.ModuleDict({"memory_mixer": attention}))

    def forward(self, x):
        for name in self.names:
            mixer = getattr(self, name)["memory_mixer"]
            on_map = hasattr(mixer, "conv1")
            grid = x.shape[2:]
            x = mixer(x) if on_map else mixer(x.flatten(2).transpose(1, 2))
            x = x if on_map else x.transpose(1, 2).unflatten(2, grid)
        return {"logits": x.mean((2, 3)), "features": x}


# Shared cells -------------------------------------------------------------------------------------


class State(NamedTuple):
    hidden: torch.Tensor
    cell: torch.Tensor


class Tupled(nn.Module):
    """A cell with its state by name, which it returns as a named tuple."""

    def __init__(self, cell):
        super().__init__()
        self.w_ih, self.w_hh, self.true = cell.w_ih, cell.w_hh, [cell]

    def forward(self, branch, hidden, cell):
        return State(*self.true[0].forward(branch, (hidden, cell)))


class Sharing(nn.Module):
    """Blocks under another name, called last to first, beside other modules with parameters."""

    def __init__(self, cell):
        super().__init__()
        self.downsample = nn.Sequential(Body(), nn.BatchNorm2d(CHANNELS))
        self.units, self.gate = nn.ModuleList(Body() for _ in range(3)), cell

    def forward(self, x):
        state = State(*(torch.zeros(1, len(x), CHANNELS),) * 2)
        for unit in reversed(self.units):
            branch, skip = unit(x), self.downsample(x)
            state = self.advance(branch.mean((2, 3)), state)
            x = skip + branch * state[0][-1][:, :, None, None]
        return x, state

    def advance(self, pooled, state):
        return self.gate(cell=state.cell, branch=pooled, hidden=state.hidden)


class Gating(nn.Module):
    """A cell inside a module that pools and multiplies."""

    def __init__(self, cell):
        super().__init__()
        self.pool, self.cell = nn.AdaptiveAvgPool2d(1), cell

    def forward(self, branch, state):
        state = self.cell(self.pool(branch).flatten(1), state)
        return branch * state[0][-1][:, :, None, None], state


class Wrapped(Sharing):
    """The same stage, its cell inside ``Gating``."""

    def __init__(self, cell):
        super().__init__(Gating(cell))

    def forward(self, x):
        state = (torch.zeros(1, len(x), CHANNELS),) * 2
        for unit in self.units:
            branch, state = self.gate(unit(x), state)
            x = self.downsample(x) + branch
        return x


class Holding(nn.Module):
    """A block that holds the cell of its stage as its own."""

    def __init__(self, cell):
        super().__init__()
        self.body, self.recurrence = Body(), cell

    def forward(self, x, state):
        branch = self.body(x)
        state = self.recurrence(branch.mean((2, 3)), state)
        return x + branch * state[0][-1][:, :, None, None], state


class Held(nn.Module):
    """Blocks that each hold one cell, which the stage holds as well."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell
        self.head, self.tail = Holding(cell), nn.ModuleList([Holding(cell), Holding(cell)])

    def forward(self, x):
        state = (torch.zeros(1, len(x), CHANNELS),) * 2
        for block in (self.head, *self.tail):
            x, state = block(x, state)
        return x
