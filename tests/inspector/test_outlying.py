"""How far a network's numbers are from those of others."""

import numpy as np
import pytest
import xarray as xr

from inspector.measures import outlying


def network(values) -> dict[str, xr.DataArray]:
    return {"numbers": xr.DataArray(np.asarray(values, dtype=float), dims="layer")}


def test_distance_is_the_root_mean_square_of_standard_scores():
    rows = np.random.default_rng(0).normal(size=(20, 3))
    found = outlying(network(rows[0]), [network(row) for row in rows[1:]])
    scores = [(row - rows.mean(0)) / rows.std(0) for row in rows]
    distances = [np.sqrt(np.mean(score**2)) for score in scores]
    assert found.distance == pytest.approx(distances[0])
    assert found.farthest == pytest.approx(max(distances[1:]))
    assert found.p == np.mean(np.array(distances) >= distances[0])


def test_a_single_number_far_away_is_enough():
    found = outlying(network([9.0]), [network([0.1 * place]) for place in range(19)])
    assert found.p == 0.05
    assert found.differs
    assert found.distance < np.sqrt(19)
    assert (found.outside, found.numbers) == (1, 1)
    assert found.sentence("others").startswith("Differs from 19 others (p = 0.05)")


def test_one_more_network_of_the_same_kind_is_told_apart_once_in_twenty():
    random = np.random.default_rng(1)
    draws = [[network(row) for row in random.normal(size=(20, 4))] for _ in range(400)]
    told = sum(outlying(own, others).differs for own, *others in draws)
    assert 8 <= told <= 32  # 20 on average


def test_numbers_that_no_network_varies_in_tell_nothing():
    found = outlying(network([0.1, 2.0]), [network([0.1, 2.0])] * 19)
    assert (found.distance, found.p, found.outside) == (0.0, 1.0, 0)


def test_rounding_is_no_difference():
    others = [network([1.0, float(place)]) for place in range(19)]
    assert outlying(network([1 + 1e-9, 5.0]), others).outside == 0


def test_what_is_missing_somewhere_is_left_out():
    others = [network([float(place), np.nan if place == 3 else 0.0]) for place in range(19)]
    assert outlying(network([50.0, 9.0]), others).numbers == 1


def test_fewer_than_nineteen_can_tell_nothing():
    with pytest.raises(ValueError, match=r"at least 19 controls, with which p can be 0\.05"):
        outlying(network([1.0]), [network([0.0])] * 18)
