"""Discoveries: p-values are adjusted for all that were tested, and what was not tested stays so."""

import numpy as np

from inspector.measures.discoveries import among_all


def test_a_value_is_the_smallest_level_at_which_its_test_is_called_different():
    """Benjamini and Hochberg: the k smallest of m are, for the largest k with p <= k q / m."""
    p = np.random.default_rng(0).random((7, 5)) ** 3
    p[2] = p[4]  # ties
    flat = p.ravel()
    levels = [min(1, len(flat) * value / (flat <= value).sum()) for value in flat]
    pairs = list(zip(flat, levels, strict=True))
    expected = [min(level for other, level in pairs if other >= value) for value in flat]
    np.testing.assert_allclose(among_all(p).ravel(), expected, rtol=1e-12)


def test_what_was_not_tested_counts_for_nothing():
    p = np.array([0.01, np.nan, 0.04])
    np.testing.assert_allclose(among_all(p), [0.02, np.nan, 0.04])
    assert np.isnan(among_all(np.array([np.nan]))).all()
