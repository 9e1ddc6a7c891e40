"""DIA (dense-and-implicit attention): one LSTM shared by a stage gates the channels of its blocks.

Huang et al., "DIANet", AAAI 2020 (arXiv 1905.10671), with the published code's cell. From the
pooled residual branch y_t of block t and the state left by block t-1:

    p = amp_ih(y_t) + amp_hh(h_(t-1)), cut into i | f | g | o
    c_t = sigmoid(f) c_(t-1) + sigmoid(i) tanh(g)
    h_t = sigmoid(o) sigmoid(c_t)

``h_t`` is the gate of block t's channels and also what block t+1 reads. The output uses a sigmoid
where a usual LSTM has tanh, so an untrained gate sits near sigmoid(0)^2 = 0.25.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from hooks.mechanism import (
    Check,
    Later,
    Mechanism,
    Past,
    Quantity,
    Reading,
    blocks_beside,
    blocks_holding,
    host_of,
    parent_of,
)
from hooks.modules import Modules
from hooks.points import Call, HookPoint, Site
from hooks.sampling import images

GATES = {
    "input_gate": ("input gate", "share of 1"),
    "forget_gate": ("forget gate", "share of 1"),
    "candidate": ("candidate", "-1 to 1"),
    "output_gate": ("output gate", "share of 1"),
}
QUANTITIES = GATES | {
    "gate": ("channel gate (hidden state)", "share of 1"),
    "cell": ("cell state", "unbounded, signed"),
    "pooled": ("pooled residual branch", "activation"),
}
STATE = ("cell", "gate")
"""What one block leaves to the next."""
PASSING = (*STATE, "cell_before", "gate_before", "pooled", "entering")
"""What is copied as it passes."""
COMPARED = (*PASSING, "amplified")


@dataclass(frozen=True)
class Form:
    """One published cell.

    Attributes:
        from_input: child that maps the pooled branch, an entry for each stacked cell.
        from_hidden: child that maps the hidden state, likewise.
        listed: whether states are lists of (sample, channel), an entry for each stacked cell,
            instead of one tensor (stacked cell, sample, channel).
    """

    from_input: str
    from_hidden: str
    listed: bool


FORMS = (
    Form("w_ih", "w_hh", listed=False),
    Form("x_amps", "h_amps", listed=True),  # pytorchcv
)


def find(modules: Modules) -> list[Site]:
    """One site per shared cell, with a layer for each block of its stage."""
    found = [
        (path, cell, form)
        for form in FORMS
        for path, cell in modules.having((form.from_input, form.from_hidden))
    ]
    return [_site(path, cell, form, modules) for path, cell, form in found]


def read(call: Call, past: Sequence[Past], full: bool) -> Reading:
    """The channel gate of one block and, if ``full``, the cell's inside.

    A chain begins where the state is zero, so two passes through a stage are two chains.
    """
    seen = call.tensors
    begins = not past or _from_zero(seen, past[-1])
    before = {name: torch.zeros_like(seen[name]) for name in STATE} if begins else past[-1].tensors
    left = {f"{name}_left": before[name] for name in STATE}
    return Reading(
        {name: _quantity(name, values) for name, values in _quantities(seen, full)},
        Later(_checks, {**{name: seen[name] for name in COMPARED}, **left}),
        remember={name: seen[name] for name in (*STATE, "state")},
        begins_chain=begins,
    )


def _quantities(seen: Mapping[str, Tensor], full: bool) -> Iterator[tuple[str, Tensor]]:
    pooled = seen["pooled"]
    yield "gate", _last(seen["gate"], pooled)
    if full:
        yield from _gates(seen["amplified"]).items()
        yield "cell", _last(seen["cell"], pooled)
        yield "pooled", pooled


def copied(call: Call) -> Call:
    """The call with copies, or a state that is changed in place would be compared with itself.

    Of the state that enters and the one that is left, the network's own tensors are kept as well,
    by which one block's is told to be the other's.
    """
    seen = call.tensors
    tensors = {
        **{name: seen[name].clone() for name in PASSING},
        "amplified": seen["from_input"] + seen["from_hidden"],
        "state": seen["cell"],
        "state_before": seen["cell_before"],
    }
    return replace(call, tensors=tensors)


def _checks(amplified: Tensor, **seen: Tensor) -> tuple[Check, ...]:
    """The state that enters, what enters with it, and the cell's two equations, of some images."""
    some = images(amplified[0])
    seen = {name: some.of(_last(values, amplified)) for name, values in seen.items()}
    gates, before = _gates(some.of(amplified)), seen["cell_before"]
    cell = gates["forget_gate"] * before + gates["input_gate"] * gates["candidate"]
    gate = gates["output_gate"] * cell.sigmoid()
    compared = (
        ("cell state left by the block before", seen["cell_left"], "cell_before"),
        ("gate left by the block before", seen["gate_left"], "gate_before"),
        ("pooled branch enters the cell", seen["pooled"], "entering"),
        ("forget x cell + input x candidate", cell, "cell"),
        ("output gate x sigmoid(cell)", gate, "gate"),
    )
    return tuple(Check(what + some.told, own, seen[point], point) for what, own, point in compared)


def _from_zero(seen: Mapping[str, Tensor], last: Past) -> bool:
    """Whether the state that enters is zero; the one that the block before left is not."""
    # Looking into a tensor would make the processor wait for the device.
    if seen["state_before"] is last.tensors["state"]:
        return False
    entered = (_last(seen[f"{name}_before"], seen["pooled"]) for name in STATE)
    return not any(bool(state.any()) for state in entered)


def _site(path: str, cell: nn.Module, form: Form, modules: Modules) -> Site:
    holding = blocks_holding(cell, modules)
    beside = {} if holding else blocks_beside(path, modules)
    layers = tuple(holding or beside) or (host_of(path),)
    chain = parent_of(path if beside else layers[0])
    return Site(path, cell, tuple(_points(cell, form)), layers, chain, hosts=holding or beside)


def _points(cell: nn.Module, form: Form) -> Iterator[HookPoint]:
    """The last stacked cell's tensors, for its hidden state is the gate.

    The states that enter may be edited by name; the gate, the captured quantity, needs no name.
    """
    dims = ("sample", "channel") if form.listed else ("_", "sample", "channel")
    from_input, from_hidden = (_stacked(cell, name) for name in (form.from_input, form.from_hidden))
    states = len(from_input) if form.listed else 1
    yield HookPoint("pooled", cell, "input", 0)
    yield HookPoint("entering", from_input[0], "input")
    yield HookPoint("from_input", from_input[-1])
    yield HookPoint("from_hidden", from_hidden[-1])
    yield HookPoint("gate", cell, index=states - 1, dims=dims)
    yield HookPoint("cell", cell, index=2 * states - 1)
    for name, index in {"gate_before": states, "cell_before": 2 * states}.items():
        yield HookPoint(name, cell, "input", index, dims, named_only=True)


def _stacked(cell: nn.Module, name: str) -> list[nn.Module]:
    """The maps of the stacked cells: the first reads the pooled branch, the last makes the gate."""
    maps = cell.get_submodule(name)
    return list(maps) if isinstance(maps, (nn.ModuleList, nn.Sequential)) else [maps]


def _last(state: Tensor, like: Tensor) -> Tensor:
    """The last stacked cell's part of a state, like a tensor without the axis of stacked cells."""
    return state.select(-3, -1) if state.dim() > like.dim() else state


def _gates(amplified: Tensor) -> dict[str, Tensor]:
    """The four gates after activation, each (sample, channel), in the published order."""
    i, f, g, o = amplified.chunk(4, dim=-1)
    return dict(zip(GATES, (i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()), strict=True))


def _quantity(name: str, values: Tensor) -> Quantity:
    title, unit = QUANTITIES[name]
    return Quantity(values, ("sample", "channel"), title, unit, settled=True)


MECHANISM = Mechanism(
    key="dia",
    title="DIA shared attention",
    looks_for="w_ih and w_hh, or x_amps and h_amps (the two amplifiers of a shared LSTM cell)",
    find=find,
    read=read,
    copied=copied,
)
