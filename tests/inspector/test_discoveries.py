"""Discoveries: p-values are adjusted as scipy adjusts them, and what was not tested stays so."""

import numpy as np
import scipy.stats

from inspector.measures.discoveries import among_all


def test_values_are_those_of_the_library():
    p = np.random.default_rng(0).random((7, 5)) ** 3
    p[2] = p[4]  # ties
    expected = scipy.stats.false_discovery_control(p.ravel()).reshape(p.shape)
    np.testing.assert_allclose(among_all(p), expected, rtol=1e-12)


def test_what_was_not_tested_counts_for_nothing():
    p = np.array([0.01, np.nan, 0.04])
    np.testing.assert_allclose(among_all(p), [0.02, np.nan, 0.04])
    assert np.isnan(among_all(np.array([np.nan]))).all()
