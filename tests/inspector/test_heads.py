"""Head agreement against scipy, pair by pair, and against planted heads."""

import numpy as np
import pytest
import scipy.stats
import xarray as xr
from scipy.spatial.distance import jensenshannon

from inspector import measures

DIMS = ("sample", "head", "token", "slot")
KINDS = ("mass_distance", "token_distance", "mass_correlation")


def affinities(seed=0, heads=3):
    values = np.random.default_rng(seed).dirichlet(np.ones(6), size=(2, heads, 7))
    return xr.DataArray(values, dims=DIMS)


def by_hand(a, b, kind):
    """Of two heads (sample, token, slot)."""
    if kind == "token_distance":
        rows = zip(a.reshape(-1, 6), b.reshape(-1, 6), strict=True)
        return np.mean([jensenshannon(p, q, base=2) for p, q in rows])
    masses = a.sum((0, 1)), b.sum((0, 1))
    if kind == "mass_distance":
        return jensenshannon(*masses, base=2)
    return scipy.stats.pearsonr(*masses).statistic


@pytest.mark.parametrize("kind", KINDS)
def test_it_agrees_with_scipy_pair_by_pair(kind):
    affinity = affinities()
    found = measures.head_agreement(affinity, kind)["agreement"]
    heads = affinity.transpose("head", "sample", "token", "slot").values
    expected = [
        [(kind == "mass_correlation") if a is b else by_hand(a, b, kind) for b in heads]
        for a in heads
    ]
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_equal_heads_are_at_0_and_heads_without_a_common_slot_at_1():
    rows = np.zeros((1, 3, 4, 6))
    rows[:, :2, :, :2] = [0.75, 0.25]
    rows[:, 2, :, 4] = 1
    for kind in ("mass_distance", "token_distance"):
        found = measures.head_agreement(xr.DataArray(rows, dims=DIMS), kind)["agreement"]
        np.testing.assert_allclose(found, [[0, 0, 1], [0, 0, 1], [1, 1, 0]], atol=1e-7)


def test_equal_masses_from_other_tokens_are_alike_but_not_token_by_token():
    rows = np.zeros((1, 2, 2, 2))
    rows[0, 0] = np.eye(2)
    rows[0, 1] = np.eye(2)[::-1]
    affinity = xr.DataArray(rows, dims=DIMS)
    apart = [measures.head_agreement(affinity, kind)["agreement"][0, 1] for kind in KINDS[:2]]
    np.testing.assert_allclose(apart, [0, 1])


def test_heads_that_agree_on_slots_are_nearer_than_with_slots_shuffled():
    rows = np.random.default_rng(1).dirichlet(np.full(6, 0.3), size=1)[0]
    noise = affinities(heads=4)
    found = measures.head_agreement(0.9 * rows + 0.1 * noise, "token_distance")
    near, shuffled = (measures.mean_of_pairs(found[name]) for name in ("agreement", "shuffled"))
    assert near < 0.5 * shuffled


def test_the_shuffled_value_is_the_mean_over_the_orders_of_its_seed():
    affinity = affinities(heads=2)
    found = measures.head_agreement(affinity, shuffles=4, seed=7)
    draw = np.random.default_rng(7)
    one, other = affinity.transpose("head", "sample", "token", "slot").values
    orders = [draw.permutation(6) for _ in range(4)]
    expected = np.mean([by_hand(one, other[..., order], "mass_distance") for order in orders])
    assert found["shuffled"][0, 1].item() == pytest.approx(expected, abs=1e-9)
    assert np.isnan(found["shuffled"][0, 0])
    assert (found.attrs["seed"], found.attrs["shuffles"]) == (7, 4)


def test_a_head_that_gives_all_slots_the_same_has_no_correlation():
    affinity = affinities(heads=3)
    affinity[:, 1] = np.float32(1 / 6)
    found = measures.head_agreement(affinity, "mass_correlation")["agreement"]
    assert found[1].isnull().all()
    assert np.isfinite(found[0, 2])
    assert measures.mean_of_pairs(found) == found[0, 2]


def test_tokens_that_hand_out_nothing_are_left_out():
    affinity = affinities(heads=2)
    whole = measures.head_agreement(affinity.isel(token=slice(1, None)), "token_distance")
    affinity[:, 0, 0] = 0
    found = measures.head_agreement(affinity, "token_distance")
    assert found["agreement"][0, 1].item() == pytest.approx(whole["agreement"][0, 1].item())


def test_an_unknown_agreement_is_refused():
    with pytest.raises(ValueError, match="mass_correlation; got 'cosine'"):
        measures.head_agreement(affinities(), "cosine")
