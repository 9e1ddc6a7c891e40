"""A picture leaves the range of random networks once in twenty, unless something was learnt."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

from inspector.measures import held_in_range, range_sentence, ranked

REPEATS = 400
NETWORKS = "networks with random weights"


def held(everyone, panels=2):
    """Networks (network, cell), the observed one first, cut into panels."""
    parts = np.array_split(np.asarray(everyone, float), panels, axis=1)
    observed = {str(i): xr.DataArray(part[0], dims="cell") for i, part in enumerate(parts)}
    controls = {
        str(i): xr.DataArray(part[1:], dims=("control", "cell")) for i, part in enumerate(parts)
    }
    return held_in_range(observed, controls, NETWORKS)


def heavy(random):
    """Products that share a factor within each network, as q.k of one small kernel."""
    return random.standard_normal((20, 1)) * random.standard_normal((20, 30)) ** 3


def independent(random):
    return random.standard_normal((20, 30))


@pytest.mark.parametrize("draw", [independent, heavy])
def test_one_more_random_network_differs_once_in_twenty(draw):
    random = np.random.default_rng(0)
    found = [held(draw(random))["0"].attrs["differs"] for _ in range(REPEATS)]
    low, high = binom.interval(0.999, REPEATS, 0.05)
    assert sum(found) <= high
    if draw is heavy:  # counts without ties: the level is met, not only kept
        assert sum(found) >= low


def test_cells_outside_are_those_beyond_all_others():
    everyone = np.random.default_rng(1).standard_normal((20, 12))
    everyone[0, :5], everyone[0, 5:] = 9.0, 0.0
    found = held(everyone)
    outside = [*found["0"]["outside"].values, *found["1"]["outside"].values]
    assert outside == [True] * 5 + [False] * 7
    np.testing.assert_array_equal(found["1"]["high"], everyone[1:, 6:].max(axis=0))
    np.testing.assert_array_equal(found["1"]["expected"], np.median(everyone[1:, 6:], axis=0))
    counts = [
        sum(
            one[cell] > np.delete(everyone, place, 0)[:, cell].max()
            or one[cell] < np.delete(everyone, place, 0)[:, cell].min()
            for cell in range(12)
        )
        for place, one in enumerate(everyone)
    ]
    told = found["0"].attrs
    assert (told["outside"], told["by_chance"]) == (counts[0], np.median(counts[1:]))
    assert told["p"] == (1 + sum(count >= counts[0] for count in counts[1:])) / 20


def test_what_was_learnt_differs():
    everyone = np.random.default_rng(2).standard_normal((20, 40))
    everyone[0] += 3
    said = range_sentence(held(everyone))
    assert said.startswith("Differs from 19 networks with random weights (p = 0.05): ")
    assert "of 40 cells lie outside their range; of a typical one " in said


def test_what_is_blind_to_weights_does_not_differ():
    said = range_sentence(held(np.tile(np.linspace(0, 1, 8), (20, 1))))
    assert said == (
        "Does not differ from 19 networks with random weights (p = 1): 0 of 8 cells lie outside "
        "their range; of a typical one of them 0 lie outside that of the others."
    )


def test_rounding_is_no_difference():
    everyone = np.tile(np.linspace(0.1, 1, 8), (20, 1))
    everyone[0] *= 1 + 4e-7
    assert not held(everyone)["0"].attrs["outside"]


def test_missing_cells_count_for_nobody():
    everyone = np.random.default_rng(3).standard_normal((20, 10))
    everyone[0] = 9.0
    everyone[4, 2] = everyone[0, 9] = np.nan
    found = held(everyone)
    assert not found["0"]["outside"][2]
    assert not found["1"]["outside"][4]
    assert (found["0"].attrs["outside"], found["0"].attrs["cells"]) == (8, 8)


def test_too_few_controls_could_never_differ():
    with pytest.raises(ValueError, match=r"at least 19 controls, with which p can be 0.05; got 5"):
        held(np.zeros((6, 4)))


def test_values_by_rank_do_not_depend_on_the_order_of_channels():
    values = xr.DataArray(
        [[3.0, 1.0, 2.0], [0.5, np.nan, 0.1]],
        {"layer": ["a", "b"], "channel": range(3)},
        ("layer", "channel"),
        attrs={"units": "factor"},
    )
    found = ranked(values, ("channel", "head"))
    np.testing.assert_array_equal(found, [[1, 2, 3], [0.1, 0.5, np.nan]])
    assert (found.dims, found["rank"].values.tolist()) == (("layer", "rank"), [1, 2, 3])
    assert (found["layer"].values.tolist(), found.attrs) == (["a", "b"], {"units": "factor"})
    xr.testing.assert_identical(found, ranked(values[:, [2, 0, 1]], ("channel",)))
    assert ranked(values, ("slot",)) is values


def test_pairs_of_heads_are_ordered_together():
    values = xr.DataArray(np.arange(8).reshape(2, 2, 2)[..., ::-1], dims=("head", "layer", "other"))
    found = ranked(values, ("head", "other"))
    np.testing.assert_array_equal(found, [[0, 1, 4, 5], [2, 3, 6, 7]])


def shrunk(random):
    """What training does to factors: the middle of the range is where all of them go."""
    everyone = random.standard_normal((20, 3, 32))
    everyone[0] /= 4
    return everyone


def test_values_nearer_the_middle_are_seen_by_rank_and_not_by_place():
    everyone = xr.DataArray(shrunk(np.random.default_rng(4)), dims=("network", "layer", "channel"))
    by_rank = ranked(everyone, ("channel",))
    assert not held(everyone.values.reshape(20, -1))["0"].attrs["differs"]
    assert held(by_rank.values.reshape(20, -1))["0"].attrs["differs"]


def test_by_rank_one_more_random_network_differs_once_in_twenty():
    random = np.random.default_rng(5)
    draws = (xr.DataArray(heavy(random), dims=("network", "channel")) for _ in range(REPEATS))
    found = [held(ranked(draw, ("channel",)))["0"].attrs["differs"] for draw in draws]
    assert sum(found) <= binom.interval(0.999, REPEATS, 0.05)[1]
