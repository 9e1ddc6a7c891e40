"""A null is what rows of shares come to by chance: from random logits, or from their own reordered.

A softmax over few labels looks peaked from noise alone, and the more so the fewer they are. So a
row is held against rows of its own length. Their logits are either independent normal draws, whose
spread is that of the *other* rows of the chain (a spread taken from the row itself would make every
row fit), or the row's own logits in random order, where several heads or images are averaged.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr
from scipy.special import entr

from inspector.measures.random_rows import RandomRows, Seed, chunks
from inspector.measures.rows import Rows, Table

DRAWS, FEWEST = 1999, 499
"""Rows that are drawn by chance: the smallest p-value is then 2 / 2000, which still counts among 50
rows. Where a row is the mean of many long ones, fewer are drawn, since readers wait; but not fewer
than leave 2 / 500, which counts among 12."""

_NUMBERS = 2**20
"""Random numbers that are drawn for one row, as long as that leaves `FEWEST` draws."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Statistic:
    """One number of a row of shares.

    Attributes:
        title: name for readers.
        units: of the number.
        of: takes shares (..., label), 0 where there is no label, to numbers (...).
        above: what a row is that has more of it than its control.
        below: what a row is that has less of it.
    """

    title: str
    units: str
    of: Callable[[np.ndarray], np.ndarray]
    above: str
    below: str


STATISTICS: Mapping[str, Statistic] = {
    "largest": Statistic(
        "largest weight", "share of 1", lambda p: p.max(-1), "more peaked", "more even"
    ),
    "entropy": Statistic("entropy", "nats", lambda p: entr(p).sum(-1), "more even", "more peaked"),
}


def random_logits(
    rows: Rows, *, statistic: str = "largest", draws: int | None = None, seed: int = 0
) -> xr.Dataset:
    """Rows against those of independent normal logits with the spread of the chain's other rows.

    The spread is the standard deviation of ``log weight`` around its row's mean, over all rows but
    the one that is judged. That it is itself an estimate widens the null as in Student's t. Where a
    picture averages heads, as many independent rows are averaged.

    Args:
        rows: of one chain, with those that are not shown.
        statistic: a key of `STATISTICS`.
        draws: rows that are simulated for each; `DRAWS`, or fewer of large ones, if not given.
        seed: of the draws.

    Returns:
        Dims: those of the rows shown. ``observed``, ``expected`` (mean of the null), ``low`` and
        ``high`` (its central 95 %), ``null`` (its `QUANTILES`, dim quantile first), ``p``
        (two-sided, at least 2 / (draws + 1)), ``labels`` (length of the row), ``spread`` of the
        logits; ``reason`` why there is no p-value (NaN), or "".

    Raises:
        ValueError: an unknown statistic, or weights without the dims that are named.
    """
    compared = STATISTICS[_known(statistic)]

    def against_random() -> xr.Dataset:
        drawn = RandomRows.of(rows)
        table, count = drawn.table, draws or _affordable(drawn.table)
        control = "rows of random logits with the same spread"
        null = _Null(compared, drawn.shares, drawn.lacks, count, seed)
        spread = drawn.known_spread[table.shown.values.ravel()]
        return null.described(table, {**null.beside(table), "spread": spread}, control, rows.over)

    return rows.once(("random logits", statistic, draws, seed), against_random)


def permuted_logits(
    rows: Rows, *, statistic: str = "largest", draws: int | None = None, seed: int = 0
) -> xr.Dataset:
    """Averaged rows against the same rows, each with its logits in an order of its own.

    Length and logits of every row are kept exactly; what is lost is that heads or images agree on
    which labels they weigh. A single row keeps its statistic in any order, so it has no p-value.

    Args:
        rows: with the dims that the picture averages.
        statistic: a key of `STATISTICS`, of the averaged row.
        draws: times that all rows are permuted; as for `random_logits` if not given.
        seed: of the permutations.

    Returns:
        As `random_logits`, without ``spread``.

    Raises:
        ValueError: an unknown statistic, or weights without the dims that are named.
    """
    table = Table.of(rows)
    draws = draws or _affordable(table)

    def shares(unit: int, count: int, chunk: Seed) -> np.ndarray:
        kept, random = table.kept(unit), np.random.default_rng((*chunk, unit))
        return random.permuted(np.broadcast_to(kept, (count, *kept.shape)), axis=-1).mean(axis=1)

    def lacks(unit: int) -> str:
        return "a single row is the same in any order" if table.parts(unit) < 2 else ""

    control = "the same rows with their logits permuted"
    null = _Null(STATISTICS[_known(statistic)], shares, lacks, draws, seed)
    return null.described(table, null.beside(table), control, rows.over)


def _affordable(table: Table) -> int:
    """How many rows are drawn for each of a table's."""
    largest = max(table.values[0].size, 1)
    return int(np.clip(_NUMBERS // largest, FEWEST, DRAWS))


@dataclass(frozen=True)
class _Outcome:
    """One row beside its null; numbers are NaN where there is none."""

    observed: float = np.nan
    expected: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    null: tuple[float, ...] = (np.nan,) * len(QUANTILES)
    labels: int = 0
    reason: str = ""


@dataclass(frozen=True)
class _Null:
    """How rows by chance are made, and what is compared.

    Attributes:
        statistic: the number that is compared.
        shares: ``shares(unit, count, chunk)``: averaged rows by chance, (count, label).
        lacks: why a unit has no null, or "".
        draws: rows to make for each unit.
        seed: of the random numbers.
    """

    statistic: Statistic
    shares: Callable[[int, int, Seed], np.ndarray]
    lacks: Callable[[int], str]
    draws: int
    seed: int

    def beside(self, table: Table) -> dict[str, np.ndarray]:
        """Rows that are shown beside their nulls: (unit) or (quantile, unit), by name."""
        units = table.shown.values.ravel().tolist()
        outcomes = [self._outcome(unit, table.kept(unit)) for unit in units]
        names = [one.name for one in fields(_Outcome)]
        return {name: np.array([getattr(one, name) for one in outcomes]).T for name in names}

    def described(
        self, table: Table, numbers: Mapping[str, np.ndarray], control: str, over: str
    ) -> xr.Dataset:
        """Numbers of the units that are shown, under their labels."""
        shown, statistic = table.shown, self.statistic
        compared = {"long_name": statistic.title, "units": statistic.units}
        told = dict.fromkeys(("observed", "expected", "low", "high", "null"), compared)
        told |= {"p": {"long_name": "p-value", "units": "1"}}
        variables = {
            name: (
                shown.dims if values.ndim == 1 else ("quantile", *shown.dims),
                values.reshape(*values.shape[:-1], *shown.shape),
                told.get(name),
            )
            for name, values in numbers.items()
        }
        words = {"control": control, "above": statistic.above, "below": statistic.below}
        about = words | {"draws": self.draws, "seed": self.seed, "over": over}
        return xr.Dataset(variables, {**shown.coords, "quantile": list(QUANTILES)}, about)

    def _outcome(self, unit: int, kept: np.ndarray) -> _Outcome:
        labels = kept.shape[1]
        observed = float(self.statistic.of(kept.mean(axis=0)))
        reason = "1 by construction" if labels == 1 else self.lacks(unit)
        if reason:
            return _Outcome(observed, labels=labels, reason=reason)
        chance = np.concatenate(list(self._chance(unit, kept.size)))
        *null, low, high = np.quantile(chance, (*QUANTILES, *INTERVAL)).tolist()
        mean, p = float(chance.mean()), two_sided(observed, chance)
        return _Outcome(observed, mean, low, high, p, tuple(null), labels)

    def _chance(self, unit: int, size: int) -> Iterator[np.ndarray]:
        for chunk, count in chunks(self.draws, size):
            yield self.statistic.of(self.shares(unit, count, (self.seed, chunk)))


def two_sided(observed: float, chance: np.ndarray) -> float:
    """How rarely chance is as far out as `observed`, to either side; never 0.

    The observed value counts as one of the draws (Phipson and Smyth, 2010), ties count against it.
    """
    near = 1e-9 * max(abs(observed), 1e-300)
    above = np.count_nonzero(chance >= observed - near)
    below = np.count_nonzero(chance <= observed + near)
    return float(min(2 * (1 + min(above, below)) / (1 + len(chance)), 1.0))


def _known(statistic: str) -> str:
    if statistic not in STATISTICS:
        raise ValueError(f"expected a statistic out of {', '.join(STATISTICS)}; got '{statistic}'.")
    return statistic
