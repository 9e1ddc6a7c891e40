"""Feature integration against scikit-learn's own scores, on planted and on independent blocks."""

import numpy as np
import pytest
import xarray as xr
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, cross_val_predict

from inspector.measures import Forest, feature_integration
from inspector.progress import listening

QUICK = Forest(trees=10, repeats=2, shuffles=199)


def chain(values, dtype=np.float64):
    """Blocks (layer, sample, channel) with names."""
    names = [f"stage.{block}" for block in range(len(values))]
    dims = ("layer", "sample", "channel")
    return xr.DataArray(np.asarray(values, dtype=dtype), {"layer": names}, dims)


def independent(seed, blocks=4, images=60, channels=4):
    return np.random.default_rng(seed).uniform(size=(blocks, images, channels))


def planted(seed=0):
    """Four blocks of which the last is made from block 1, with noise; block 2 is loud, no more."""
    values = independent(seed)
    values[2] *= 10
    values[3] = 0.2 + 0.1 * values[1] + 0.01 * values[3]
    return values


def by_scikit_learn(forest, values, target):
    grower = RandomForestRegressor(
        forest.trees, max_features="sqrt", min_samples_leaf=2, random_state=forest.seed
    )
    folds = KFold(forest.folds, shuffle=True, random_state=forest.seed)
    return grower, folds, np.hstack(values[:target]), values[target]


def test_the_block_that_another_is_made_from_ranks_first():
    found = feature_integration(chain(planted()), QUICK)
    assert found["predicted"].values.tolist() == [False, False, True]
    for reading in ("loss", "split_share"):
        assert found[reading].idxmax("source_layer").sel(layer="stage.3") == "stage.1"
    others = found["loss"].sel(layer="stage.3", source_layer=["stage.0", "stage.2"])
    assert abs(others).max() < 0.2 * found["loss"].sel(layer="stage.3", source_layer="stage.1")


def test_r2_is_that_of_scikit_learn_over_all_channels():
    values = planted(1)
    found = feature_integration(chain(values), QUICK)["r2"]
    for target in (1, 2, 3):
        grower, folds, sources, real = by_scikit_learn(QUICK, values, target)
        predicted = cross_val_predict(grower, sources, real, cv=folds)
        expected = r2_score(real, predicted, multioutput="variance_weighted")
        assert found.sel(layer=f"stage.{target}").item() == pytest.approx(expected, abs=1e-6)


def test_a_loss_is_what_shuffling_a_block_among_held_out_images_costs():
    values = planted(2)
    grower, folds, sources, real = by_scikit_learn(QUICK, values, 3)
    draw, lost = np.random.default_rng(0), np.zeros(3)
    for train, test in folds.split(sources):
        grown = grower.fit(sources[train], real[train])
        right = ((grown.predict(sources[test]) - real[test]) ** 2).sum()
        for block in range(3):
            mixed = sources[test].copy()
            columns = slice(4 * block, 4 * block + 4)
            for _ in range(10):
                mixed[:, columns] = draw.permutation(mixed[:, columns])
                lost[block] += (((grown.predict(mixed) - real[test]) ** 2).sum() - right) / 10
    many = Forest(trees=10, repeats=10, shuffles=199)
    found = feature_integration(chain(values), many)["loss"].sel(layer="stage.3")
    np.testing.assert_allclose(found, lost / ((real - real.mean(0)) ** 2).sum(), atol=0.06)
    assert found.max() > 0.3


def test_independent_blocks_are_flagged_as_often_as_stated():
    quick = Forest(trees=1, folds=2, repeats=1, shuffles=99)
    p = [
        feature_integration(chain(independent(seed, 5, 40, 2)), quick)["p"].values
        for seed in range(50)
    ]
    assert np.size(p) == 200
    # 200 draws at 5 %: between 1.5 % and 9.5 % in all but one of a thousand
    assert 0.015 <= np.mean(np.array(p) <= 0.05) <= 0.095


def test_p_values_are_adjusted_for_the_blocks_of_the_chain():
    found = feature_integration(chain(planted()), QUICK)
    order = np.sort(found["p"].values)
    expected = np.minimum.accumulate((order * 3 / np.arange(1, 4))[::-1])[::-1]
    np.testing.assert_allclose(np.sort(found["p_adjusted"]), expected)


def test_what_is_no_earlier_block_has_no_value_and_shares_sum_to_one():
    found = feature_integration(chain(independent(0)), QUICK)
    later = np.triu(np.ones((3, 3), bool), k=1)
    for reading in ("loss", "split_share"):
        np.testing.assert_array_equal(np.isnan(found[reading]), later)
    np.testing.assert_allclose(found["split_share"].sum("source_layer"), 1)
    assert found["layer"].values.tolist() == ["stage.1", "stage.2", "stage.3"]
    assert found["source_layer"].values.tolist() == ["stage.0", "stage.1", "stage.2"]


def test_rows_that_are_not_predicted_say_so():
    found = feature_integration(chain(planted()), QUICK)
    assert (found["r2"] > found["baseline"]).values.tolist()[2]
    assert found["reason"].values.tolist() == [
        "not predicted better than with images shuffled"
    ] * 2 + [""]


@pytest.mark.parametrize("rounding", [0.0, 1e-8])
def test_a_block_that_is_the_same_for_every_image_has_nothing_to_predict(rounding):
    values = planted()
    values[2] = 0.25 + rounding * values[1]
    found = feature_integration(chain(values, np.float32), QUICK)
    assert found["reason"].sel(layer="stage.2") == "its channels are the same for every image"
    assert np.isnan(found["r2"].sel(layer="stage.2"))
    assert found["loss"].sel(layer="stage.3", source_layer="stage.2") == pytest.approx(0, abs=0.02)
    assert found["predicted"].sel(layer="stage.3")


def test_more_channels_than_images_are_turned_without_loss():
    draw = np.random.default_rng(3)
    brightness, weights = draw.normal(size=(1, 40, 1)), draw.normal(size=(2, 1, 50))
    values = brightness * weights + draw.normal(size=(2, 40, 50))
    found = feature_integration(chain(values), Forest(trees=40, repeats=1, shuffles=9))
    grower, folds, sources, real = by_scikit_learn(Forest(trees=40), values, 1)
    predicted = cross_val_predict(grower, sources, real, cv=folds)
    expected = r2_score(real, predicted, multioutput="variance_weighted")
    # equally good splits are told apart by rounding alone
    assert found["r2"].item() == pytest.approx(expected, abs=0.03)
    assert expected > 0.3


def test_the_seed_decides_and_is_told():
    values = chain(planted())
    first, again = (feature_integration(values, QUICK) for _ in range(2))
    xr.testing.assert_identical(first, again)
    other = feature_integration(values, Forest(10, repeats=2, shuffles=199, seed=1))
    assert not np.allclose(first["r2"], other["r2"])
    assert (first.attrs["seed"], other.attrs["seed"]) == (0, 1)
    assert (first.attrs["images"], first.attrs["folds"], first.attrs["trees"]) == (60, 5, 10)


def test_each_held_out_part_is_told_to_whoever_waits():
    heard = []
    with listening(lambda *told: heard.append(told)):
        feature_integration(chain(independent(0)), Forest(trees=1, repeats=1, shuffles=9))
    assert heard == [
        (done, 15, "held-out parts predicted") for done in range(16)
    ]  # 3 blocks, 5 each


def test_what_it_needs_is_said():
    with pytest.raises(ValueError, match=r"at least 40 different images, got 39: inspect more"):
        feature_integration(chain(independent(0, images=39)))
    with pytest.raises(ValueError, match=r"at least 2 blocks of a chain, got 1\."):
        feature_integration(chain(independent(0, blocks=1)))
    with pytest.raises(ValueError, match=r"over layer, sample, channel, got layer, sample\."):
        feature_integration(chain(independent(0)).isel(channel=0))
    broken = independent(0)
    broken[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match=r"needs numbers; some are NaN or infinite"):
        feature_integration(chain(broken))
