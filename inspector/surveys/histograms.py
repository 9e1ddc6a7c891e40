"""A histogram is how often a column's values fell into each bin of its scale, and its quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass

import boost_histogram as bh
import numpy as np

from inspector.surveys.columns import Block, Columns
from inspector.surveys.moments import Moments
from inspector.surveys.packing import Packed
from inspector.surveys.scales import BINS, laid, values_at

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Histograms(Packed):
    """Counts (group, column, bin); the first and last bin are what the scale does not reach."""

    counts: np.ndarray

    @classmethod
    def of(
        cls, matrix: np.ndarray, columns: Columns, groups: np.ndarray, number: int
    ) -> "Histograms":
        """Counts of a matrix (picture, column) whose row i is of group ``groups[i]``."""
        width = columns.size
        histogram = bh.Histogram(
            bh.axis.Integer(0, number * width, underflow=False, overflow=False),
            bh.axis.Regular(BINS, 0, 1),
            storage=bh.storage.Int64(),
        )
        for block, span in zip(columns.blocks, columns.spans(), strict=True):
            cells = groups[:, None] * width + np.arange(span.start, span.stop)
            shares = laid(matrix[:, span], block)
            histogram.fill(cells.astype(np.int32).ravel(), shares.ravel())
        # boost's integers are of as many bits, but of another C type, which Zarr does not know.
        counts = np.asarray(histogram.view(flow=True)).astype(np.int64)
        return cls(counts.reshape(number, width, -1))

    def merged(self, other: "Histograms") -> "Histograms":
        """Counts of both."""
        return Histograms(np.add(self.counts, other.counts, dtype=np.int64))


def quantiles(
    counts: np.ndarray, block: Block, limits: Moments, levels: Sequence[float] = LEVELS
) -> np.ndarray:
    """Quantiles (level, column): the smallest value that a share of all does not exceed.

    Args:
        counts: of the block's columns (column, bin).
        block: tells the scale; a quantile is known to within one bin of it.
        limits: of the same columns; a quantile is not beyond them.
        levels: shares of 1.
    """
    total = counts.sum(axis=1, dtype=np.int64)
    below = np.cumsum(counts, axis=1, dtype=np.int64)
    found = [_quantile(counts, below, np.ceil(level * total), block) for level in levels]
    held = np.clip(np.stack(found), limits.low[0], limits.high[0])
    return np.where(total > 0, held, np.nan)


def _quantile(counts: np.ndarray, below: np.ndarray, rank: np.ndarray, block: Block) -> np.ndarray:
    """The value of a rank, from 1: within its bin as if values lay evenly there."""
    rank = np.maximum(rank, 1)
    place = (below < rank[:, None]).sum(axis=1).clip(0, counts.shape[1] - 1)
    each = np.arange(len(counts))
    own = np.maximum(counts[each, place], 1)
    inside = (rank - (below[each, place] - counts[each, place]) - 0.5) / own
    return values_at(((place - 1 + inside) / BINS).clip(0, 1), block)
