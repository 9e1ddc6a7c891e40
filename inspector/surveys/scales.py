"""A scale lays the values of a column on 0 to 1, where bins of equal width count them.

Counts in fixed bins add up exactly and in any order, so a survey that was ended and went on, or ran
on many machines, ends with the same ones. A sketch that draws by chance (KLL, reservoir) would not.
What it costs is told: a quantile is known to within one bin.

* linear: between the block's ``low`` and ``high``; a bin is 1/200 of that.
* log: from a millionth of ``high`` to ``high``, for shares that are mostly small; a bin's ends are
  7 % apart. Smaller ones are counted as such.
* signed: of numbers without known bounds, ``sign(x) log(1 + |x| / 0.001)`` up to a million.
"""

from math import log, log1p

import numpy as np
from scipy.special import xlogy

from inspector.surveys.columns import Block

BINS = 200
SMALLEST_SHARE = 1e-6
STEP, MOST = 1e-3, 1e6
"""Of a signed scale: below what it is nearly linear, and where it ends."""
_SPAN = log1p(MOST / STEP)
_ROUNDING = 1e-6
"""By so much a share may exceed 1 and still count as 1."""


def laid(values: np.ndarray, block: Block) -> np.ndarray:
    """Values of a block's columns on 0 to 1; outside of that, what the scale does not reach."""
    if block.scale == "log":
        least = np.maximum(values / block.high, SMALLEST_SHARE / 2)
        share = 1 - np.log(least) / log(SMALLEST_SHARE)
    elif block.scale == "signed":
        share = 0.5 + 0.5 * np.sign(values) * np.log1p(np.abs(values) / STEP) / _SPAN
    else:
        share = (values - block.low) / (block.high - block.low)
    return np.where((share >= 1) & (share <= 1 + _ROUNDING), 1 - _ROUNDING, share)


def values_at(share: np.ndarray, block: Block) -> np.ndarray:
    """The values that lie at places from 0 to 1 of a block's scale."""
    if block.scale == "log":
        return block.high * np.exp(xlogy(1 - share, SMALLEST_SHARE))
    if block.scale == "signed":
        there = 2 * share - 1
        return np.sign(there) * STEP * np.expm1(np.abs(there) * _SPAN)
    return block.low + share * (block.high - block.low)


def edges(block: Block) -> np.ndarray:
    """Where bins begin and end, with what lies below the first and above the last: 203 numbers."""
    inner = values_at(np.linspace(0, 1, BINS + 1), block)
    return np.concatenate([[-np.inf], inner, [np.inf]])
