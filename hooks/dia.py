"""DIA (dense-and-implicit attention): one LSTM shared by a stage gates the channels of its blocks.

Huang et al., "DIANet", AAAI 2020 (arXiv 1905.10671), with the published code's cell. From the
pooled residual branch y_t of block t and the state left by block t-1:

    p = amp_ih(y_t) + amp_hh(h_(t-1)), cut into i | f | g | o
    c_t = sigmoid(f) c_(t-1) + sigmoid(i) tanh(g)
    h_t = sigmoid(o) sigmoid(c_t)

``h_t`` is the gate of block t's channels and also what block t+1 reads. The output uses a sigmoid
where a usual LSTM has tanh, so an untrained gate sits near sigmoid(0)^2 = 0.25.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from hooks.mechanism import (
    Check,
    Mechanism,
    Modules,
    Past,
    Quantity,
    Reading,
    blocks_beside,
    having,
    host_of,
    parent_of,
)
from hooks.points import Call, HookPoint, Site

GATES = {
    "input_gate": ("input gate", "share of 1"),
    "forget_gate": ("forget gate", "share of 1"),
    "candidate": ("candidate", "-1 to 1"),
    "output_gate": ("output gate", "share of 1"),
}


def find(modules: Modules) -> list[Site]:
    """One site per shared cell, with a layer for each block of its stage."""
    return [_site(path, cell, modules) for path, cell in having(modules, ("w_ih", "w_hh"))]


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """The channel gate of one block and, if ``full``, the cell's inside.

    A chain begins where the state is zero, so two passes through a stage are two chains.
    """
    seen = call.tensors
    gates = _gates(seen)
    before = _last(seen["cell_before"])
    begins = not past or _from_zero(seen, past[-1])
    carried = torch.zeros_like(before) if begins else past[-1].tensors["cell"]
    cell = gates["forget_gate"] * before + gates["input_gate"] * gates["candidate"]
    gate, real_cell = _last(seen["gate"]), _last(seen["cell"])
    inside = gates | {"cell": real_cell, "pooled": seen["pooled"]} if full else {}
    return Reading(
        {"gate": _quantity("gate", gate), **{k: _quantity(k, v) for k, v in inside.items()}},
        (
            Check("state left by the block before", carried, before, "cell_before"),
            Check("pooled branch enters the cell", seen["pooled"], seen["entering"], "entering"),
            Check("forget x cell + input x candidate", cell, real_cell, "cell"),
            Check(
                "output gate x sigmoid(cell)", gates["output_gate"] * cell.sigmoid(), gate, "gate"
            ),
        ),
        remember={"cell": real_cell, "state": seen["cell"]},
        begins_chain=begins,
    )


def _from_zero(seen: Mapping[str, Tensor], last: Past) -> bool:
    """Whether the state that enters is zero; the one that the block before left is not."""
    # Looking into a tensor would make the processor wait for the device.
    if seen["cell_before"] is last.tensors["state"]:
        return False
    return not (_last(seen["cell_before"]).any() or _last(seen["gate_before"]).any())


def _site(path: str, cell: nn.Module, modules: Modules) -> Site:
    hosts = blocks_beside(path, modules)
    points = (
        HookPoint("pooled", cell, "input", 0),
        HookPoint("gate_before", cell, "input", 1),
        HookPoint("cell_before", cell, "input", 2),
        HookPoint("entering", _first(cell.get_submodule("w_ih")), "input"),
        HookPoint("from_input", _final(cell.get_submodule("w_ih"))),
        HookPoint("from_hidden", _final(cell.get_submodule("w_hh"))),
        HookPoint("gate", cell, dims=("_", "sample", "channel")),
        HookPoint("cell", cell, index=1),
    )
    layers = tuple(hosts) or (host_of(path),)
    return Site(path, cell, points, layers, parent_of(path), hosts=hosts)


def _first(stack: nn.Module) -> nn.Module:
    """The map of the first stacked cell, which reads the pooled branch."""
    return stack[0] if isinstance(stack, (nn.ModuleList, nn.Sequential)) else stack


def _final(stack: nn.Module) -> nn.Module:
    """The map of the last stacked cell, whose hidden state is the gate."""
    return stack[-1] if isinstance(stack, (nn.ModuleList, nn.Sequential)) else stack


def _last(state: Tensor) -> Tensor:
    """The last stacked cell's part of a state (stacked cell, sample, channel)."""
    return state[-1] if state.dim() == 3 else state


def _gates(seen: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The four gates after activation, each (sample, channel), in the published order."""
    i, f, g, o = (seen["from_input"] + seen["from_hidden"]).chunk(4, dim=1)
    return dict(zip(GATES, (i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()), strict=True))


def _quantity(name: str, values: Tensor) -> Quantity:
    others = {
        "gate": ("channel gate (hidden state)", "share of 1"),
        "cell": ("cell state", "unbounded, signed"),
        "pooled": ("pooled residual branch", "activation"),
    }
    title, unit = (GATES | others)[name]
    return Quantity(values, ("sample", "channel"), title, unit)


MECHANISM = Mechanism(
    key="dia",
    title="DIA shared attention",
    looks_for="w_ih and w_hh (the two amplifiers of a shared LSTM cell)",
    find=find,
    read=read,
)
