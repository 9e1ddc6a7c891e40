"""Standings among chance: by hand, on random logits, and where there is none."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm

from inspector.measures import BEYOND, FARTHEST, Rows, normal_score, standing


def shares(logits):
    powers = np.exp(logits)
    return powers / powers.sum(-1, keepdims=True)


def chain(layers, heads, seed=0, spread=1.0):
    """Rows of random logits, each one label longer than the one before, (layer, head, key)."""
    random = np.random.default_rng(seed)
    weight = np.full((layers, heads, layers), np.nan)
    for layer in range(layers):
        logits = spread * random.standard_normal((heads, layer + 1))
        weight[layer, :, : layer + 1] = shares(logits)
    return xr.DataArray(weight, dims=("layer", "head", "key"))


@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("average", [(), ("head",)])
def test_of_random_logits_one_cell_in_twenty_is_beyond_chance_in_rows_of_any_length(
    spread, average
):
    weights = [chain(12, 4, seed, spread) for seed in range(10)]
    scores = [normal_score(standing(Rows(weight, "key", average), seed=9)) for weight in weights]
    beyond = np.stack([(abs(score) > BEYOND).values for score in scores])
    known = np.stack([score.notnull().values for score in scores])
    assert beyond.sum() / known.sum() == pytest.approx(0.05, abs=0.015)
    short, long = (
        beyond[:, rows].sum() / known[:, rows].sum() for rows in ([1, 2, 3], [9, 10, 11])
    )
    assert short == pytest.approx(0.05, abs=0.035)
    assert long == pytest.approx(0.05, abs=0.025)


def test_a_standing_is_the_share_of_chance_below():
    """Two labels and one head: the first share is sigmoid of a difference of two normals."""
    random = np.random.default_rng(1)
    logits = random.standard_normal((400, 2))
    logits[0] = [1.0, -0.5]
    weight = xr.DataArray(shares(logits), dims=("row", "key"))
    centred = logits[1:] - logits[1:].mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).sum() / len(centred))  # a degree of freedom for each row
    expected = norm.cdf([1.5, -1.5], scale=spread * np.sqrt(2))
    found = standing(Rows(weight, "key", drawn={"row": [0]}))
    assert found.dims == ("row", "key")
    np.testing.assert_allclose(found.values[0], expected, atol=0.02)
    np.testing.assert_allclose(normal_score(found), norm.ppf(found), rtol=1e-12)


def test_labels_of_the_rows_stay_and_those_without_a_share_have_no_standing():
    weight = chain(8, 2).assign_coords(layer=range(8), key=list("abcdefgh"))
    weight["key"].attrs["grid_height"] = 2
    found = standing(Rows(weight, "key", ("head",), {"layer": [7, 2]}))
    assert found["layer"].values.tolist() == [7, 2]
    assert found["key"].attrs == {"grid_height": 2}
    assert np.isfinite(found.values).sum(-1).tolist() == [8, 3]


def test_a_row_without_choice_one_without_others_and_one_that_was_cut_have_none():
    cut = chain(12, 4)
    cut[7, 1, 3] = 0
    found = standing(Rows(cut, "key", ("head",)))
    assert found[7].isnull().all()
    assert found[8, :9].notnull().all()
    assert standing(Rows(chain(5, 8), "key", ("head",)))[0].isnull().all()
    alone = xr.DataArray([[0.2, 0.3, 0.5]], dims=("row", "key"))
    assert standing(Rows(alone, "key")).isnull().all()


def test_no_share_is_farther_out_than_a_figure_shows():
    weight = chain(12, 4)
    weight[11] = np.eye(12)[0]
    score = abs(normal_score(standing(Rows(weight, "key", ("head",)))))
    assert 3 < float(score.max()) < FARTHEST
