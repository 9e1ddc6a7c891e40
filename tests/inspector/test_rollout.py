"""Rollout against sums over paths, and what it refuses."""

import itertools

import numpy as np
import pytest
import xarray as xr

from inspector.measures import rollout


def layer(seed, tokens=4, heads=3):
    weight = np.random.default_rng(seed).dirichlet(np.ones(tokens), size=(heads, tokens))
    return xr.DataArray(weight.astype(np.float32), dims=["head", "query", "key"])


def test_it_sums_over_every_path_through_the_layers():
    """A path stays where it is or follows a weight, each with a half, in every layer."""
    layers = [layer(seed) for seed in (0, 1, 2)]
    means = [weight.values.astype(float).mean(0) for weight in layers]
    expected = np.zeros((4, 4))
    for first, second, third, last in itertools.product(range(4), repeat=4):
        steps = zip(means, ((second, first), (third, second), (last, third)), strict=True)
        shares = [(mean[step] + (step[0] == step[1])) / 2 for mean, step in steps]
        expected[last, first] += np.prod(shares)
    found = rollout(layers)
    assert found.dims == ("query", "key")
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_rows_sum_to_one_also_where_an_edit_took_some_away():
    cut = layer(0)
    cut.values[:, :, 2] = 0
    np.testing.assert_allclose(rollout([cut, layer(1)]).sum("key"), 1, atol=1e-12)


def test_tokens_that_see_only_themselves_stay_where_they_are():
    alone = layer(0).copy(data=np.tile(np.eye(4), (3, 1, 1)))
    np.testing.assert_array_equal(rollout([alone] * 5), np.eye(4))


def test_axes_are_found_by_name_and_labels_stay():
    labelled = layer(0).assign_coords(key=[3, 5, 7, 9], query=[3, 5, 7, 9])
    found = rollout([labelled.transpose("key", "head", "query"), layer(1)])
    np.testing.assert_allclose(found, rollout([layer(0), layer(1)]))
    assert rollout([labelled])["key"].values.tolist() == [3, 5, 7, 9]


def test_what_it_cannot_multiply_is_refused():
    with pytest.raises(ValueError, match="at least one layer, got none"):
        rollout([])
    with pytest.raises(ValueError, match=r"over head, query, key, got query, key"):
        rollout([layer(0).mean("head")])
    with pytest.raises(ValueError, match=r"every query.* got axes of 1, 4 tokens.* detail='full'"):
        rollout([layer(0).isel(query=[0])])
