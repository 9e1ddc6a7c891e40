"""Gram matrices of memories against numpy, pair by pair."""

import numpy as np
import pytest
import xarray as xr

from inspector import measures


def memory(seed, slots=5, features=8):
    values = np.random.default_rng(seed).normal(size=(slots, features))
    return xr.DataArray(values, dims=["slot", "feature"])


def by_hand(a, b):
    return [[x @ y / np.sqrt((x @ x) * (y @ y)) for y in b.values] for x in a.values]


def test_a_gram_matrix_agrees_with_numpy_pair_by_pair():
    keys, values = memory(0), memory(1)
    np.testing.assert_allclose(measures.cosine_gram(keys), by_hand(keys, keys), atol=1e-12)
    cross = measures.cosine_gram(keys, values.T)  # axes go by their names
    assert cross.dims == ("slot", "other_slot")
    np.testing.assert_allclose(cross, by_hand(keys, values), atol=1e-12)


def test_memories_of_one_value_have_ones_between_a_slot_and_itself():
    keys = memory(0)
    cross = measures.cosine_gram(keys, 3 * keys)
    np.testing.assert_allclose(np.diag(cross), 1, atol=1e-12)
    np.testing.assert_allclose(cross, measures.cosine_gram(keys), atol=1e-12)


def test_a_vector_without_length_has_no_direction():
    keys = memory(0)
    keys[2] = 0
    gram = measures.cosine_gram(keys)
    assert gram[2].isnull().all()
    assert gram[:, 2].isnull().all()
    assert int(gram.isnull().sum()) == 9


def test_the_mean_between_slots_leaves_out_a_slot_with_itself():
    gram = xr.DataArray([[1, -0.5], [0.25, 1]], dims=["slot", "other_slot"])
    assert measures.mean_between_slots(gram) == 0.375
    assert np.isnan(measures.mean_between_slots(gram[:1, :1]))


@pytest.mark.parametrize("features", [2, 3, 64])
def test_random_directions_have_the_cosine_that_drawing_them_gives(features):
    draws = np.random.default_rng(0).normal(size=(2, 20_000, features))
    a, b = draws / np.linalg.norm(draws, axis=-1, keepdims=True)
    drawn = np.abs((a * b).sum(-1)).mean()
    assert measures.random_cosine(features) == pytest.approx(drawn, rel=0.02)


def test_memories_of_other_axes_are_refused():
    with pytest.raises(ValueError, match="vectors of one length, got 8 and 4 features"):
        measures.cosine_gram(memory(0), memory(1, features=4))
    with pytest.raises(ValueError, match="a memory over slot, feature, got slot"):
        measures.cosine_gram(memory(0)[:, 0])
