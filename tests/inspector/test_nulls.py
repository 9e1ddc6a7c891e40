"""Chance flags what it should: about one row in twenty of its own, and each that was planted."""

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit
from scipy.stats import binom, t

from inspector.measures import Rows, judged, permuted_logits, random_logits, sentence

REPEATS = 200


def chain(logits):
    """Retrieval rows of growing length from logits (head, layer, label)."""
    beyond = np.triu(np.ones(logits.shape[1:], bool), k=1)
    powers = np.where(beyond, 0.0, np.exp(logits))
    weight = np.where(beyond, np.nan, powers / powers.sum(-1, keepdims=True))
    names = [f"b.{place}" for place in range(logits.shape[1])]
    coords = {"layer": names, "retrieved_layer": names}
    return xr.DataArray(weight, coords, dims=("head", "layer", "retrieved_layer"))


def random_chain(seed, heads=4, layers=6, spread=1.5):
    random = np.random.default_rng(seed)
    return chain(spread * random.standard_normal((heads, layers, layers)))


def mean_of_heads(weight):
    return Rows(weight, "retrieved_layer", average=("head",))


def one_head(weight, head=0):
    return Rows(weight, "retrieved_layer", drawn={"head": [head]})


def usual(count, share=0.05):
    """The range of counts that chance leaves once in a thousand."""
    low, high = binom.interval(0.999, count, share)
    return range(int(low), int(high) + 1)


@pytest.mark.parametrize(
    ("null", "rows", "statistic"),
    [
        (random_logits, mean_of_heads, "largest"),
        (random_logits, one_head, "entropy"),
        (permuted_logits, mean_of_heads, "largest"),
    ],
)
def test_rows_of_chance_are_flagged_once_in_twenty(null, rows, statistic):
    found = [
        null(rows(random_chain(seed)), statistic=statistic, draws=199, seed=seed)["p"].values
        for seed in range(REPEATS)
    ]
    tried = np.concatenate([p[np.isfinite(p)] for p in found])
    assert tried.size == REPEATS * 5
    assert np.count_nonzero(tried <= 0.05) in usual(tried.size)


def test_a_whole_picture_of_chance_is_said_to_differ_once_in_twenty():
    """Not once for each of its seven rows: that is what the adjustment is for."""
    pictures = [mean_of_heads(random_chain(seed, layers=8)) for seed in range(REPEATS)]
    found = [random_logits(rows, draws=399, seed=seed) for seed, rows in enumerate(pictures)]
    said = [sentence(judged({"b": data})) for data in found]
    assert sum(not one.startswith("Does not differ") for one in said) in usual(REPEATS)


def test_a_planted_peak_is_flagged_and_the_rest_is_not():
    logits = np.random.default_rng(3).standard_normal((4, 6, 6))
    logits[:, 4, 1] += 6
    panels = judged({"b": random_logits(mean_of_heads(chain(logits)))})
    assert panels["b"]["differs"].values.tolist() == [False, False, False, False, True, False]
    assert sentence(panels) == (
        "1 of 5 rows differs from rows of random logits with the same spread "
        "(5 % false discovery rate): 1 more peaked; 1 left out (1 by construction)."
    )


def test_a_planted_even_row_is_flagged_as_even():
    logits = 2 * np.random.default_rng(3).standard_normal((8, 6, 6))
    logits[:, 5] = 0
    said = sentence(judged({"b": random_logits(mean_of_heads(chain(logits)))}))
    assert "1 of 5 rows differs" in said
    assert "1 more even" in said
    said = sentence(judged({"b": random_logits(mean_of_heads(chain(logits)), statistic="entropy")}))
    assert "1 more even" in said


def test_heads_that_agree_are_flagged_by_permutation_alone():
    """Each head's row is as peaked as any; only that they peak at one place is unusual."""
    logits = np.random.default_rng(5).standard_normal((8, 6, 6))
    logits[:, 5] = logits[0, 5]
    permuted = judged({"b": permuted_logits(mean_of_heads(chain(logits)))})["b"]
    assert permuted["differs"].values.tolist() == [False] * 5 + [True]


def test_images_can_be_what_agrees_or_not():
    """Each image's row as peaked as any; in the last row alone, all peak at one layer."""
    logits = np.random.default_rng(7).standard_normal((8, 6, 6))
    logits[:, 5] = logits[0, 5]
    weight = chain(logits).rename(head="sample")
    rows = Rows(weight, "retrieved_layer", average=("sample",))
    assert judged({"b": permuted_logits(rows)})["b"]["differs"].values.tolist() == [
        *[False] * 5,
        True,
    ]


def test_two_labels_are_students_t():
    """The difference of two logits over its scale, which the other rows tell."""
    weight = random_chain(7, heads=1, layers=4)
    data = random_logits(one_head(weight))
    assert np.isnan(data["p"].values).all()
    assert data["reason"].values[0, 1] == "too few other rows tell the spread"  # 2 + 3 degrees

    weight = random_chain(7, heads=1, layers=6)
    data = random_logits(one_head(weight), draws=40_000)
    others = [np.log(weight.values[0, row, : row + 1]) for row in range(2, 6)]
    squares, freedom = sum(((row - row.mean()) ** 2).sum() for row in others), 2 + 3 + 4 + 5
    spread = np.sqrt(squares / freedom)
    row = data.sel(layer="b.1", head=0)
    gap = abs(np.diff(np.log(weight.values[0, 1, :2]))[0]) / (spread * np.sqrt(2))
    above = 2 * t.sf(gap, freedom)
    assert float(row["spread"]) == pytest.approx(spread)
    assert float(row["p"]) == pytest.approx(2 * min(above, 1 - above), abs=0.01)
    ends = [expit(spread * np.sqrt(2) * t.ppf((1 + q) / 2, freedom)) for q in (0.025, 0.975)]
    assert [float(row["low"]), float(row["high"])] == pytest.approx(ends, abs=0.005)


@pytest.mark.parametrize(
    ("keys", "largest", "entropy"), [(2, 0.726, 0.778), (4, 0.517, 0.804), (12, 0.290, 0.841)]
)
def test_the_null_is_that_of_independent_simulation(keys, largest, entropy):
    """Means over 200,000 softmax rows of standard normal logits, and entropy / ln(keys)."""
    random = np.random.default_rng(0)
    rows = np.exp(random.standard_normal((16_000, keys)))
    weight = xr.DataArray(rows / rows.sum(-1, keepdims=True), dims=("query", "key"))
    shown = Rows(weight, "key", drawn={"query": [0]})
    found = random_logits(shown, draws=20_000)
    assert float(found["expected"][0]) == pytest.approx(largest, abs=0.006)
    found = random_logits(shown, statistic="entropy", draws=20_000)
    assert float(found["expected"][0]) / np.log(keys) == pytest.approx(entropy, abs=0.006)


def test_the_row_itself_does_not_tell_the_spread():
    logits = np.random.default_rng(1).standard_normal((4, 6, 6))
    before = random_logits(mean_of_heads(chain(logits)))["spread"]
    logits[:, 3] *= 50
    after = random_logits(mean_of_heads(chain(logits)))["spread"]
    assert float(after[3]) == pytest.approx(float(before[3]))
    assert (after[[1, 2, 4, 5]] > 3 * before[[1, 2, 4, 5]]).all()


def test_the_seed_decides_and_what_was_done_is_told():
    rows = mean_of_heads(random_chain(0))
    first, again, other = (random_logits(rows, draws=99, seed=seed) for seed in (0, 0, 1))
    xr.testing.assert_identical(first, again)
    assert not first["p"].equals(other["p"])
    assert {"draws": 99, "seed": 0, "over": "retrieved_layer"}.items() <= first.attrs.items()
    assert (first["null"].diff("quantile") > 0).isel(layer=slice(1, None)).all()
    assert first["labels"].values.tolist() == [1, 2, 3, 4, 5, 6]
    assert (first["p"][1:] >= 2 / 100).all()


def test_a_row_is_held_against_the_same_draws_whatever_else_is_drawn():
    weight = random_chain(0)
    every = random_logits(Rows(weight, "retrieved_layer"), draws=99)
    for head in range(4):
        alone = random_logits(one_head(weight, head), draws=99)
        xr.testing.assert_identical(alone, every.sel(head=[head]))
    shared = Rows(weight, "retrieved_layer")
    heads = [random_logits(shared.showing({"head": [head]}), draws=99) for head in (2, 1)]
    xr.testing.assert_identical(heads[0], every.sel(head=[2]))
    xr.testing.assert_identical(heads[1], every.sel(head=[1]))


def test_a_single_row_has_no_other_order():
    said = sentence(judged({"b": permuted_logits(one_head(random_chain(0)))}))
    assert said == (
        "Not compared with the same rows with their logits permuted: 1 by construction, "
        "a single row is the same in any order."
    )


def test_shares_of_zero_are_told_as_very_small():
    weight = random_chain(0)
    weight.values[:, 5, 0] = 0.0
    assert np.isfinite(random_logits(mean_of_heads(weight))["spread"]).all()


def test_wrong_requests_are_refused():
    rows = mean_of_heads(random_chain(0))
    with pytest.raises(ValueError, match="statistic out of largest, entropy; got 'peak'"):
        random_logits(rows, statistic="peak")
    with pytest.raises(ValueError, match="with the dims key, got head, layer, retrieved layer"):
        permuted_logits(Rows(rows.weight, "key"))
