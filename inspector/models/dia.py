"""Dense-and-implicit attention (DIA): one LSTM per stage gates the branch of each of its blocks.

The LSTM's time axis is the block index: at block t it reads the pooled branch of that block, and
its hidden state is the gate. Huang et al., "DIANet", AAAI 2020, arXiv:1905.10671. Parameter and
module names are those of the published code.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]
"""Hidden and cell state, each [k, b, c] for k stacked cells."""


class Squeeze(nn.Module):
    """Two linear maps through a narrow layer, in the place of an LSTM's one.

    Args:
        channels: c of the input; the output has 4c, one part per gate.
        reduction: how much narrower the layer between is.
    """

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        narrow = channels // reduction
        self.seq = nn.Sequential(
            nn.Linear(channels, narrow), nn.ReLU(), nn.Linear(narrow, 4 * channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Returns gate pre-activations [b, 4c] of [b, c]."""
        return self.seq(x)


class SharedLstm(nn.Module):
    """The LSTM that the blocks of a stage share; k stacked cells, the last one gates.

    Pre-activations are laid out input, forget, candidate, output. The hidden state is
    sigmoid(output) * sigmoid(cell), where a usual LSTM has tanh: it is itself a gate in (0, 1).

    Args:
        channels: c of a block's branch.
        reduction: how much narrower the layer inside the first cell is.
        layers: k, number of stacked cells; published networks have one.
        dropout: between stacked cells, in training.
    """

    def __init__(
        self, channels: int, reduction: int = 4, layers: int = 1, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.channels = channels
        self.dropout = nn.Dropout(dropout)
        self.w_ih = _projections(channels, reduction, layers)
        self.w_hh = _projections(channels, reduction, layers)

    def zero_state(self, like: Tensor) -> State:
        """Returns the state before the first block, for a batch on the device of `like`."""
        zeros = like.new_zeros(len(self.w_ih), like.shape[0], self.channels)
        return zeros, zeros

    def forward(self, x: Tensor, state: State) -> State:
        """Returns the state after one block.

        Args:
            x: pooled branch [b, c].
            state: hidden and cell state after the block before, each [k, b, c].
        """
        hidden, cell = [], []
        for from_input, from_hidden, h, c in zip(self.w_ih, self.w_hh, *state, strict=True):
            new_h, new_c = _advance(from_input(x) + from_hidden(h), c)
            hidden.append(new_h)
            cell.append(new_c)
            x = self.dropout(new_h)
        return torch.stack(hidden), torch.stack(cell)

    def gate(self, branch: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Returns the gated branch [b, c, h, w] of a block, and the state after it.

        Args:
            branch: of the same shape; its mean over places is what the LSTM reads.
            state: after the block before; None for the first.
        """
        pooled = branch.mean((2, 3))
        state = self(pooled, state or self.zero_state(pooled))
        return branch * state[0][-1][:, :, None, None], state


class Stage(nn.Module):
    """Blocks that share one attention; each hands out its branch and its skip.

    Args:
        blocks: modules that take [b, c', h', w'] and return branch and skip, [b, c, h, w].
        used: for each block whether it uses the attention; all do if not given. The others pass it
            by: they neither feed it nor are gated.
        post: what follows the addition of branch and skip.
    """

    def __init__(
        self,
        blocks: Iterable[nn.Module],
        *,
        used: Sequence[bool] | None = None,
        post: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.ModuleList = nn.ModuleList(blocks)
        self.used = (True,) * len(self.ModuleList) if used is None else tuple(used)
        self.post = post or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Returns the output [b, c, h, w] of the last block."""
        state = None
        for block, used in zip(self.ModuleList, self.used, strict=True):
            branch, skip = block(x)
            if used:
                branch, state = self.attend(branch, state)
            x = self.post(branch + skip)
        return x

    def attend(self, branch: Tensor, state: State | None) -> tuple[Tensor, State | None]:
        """Returns the gated branch [b, c, h, w], and what the next block is to be given."""
        raise NotImplementedError


class DiaStage(Stage):
    """Blocks that share one LSTM, whose state starts at zero.

    Args:
        blocks: as for `Stage`.
        channels: c, the same for all blocks.
        reduction: of the LSTM.
        options: of `Stage`.
    """

    def __init__(
        self, blocks: Iterable[nn.Module], channels: int, *, reduction: int = 4, **options: Any
    ) -> None:
        super().__init__(blocks, **options)
        self.lstm = SharedLstm(channels, reduction)

    def attend(self, branch: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Returns the gated branch [b, c, h, w], and the state of the LSTM."""
        return self.lstm.gate(branch, state)


class SharedGateStage(Stage):
    """Blocks that share one gate without a memory (Huang et al., arXiv:2210.16101).

    Args:
        blocks: as for `Stage`.
        gate: takes and returns a branch [b, c, h, w].
        options: of `Stage`.
    """

    def __init__(self, blocks: Iterable[nn.Module], gate: nn.Module, **options: Any) -> None:
        super().__init__(blocks, **options)
        self.share_fc = gate

    def attend(self, branch: Tensor, state: State | None) -> tuple[Tensor, State | None]:
        """Returns the gated branch [b, c, h, w], and the state as it was."""
        return self.share_fc(branch), state


def _projections(channels: int, reduction: int, layers: int) -> nn.ModuleList:
    """Returns the maps to the gates: narrow in the first cell, plain in those stacked on it."""
    stacked = (nn.Linear(channels, 4 * channels) for _ in range(layers - 1))
    return nn.ModuleList([Squeeze(channels, reduction), *stacked])


def _advance(gates: Tensor, cell: Tensor) -> State:
    """Returns hidden and cell state [b, c] from pre-activations [b, 4c] and the old cell."""
    i, f, g, o = gates.chunk(4, dim=1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.sigmoid(), cell
