"""A standing is where a single share lies among those that chance gives to rows of its length.

Shares of rows of different length do not compare: 0.5 is much among twelve and nothing among two.
Their standings do. As far as logits are random, a standing is equally likely anywhere from 0 to 1,
and its normal score has mean 0 and standard deviation 1, whatever the length of the row.
"""

import numpy as np
import xarray as xr
from scipy.special import ndtri

from inspector.measures.random_rows import RandomRows, chunks
from inspector.measures.rows import Rows, Table

SHARES = 4000
"""Shares that are drawn for each row at least: the scale of a figure needs no more."""

MIDDLE = 0.95
"""Of chance; a share beyond it is one in twenty."""

BEYOND = float(ndtri(0.5 + MIDDLE / 2))
"""Normal score from which a share lies beyond the middle of chance, to either side."""

FARTHEST = 4.0
"""Normal score that none exceeds, since each share counts among some thousands of drawn ones."""


def standing(rows: Rows, *, seed: int = 0) -> xr.DataArray:
    """The share of chance that lies below each share of the rows, as `random_logits` draws chance.

    A share is compared with those of any label, since random logits know none. Where a picture
    averages rows, means of as many are drawn.

    Args:
        rows: of one chain, with those that are not shown.
        seed: of the draws.

    Returns:
        Dims of the rows shown, then ``rows.over``; above 0 and below 1, NaN where there is no
        share, where the row has a single label or does not sum to 1, as after an intervention, or
        where too few other rows tell the spread.

    Raises:
        ValueError: weights without the dims that are named.
    """
    return rows.once(("standing", seed), lambda: _standing(rows, seed))


def _standing(rows: Rows, seed: int) -> xr.DataArray:
    chance = RandomRows.of(rows)
    table = chance.table
    found = np.full((table.shown.size, table.values.shape[-1]), np.nan)
    for place, unit in enumerate(table.shown.values.ravel().tolist()):
        kept = table.kept(unit)
        labels = kept.shape[1]
        whole = labels > 1 and np.allclose(kept.sum(axis=1), 1, atol=1e-3)
        if whole and not chance.lacks(unit):
            parts = [
                chance.shares(unit, count, (seed, chunk))
                for chunk, count in chunks(-(-SHARES // labels), kept.size)
            ]
            there = np.isfinite(table.values[unit]).any(axis=0)
            found[place, there] = _below(np.sort(np.concatenate(parts), axis=None), kept.mean(0))
    return _labelled(found, table, rows)


def normal_score(standings: xr.DataArray) -> xr.DataArray:
    """Standings as numbers of standard deviations: 0 in the middle of chance, 1.96 at 97.5 %."""
    return xr.apply_ufunc(ndtri, standings).assign_attrs(
        long_name="place in chance, normal score", units="1"
    )


def _below(drawn: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Share of sorted draws below each number, which counts as one of them; of ties half."""
    ties = np.searchsorted(drawn, shares, "right") - np.searchsorted(drawn, shares, "left")
    return (np.searchsorted(drawn, shares, "left") + ties / 2 + 0.5) / (len(drawn) + 1)


def _labelled(found: np.ndarray, table: Table, rows: Rows) -> xr.DataArray:
    over = rows.weight[rows.over].variable if rows.over in rows.weight.coords else None
    coords = dict(table.shown.coords) | ({} if over is None else {rows.over: over})
    shape, dims = (*table.shown.shape, -1), (*table.shown.dims, rows.over)
    told = {"long_name": "share of chance below", "units": "1"}
    return xr.DataArray(found.reshape(shape), coords, dims, attrs=told)
