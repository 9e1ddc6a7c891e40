"""A memory is the cell state that the blocks of a stage share: each writes, each keeps a part.

In DIA (Huang et al., AAAI 2020, arXiv 1905.10671) the cell of block t follows, channel by channel,

    c_t = f_t c_(t-1) + i_t g_t        with c_(-1) = 0

where f is the forget gate, i the input gate and g the candidate. Unrolled, what block u wrote is in
the cell of block t with the factor f_(u+1) ... f_t: the "dense and implicit" link from u to t.
"""

import numpy as np
import xarray as xr

from inspector.measures.axes import axes

INSIDE = ("forget_gate", "input_gate", "candidate", "cell")
"""Quantities of the cell that a memory is read from."""

UNTRAINED_GATE = 0.25
"""The channel gate where every score is 0: sigmoid(0) of the output gate times sigmoid(0) of the
cell, since the published cell ends in a sigmoid where a usual LSTM has tanh."""

SHARE = "share of 1"
CELL = "cell units, signed"


def deviation(gate: xr.DataArray) -> xr.DataArray:
    """How far channel gates lie above 0.25, where those of an untrained cell sit.

    Returns:
        The dims of `gate`, from -0.25 to 0.75, in shares of 1.
    """
    away = gate.astype(np.float64) - UNTRAINED_GATE
    return away.rename("deviation").assign_attrs(
        long_name=f"channel gate minus {UNTRAINED_GATE}", units=SHARE
    )


def memory(inside: xr.Dataset) -> xr.Dataset:
    """What each block keeps of the cell and writes into it.

    Args:
        inside: ``forget_gate``, ``input_gate``, ``candidate`` and ``cell`` of every block of one
            chain, in execution order along ``layer``; any other dims. The state that enters the
            first block is zero.

    Returns:
        The dims of `inside`: ``kept``, the share of the cell before that stays, 0 to 1;
        ``carried``, that share times the cell before; ``written``, input gate x candidate;
        ``cell``; and ``residual``, the cell minus what was carried and written. All but the first
        in units of the cell, signed.

    Raises:
        ValueError: a quantity or the dim ``layer`` is missing.
    """
    wide = _wide(inside)
    kept, cell = wide["forget_gate"], wide["cell"]
    carried = kept * cell.shift(layer=1, fill_value=0.0)
    written = wide["input_gate"] * wide["candidate"]
    return xr.Dataset(
        {
            "kept": kept.assign_attrs(long_name="share of the cell kept", units=SHARE),
            "carried": _told(carried, "carried over from the block before"),
            "written": _told(written, "written by the block"),
            "cell": _told(cell, "cell state"),
            "residual": _told(cell - carried - written, "cell minus carried minus written"),
        }
    )


def contributions(inside: xr.Dataset) -> xr.Dataset:
    """How much of the cell at each block was written at each block up to it.

    Args:
        inside: as for `memory`.

    Returns:
        ``contribution`` (layer, source_layer, ...), the product of the forget gates after the
        source up to the block, times what the source wrote; NaN where the source comes later.
        ``kept`` of the same dims is that product, 0 to 1. ``cell`` (layer, ...) is the state and
        ``residual`` the state minus the sum of the contributions. All but ``kept`` in units of the
        cell, signed.

    Raises:
        ValueError: a quantity or the dim ``layer`` is missing.
    """
    parts = memory(inside)
    kept = _survival(parts["kept"].transpose("layer", ...))
    contribution = kept * parts["written"].rename(layer="source_layer")
    cell = parts["cell"]
    named = kept["layer"].assign_attrs(long_name="layer")
    source = kept["source_layer"].assign_attrs(long_name="written by layer")
    found = xr.Dataset(
        {
            "contribution": _told(contribution, "contribution to the cell"),
            "kept": kept.assign_attrs(long_name="share kept since it was written", units=SHARE),
            "cell": cell,
            "residual": _told(cell - contribution.sum("source_layer"), "cell minus contributions"),
        }
    )
    return found.assign_coords(layer=named, source_layer=source)


def _survival(kept: xr.DataArray) -> xr.DataArray:
    """Products of forget gates from after a source (axis 1) up to a block (axis 0)."""
    count = kept.sizes["layer"]
    share = np.full((count, count, *kept.shape[1:]), np.nan)
    for block, own in enumerate(kept.values):
        share[block, :block] = share[block - 1, :block] * own
        share[block, block] = 1.0
    names = {"layer": kept["layer"].values, "source_layer": kept["layer"].values}
    rest = {dim: kept[dim] for dim in kept.dims[1:] if dim in kept.coords}
    return xr.DataArray(share, {**names, **rest}, ("layer", "source_layer", *kept.dims[1:]))


def _wide(inside: xr.Dataset) -> xr.Dataset:
    missing = [name for name in INSIDE if name not in inside]
    if missing:
        raise ValueError(
            f"a memory needs {axes(INSIDE)}; {axes(missing)} is missing: capture with "
            "detail='full'."
        )
    if "layer" not in inside["cell"].dims:
        got = axes(inside["cell"].dims) or "a single number"
        raise ValueError(f"a memory needs the blocks of a chain along 'layer', got {got}.")
    return inside[list(INSIDE)].astype(np.float64)


def _told(values: xr.DataArray, title: str) -> xr.DataArray:
    return values.assign_attrs(long_name=title, units=CELL)
