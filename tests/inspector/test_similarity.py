"""Similarities of layers against formulas written another way, planted likeness, and chance."""

import itertools

import numpy as np
import pytest
import scipy.stats
import xarray as xr
from sklearn.metrics.pairwise import cosine_similarity

from inspector.measures import MEASURES, Resampling, adjusted, layer_similarity
from inspector.measures.layers import Layer
from inspector.progress import listening

BOTH = Resampling(interval=True, baseline=True, draws=199)
DEFINITIONS = ("per_image", "pooled", "centred")
LABELLED = [key for key, measure in MEASURES.items() if measure.labelled]


def layer(values):
    return xr.DataArray(values, dims=["sample", "channel"])


def random_layers(seed, images=8, channels=6, count=2):
    draws = np.random.default_rng(seed).normal(size=(count, images, channels))
    return {f"b.{place}": layer(values) for place, values in enumerate(draws)}


def cell(found, name="similarity"):
    return found[name].sel(layer="b.0", other_layer="b.1").item()


# --- the coefficients ---------------------------------------------------------------------------

COEFFICIENTS = {
    "pearson": lambda a, b: scipy.stats.pearsonr(a, b).statistic,
    "spearman": lambda a, b: scipy.stats.spearmanr(a, b).statistic,
    "cosine": lambda a, b: cosine_similarity([a], [b]).item(),
}


def by_hand(a, b, key, definition):
    of = COEFFICIENTS[key]
    if definition == "per_image":
        return np.mean([of(x, y) for x, y in zip(a, b, strict=True)])
    if definition == "centred":
        a, b = (v - np.mean(list(v), axis=0) for v in (a, b))
    return of(np.concatenate(list(a)), np.concatenate(list(b)))


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("key", LABELLED)
def test_coefficients_agree_with_scipy_and_scikit_learn(key, definition):
    layers = {name: values.round(1) for name, values in random_layers(0, count=3).items()}  # ties
    found = layer_similarity(layers, key, definition)
    for (a, one), (b, other) in itertools.product(layers.items(), repeat=2):
        got = found["similarity"].sel(layer=a, other_layer=b).item()
        assert got == pytest.approx(by_hand(one.values, other.values, key, definition), abs=1e-9)


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("key", LABELLED)
def test_a_draw_of_images_scores_as_if_no_others_had_been_seen(key, definition):
    values = 5 + np.random.default_rng(2).normal(size=(2, 8, 6))
    one, other = (Layer.of(layer(part)) for part in values)
    rows = np.array([[0, 1, 2, 3, 4, 5, 6, 7], [7, 7, 7, 0, 0, 3, 3, 3], [5, 2, 2, 2, 2, 2, 2, 2]])
    got = MEASURES[key].compare(one, other, definition).resampled(rows)
    expected = [by_hand(values[0][row], values[1][row], key, definition) for row in rows]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("key", LABELLED)
def test_one_image_again_and_again_has_no_deviation_from_its_mean(key):
    one, other = (Layer.of(values) for values in random_layers(3).values())
    compared = MEASURES[key].compare(one, other, "centred")
    assert np.isnan(compared.resampled(np.full((1, 8), 4))).all()


def hsic_over_quadruples(k, m):
    """The U-statistic itself: the mean of its kernel over all four different images."""
    quadruples = itertools.permutations(range(len(k)), 4)
    return np.mean([k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in quadruples])


def hsic_by_sums(k, m):
    """Song et al. 2012, equation 5, in explicit double and triple sums without the diagonal."""
    n = len(k)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    product = sum(k[i, j] * m[j, i] for i, j in pairs)
    apart = sum(k[i, j] for i, j in pairs) * sum(m[i, j] for i, j in pairs)
    chain = sum(k[i, j] * m[j, q] for i, j in pairs for q in range(n) if q != j)
    return (product + apart / ((n - 1) * (n - 2)) - 2 * chain / (n - 2)) / (n * (n - 3))


@pytest.mark.parametrize("hsic", [hsic_over_quadruples, hsic_by_sums])
@pytest.mark.parametrize("images", [4, 7])
def test_cka_agrees_with_explicit_sums_for_layers_of_other_widths(hsic, images):
    a = random_layers(1, images, 5)["b.0"]
    b = a.values[:, :3] ** 2 + random_layers(2, images, 3)["b.0"]
    k, m = (v.values @ v.values.T for v in (a, b))
    expected = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    found = layer_similarity({"b.0": a, "b.1": b}, "cka")
    assert cell(found) == pytest.approx(expected, abs=1e-9)
    assert cell(found, "n") == 3


def test_cka_is_blind_to_rotation_and_size_of_the_features():
    a = random_layers(0)["b.0"]
    rotation = scipy.stats.ortho_group.rvs(6, random_state=0)
    found = layer_similarity({"b.0": a, "b.1": layer(3 * a.values @ rotation + 5)}, "cka")
    assert cell(found) == pytest.approx(1.0, abs=1e-12)


def test_cka_of_unrelated_wide_layers_is_near_zero_where_the_plug_in_one_is_near_one():
    layers = random_layers(0, images=10, channels=2000)
    a, b = (v.values - v.values.mean(axis=0) for v in layers.values())
    k, m = a @ a.T, b @ b.T
    assert (k * m).sum() / np.linalg.norm(k) / np.linalg.norm(m) > 0.9
    assert abs(cell(layer_similarity(layers, "cka"))) < 0.3


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("key", MEASURES)
def test_equal_maps_agree_at_one_and_more_than_shuffled_ones(key, definition):
    one = random_layers(0)["b.0"]
    found = layer_similarity({"b.0": one, "b.1": one.copy()}, key, definition, BOTH)
    assert cell(found) == pytest.approx(1.0, abs=1e-12)
    assert cell(found, "low") == pytest.approx(1.0, abs=1e-12)
    assert cell(found, "baseline_high") < 0.9
    assert cell(found, "p") <= 0.02


# --- baseline -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", MEASURES)
def test_independent_maps_fall_inside_the_null_95_percent_of_the_time(key):
    """In 200 repeats: between 179 and 198, where 99.9 % of binomial counts of 0.95 lie."""
    repeats = [random_layers(seed, images=7, channels=4) for seed in range(200)]
    how = Resampling(baseline=True, draws=199)
    found = [layer_similarity(layers, key, "pooled", how) for layers in repeats]
    inside = sum(cell(data, "p") > 0.05 for data in found)
    low, high = scipy.stats.binom.interval(0.999, 200, 0.95)
    assert low <= inside <= high


def test_a_profile_that_ignores_the_image_is_alike_and_yet_no_more_than_shuffled():
    """The reason for the baseline: correlated at 0.99, on these images and on any others."""
    rng = np.random.default_rng(3)
    profile = rng.uniform(size=64)
    layers = {f"b.{i}": layer(profile + 1e-2 * rng.standard_normal((8, 64))) for i in range(2)}
    found = layer_similarity(layers, "pearson", "per_image", BOTH)
    assert cell(found) > 0.99
    assert cell(found, "baseline_low") < cell(found) < cell(found, "baseline_high")
    assert cell(found, "p") > 0.05


def test_the_baseline_of_five_images_is_that_of_all_their_orders():
    layers = random_layers(4, images=5)
    a, b = (values.values for values in layers.values())
    found = layer_similarity(layers, "pearson", "pooled", BOTH)
    orders = itertools.permutations(range(5))
    null = [np.corrcoef(a.ravel(), b[list(order)].ravel())[0, 1] for order in orders]
    tails = np.mean(null >= null[0] - 1e-12), np.mean(null <= null[0] + 1e-12)
    assert cell(found, "baseline") == pytest.approx(np.mean(null), abs=1e-12)
    assert cell(found, "baseline_low") == pytest.approx(np.quantile(null, 0.025), abs=1e-12)
    assert cell(found, "p") == pytest.approx(min(1, 2 * min(tails)), abs=1e-12)


def test_p_values_are_adjusted_once_for_each_pair_of_all_tables():
    p = {"s": [0.01, 0.04, np.nan], "t": [0.03]}  # of pairs (0, 1), (0, 2), (1, 2)
    tables = {name: symmetric(values) for name, values in p.items()}
    found = adjusted(tables)
    # Benjamini & Hochberg by hand: 0.01 x 3/1, 0.03 x 3/2, 0.04 x 3/3, none above a later one
    assert found["s"].values[0, 1] == found["s"].values[1, 0] == pytest.approx(0.03)
    assert found["t"].values[0, 1] == pytest.approx(0.04)
    assert found["s"].values[0, 2] == pytest.approx(0.04)
    assert np.isnan(found["s"].values[1, 2])
    assert np.isnan(np.diag(found["s"])).all()
    assert adjusted({}) == {}


def symmetric(pairs):
    size = {1: 2, 3: 3}[len(pairs)]
    values = np.full((size, size), np.nan)
    values[np.triu_indices(size, 1)] = pairs
    table = xr.DataArray(values, dims=["layer", "other_layer"])
    return table.fillna(table.T.values)


# --- intervals ----------------------------------------------------------------------------------


def covering(make, truth, *asked):
    """In how many of 100 repeats the interval holds the truth."""
    how = Resampling(interval=True, draws=499)
    found = [layer_similarity(make(np.random.default_rng(s)), *asked, how) for s in range(100)]
    return sum(cell(data, "low") <= truth <= cell(data, "high") for data in found)


def correlated(rng, images=8, rho=0.6):
    one, noise = rng.standard_normal((2, images, 20))
    return {"b.0": layer(one), "b.1": layer(rho * one + np.sqrt(1 - rho**2) * noise)}


def noisy(rng, images=12):
    """Layers whose linear CKA is 1/2 in the population: |I|^2 / (|I| |2 I|)."""
    one, noise = rng.standard_normal((2, images, 3))
    return {"b.0": layer(one), "b.1": layer(one + noise)}


@pytest.mark.parametrize(
    ("make", "truth", "asked"),
    [
        (correlated, 0.6, ("pearson", "pooled")),
        (correlated, 0.6, ("cosine", "centred")),
        (noisy, 0.5, ("cka", "per_image")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_intervals_of_few_images_hold_the_truth_about_95_percent_of_the_time(make, truth, asked):
    """In 100 repeats at least 86, below which 0.1 % of binomial counts of 0.95 lie."""
    assert covering(make, truth, *asked) >= scipy.stats.binom.ppf(0.001, 100, 0.95)


def test_an_interval_of_many_images_is_that_of_their_mean():
    layers = random_layers(5, images=200)
    each = [
        np.corrcoef(a, b)[0, 1]
        for a, b in zip(*(values.values for values in layers.values()), strict=True)
    ]
    error = np.std(each, ddof=1) / np.sqrt(200)
    found = layer_similarity(layers, resampling=Resampling(interval=True, draws=9999))
    assert cell(found, "low") == pytest.approx(np.mean(each) - 1.97 * error, abs=0.15 * error)
    assert cell(found, "high") == pytest.approx(np.mean(each) + 1.97 * error, abs=0.15 * error)


def test_a_jackknife_leaves_each_image_out_once():
    layers = random_layers(6, images=6)
    others = [
        cell(layer_similarity({k: v.drop_isel(sample=i) for k, v in layers.items()}, "cka"))
        for i in range(6)
    ]
    found = layer_similarity(layers, "cka", resampling=BOTH)
    error = np.sqrt(5 * np.var(others))
    expected = np.clip(cell(found) + scipy.stats.t.interval(0.95, 5)[1] * error, -1, 1)
    assert cell(found, "high") == pytest.approx(expected, abs=1e-12)


def test_means_over_pairs_take_all_or_neighbours_and_draw_the_same_images_for_each():
    layers = random_layers(7, count=4)
    found = layer_similarity(layers, resampling=BOTH)
    table = found["similarity"].values
    assert found["mean"].sel(pairs="all").item() == pytest.approx(
        np.mean(table[np.triu_indices(4, 1)]), abs=1e-12
    )
    assert found["mean"].sel(pairs="adjacent").item() == pytest.approx(
        np.mean(np.diag(table, 1)), abs=1e-12
    )
    assert found["pair_count"].values.tolist() == [6, 3]
    same = dict.fromkeys(["x", "y", "z"], layers["b.0"]) | {"b.1": layers["b.1"]}
    # of three pairs at 1 and three equal ones, the mean moves with the images half as far
    mixed = layer_similarity(same, resampling=BOTH)
    low = mixed["low"].sel(layer="x", other_layer="b.1").item()
    assert mixed["mean_low"].sel(pairs="all").item() == pytest.approx((1 + low) / 2, abs=1e-12)


def test_the_same_seed_draws_the_same():
    layers = random_layers(8)
    one, again, other = (
        layer_similarity(layers, resampling=Resampling(interval=True, baseline=True, seed=seed))
        for seed in (1, 1, 2)
    )
    xr.testing.assert_identical(one, again)
    assert cell(one, "low") != cell(other, "low")
    assert cell(one, "baseline") != cell(other, "baseline")
    assert (one.attrs["seed"], one.attrs["draws"], one.attrs["level"]) == (1, 999, 0.95)


# --- refusals -----------------------------------------------------------------------------------


def test_cka_is_refused_below_four_images_and_for_what_never_changes():
    three = layer_similarity(random_layers(0, images=3), "cka")
    assert np.isnan(three["similarity"]).all()
    assert cell(three, "reason") == "CKA needs at least 4 images, has 3"
    still = random_layers(0) | {"b.1": layer(np.tile(np.arange(6.0), (8, 1)))}
    found = layer_similarity(still, "cka")
    same = "zero variance: the values of a layer are the same for every image"
    assert cell(found, "reason") == same


def test_what_was_computed_from_a_capture_is_constant_within_the_capture_s_rounding():
    layers = random_layers(0)
    constant = np.random.default_rng(0).integers(-3, 4, size=(8, 6)) * np.finfo(np.float32).eps
    layers["b.0"] = layer(1 + constant)
    assert cell(layer_similarity(layers), "reason") == ""
    layers["b.0"].attrs["captured_as"] = "float32"
    assert cell(layer_similarity(layers), "reason").startswith("zero variance")
    assert cell(layer_similarity(layers, "cka"), "reason").startswith("zero variance")


def test_no_interval_and_no_baseline_below_five_images():
    found = layer_similarity(random_layers(0, images=4), resampling=BOTH)
    assert np.isfinite(cell(found))
    assert np.isnan([cell(found, name) for name in ("low", "high", "baseline", "p")]).all()
    assert cell(found, "untested") == "interval and baseline need at least 5 images, has 4"
    assert np.isnan(found["mean_low"]).all()


def test_a_layer_is_not_tested_against_itself():
    found = layer_similarity(random_layers(0), resampling=BOTH)
    for name in ("low", "p"):
        assert np.isfinite(found[name].values).tolist() == [[False, True], [True, False]]


def test_names_without_a_common_one_are_not_paired():
    layers = random_layers(0)
    named = {
        name: values.assign_coords(channel=[f"{name}: {i}" for i in range(6)])
        for name, values in layers.items()
    }
    found = layer_similarity(named)
    assert cell(found, "reason") == "channel: the two layers have none in common"
    assert np.isfinite(cell(layer_similarity(named, "cka")))


def test_images_without_a_coefficient_are_left_out_of_the_draws():
    layers = random_layers(9)
    layers["b.0"][2] = 0.5
    found = layer_similarity(layers, resampling=BOTH)
    rest = {name: values.drop_isel(sample=2) for name, values in layers.items()}
    without = layer_similarity(rest, resampling=BOTH)
    assert cell(found, "images") == 7
    assert cell(found) == pytest.approx(cell(without), abs=1e-12)
    assert cell(found, "p") == pytest.approx(cell(without, "p"), abs=1e-12)


def test_a_measure_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="pearson, spearman, cosine, cka; got 'kendall'"):
        layer_similarity(random_layers(0), "kendall")


def test_progress_is_told_pair_by_pair_and_a_listener_can_end_it():
    heard = []
    with listening(lambda *told: heard.append(told)):
        layer_similarity(random_layers(0, count=3))
    assert heard[0] == (0, 6, "pairs of layers")
    assert heard[-1] == (6, 6, "pairs of layers")

    def end(done, _total, _what):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), listening(end):
        layer_similarity(random_layers(0, count=3))
