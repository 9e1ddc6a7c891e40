"""The measures against formulas written another way, on tiny seeded arrays."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from inspector import measures

DEFINITIONS = ("per_image", "pooled", "centred")


def row(*shares, dim="retrieved_layer"):
    return xr.DataArray(np.array(shares, dtype=np.float32), dims=[dim])


def gates(seed, images=5, channels=7, dtype=np.float32):
    values = np.random.default_rng(seed).uniform(size=(images, channels)).astype(dtype)
    return xr.DataArray(values, dims=["sample", "channel"])


# --- spread -----------------------------------------------------------------------------------


def test_entropy_agrees_with_scipy_on_ragged_rows():
    weight = np.full((4, 2, 4), np.nan)
    for t in range(1, 5):
        weight[t - 1, :, :t] = np.random.default_rng(t).dirichlet(np.ones(t), size=2)
    found = measures.entropy(xr.DataArray(weight, dims=["layer", "head", "retrieved"]), "retrieved")
    expected = [[scipy.stats.entropy(weight[t, h, : t + 1]) for h in range(2)] for t in range(4)]
    assert found.dims == ("layer", "head")
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("t", [1, 2, 5, 23])
def test_even_shares_have_entropy_log_t_and_effective_number_t(t):
    even = row(*[1 / t] * t)
    assert measures.entropy(even, "retrieved_layer").item() == pytest.approx(math.log(t), abs=1e-6)
    assert measures.effective_number(even, "retrieved_layer").item() == pytest.approx(t, rel=1e-6)


def test_one_certain_label_has_entropy_zero_not_nan():
    assert measures.entropy(row(0, 1, 0), "retrieved_layer").item() == 0.0


def test_a_row_without_any_share_has_no_entropy():
    assert np.isnan(measures.entropy(row(np.nan, np.nan), "retrieved_layer"))


def test_entropy_refuses_signed_weights_and_shares_that_do_not_sum_to_one():
    with pytest.raises(ValueError, match=r"signed weights have no entropy"):
        measures.entropy(row(1.5, -0.5), "retrieved_layer")
    with pytest.raises(ValueError, match=r"sum to 1 along 'retrieved_layer', got sums from 0\.8 "):
        measures.entropy(row(0.5, 0.3), "retrieved_layer")
    with pytest.raises(ValueError, match=r"expected a dim 'slot' to sum over, got retrieved layer"):
        measures.entropy(row(1.0), "slot")


def test_uniform_weight_counts_only_labels_within_reach():
    weight = xr.DataArray([[1.0, np.nan], [0.9, 0.1]], dims=["layer", "retrieved_layer"])
    found = measures.uniform_weight(weight, "retrieved_layer")
    assert found.dims == weight.dims
    np.testing.assert_array_equal(found, [[1.0, np.nan], [0.5, 0.5]])


def test_slot_mass_sums_over_tokens_and_totals_the_tokens():
    raw = np.random.default_rng(0).uniform(size=(1, 2, 9, 4))
    shared = raw / raw.sum(axis=-1, keepdims=True)
    affinity = xr.DataArray(shared, dims=["sample", "head", "token", "slot"])
    mass = measures.slot_mass(affinity)
    expected = [[sum(shared[0, h, n, s] for n in range(9)) for s in range(4)] for h in range(2)]
    np.testing.assert_allclose(mass[0], expected, rtol=1e-12)
    np.testing.assert_allclose(mass.sum("slot"), 9.0, rtol=1e-12)


def test_quantiles_agree_with_sorting_and_skip_what_is_missing():
    values = xr.DataArray([[3.0, 1.0, 2.0, np.nan], [np.nan] * 4], dims=["layer", "channel"])
    found = measures.quantiles(values, "channel", (0.0, 0.25, 0.5, 1.0))
    np.testing.assert_allclose(found.sel(quantile=[0, 0.5, 1]).isel(layer=0), [1, 2, 3])
    assert found.sel(quantile=0.25).isel(layer=0).item() == 1.5  # halfway from 1 to 2
    assert found.isel(layer=1).isnull().all()


# --- correlation of layers --------------------------------------------------------------------


def by_hand(a, b, definition):
    if definition == "per_image":
        return np.mean([np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)])
    if definition == "pooled":
        return np.corrcoef(np.concatenate(list(a)), np.concatenate(list(b)))[0, 1]
    flat_a = [v - a[:, c].mean() for c in range(a.shape[1]) for v in a[:, c]]
    flat_b = [v - b[:, c].mean() for c in range(b.shape[1]) for v in b[:, c]]
    return scipy.stats.pearsonr(flat_a, flat_b).statistic


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_correlation_agrees_with_numpy_and_scipy_pair_by_pair(definition):
    layers = {f"b.{i}": gates(i, dtype=np.float64) for i in range(3)}
    found = measures.inter_layer_correlation(layers, definition)
    for (a, one), (b, other) in itertools.product(layers.items(), repeat=2):
        got = found["correlation"].sel(layer=a, other_layer=b).item()
        assert got == pytest.approx(by_hand(one.values, other.values, definition), abs=1e-12)
    assert (found["n"] == (7 if definition == "per_image" else 35)).all()
    assert (found["images"] == 5).all()
    assert (found["reason"] == "").all()


def test_layers_keep_depth_order_not_text_order():
    layers = {name: gates(i) for i, name in enumerate(["b.2", "b.10", "b.1"])}
    found = measures.inter_layer_correlation(layers)
    assert list(found["layer"].values) == ["b.2", "b.10", "b.1"]


def test_a_gate_that_ignores_the_image_correlates_only_before_centring():
    """The reason for the third definition: one channel profile, images unrelated between layers."""
    rng = np.random.default_rng(3)
    profile = rng.uniform(size=64)
    noise = 1e-3 * rng.standard_normal((2, 40, 64))
    layers = {
        str(i): xr.DataArray(profile + noise[i], dims=["sample", "channel"]) for i in range(2)
    }
    scores = {
        d: measures.inter_layer_correlation(layers, d)["correlation"][0, 1].item()
        for d in DEFINITIONS
    }
    assert scores["per_image"] > 0.99
    assert scores["pooled"] > 0.99
    assert abs(scores["centred"]) < 0.1


def test_rows_of_different_reach_are_compared_on_the_layers_both_reach():
    names = np.array(["s.0", "s.1", "s.2", "s.3"])
    values = np.random.default_rng(1).uniform(size=(2, 2, 3, 4))
    short = xr.DataArray(
        values[0][..., :2],
        dims=["sample", "head", "retrieved_layer"],
        coords={"retrieved_layer": names[:2]},
    )
    long = xr.DataArray(
        values[1][..., ::-1],
        dims=["sample", "head", "retrieved_layer"],
        coords={"retrieved_layer": names[::-1]},
    )
    found = measures.inter_layer_correlation({"s.1": short, "s.3": long})
    expected = by_hand(
        values[0][..., :2].reshape(2, -1), values[1][..., :2].reshape(2, -1), "per_image"
    )
    assert found["correlation"][0, 1].item() == pytest.approx(expected, abs=1e-12)
    assert found["n"].values.tolist() == [[6, 6], [6, 12]]


def test_padding_is_left_out_and_counted():
    a, b = gates(0, dtype=np.float64), gates(1, dtype=np.float64)
    found = measures.inter_layer_correlation({"a": a.where(a.channel < 4), "b": b})
    expected = by_hand(a.values[:, :4], b.values[:, :4], "per_image")
    assert found["correlation"][0, 1].item() == pytest.approx(expected, abs=1e-12)
    assert found["n"][0, 1] == 4


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_constant_layer_has_no_correlation_even_with_float_noise(definition):
    noise = 1 + np.random.default_rng(0).integers(-3, 4, size=(5, 7)) * np.finfo(np.float32).eps
    constant = gates(0).copy(data=np.float32(0.25) * noise.astype(np.float32))
    found = measures.inter_layer_correlation({"flat": constant, "b": gates(1)}, definition)
    assert np.isnan(found["correlation"][0]).all()
    same = "the same for every image" if definition == "centred" else "all the same"
    assert (found["reason"][0] == f"zero variance: the values of a layer are {same}").all()
    assert found["correlation"][1, 1].item() == pytest.approx(1.0, abs=1e-12)


def test_an_image_without_variance_is_left_out_of_the_mean_and_counted():
    a, b = gates(0, dtype=np.float64), gates(1, dtype=np.float64)
    a[2] = 0.5
    found = measures.inter_layer_correlation({"a": a, "b": b})
    kept = [0, 1, 3, 4]
    expected = by_hand(a.values[kept], b.values[kept], "per_image")
    assert found["correlation"][0, 1].item() == pytest.approx(expected, abs=1e-12)
    assert found["images"][0, 1] == 4


def test_too_few_values_or_images_give_a_reason():
    two = measures.inter_layer_correlation({"a": gates(0, channels=2), "b": gates(1, channels=2)})
    assert two["reason"][0, 1] == "needs at least 3 shared values, has 2"
    one = measures.inter_layer_correlation(
        {"a": gates(0, images=1), "b": gates(1, images=1)}, "centred"
    )
    assert one["reason"][0, 1] == "needs at least 2 images"
    assert np.isnan(two["correlation"]).all()
    assert np.isnan(one["correlation"]).all()


def test_numbered_axes_of_different_length_do_not_correspond():
    found = measures.inter_layer_correlation({"a": gates(0, channels=4), "b": gates(1, channels=8)})
    assert found["reason"][0, 1] == "channel: 4 and 8 do not correspond"
    assert np.isfinite(found["correlation"].values).tolist() == [[True, False], [False, True]]
    other = measures.inter_layer_correlation({"a": gates(0), "b": gates(1).rename(channel="head")})
    assert other["reason"][0, 1] == "different axes: sample, channel and sample, head"


def test_correlation_refuses_what_cannot_be_paired():
    with pytest.raises(ValueError, match=r"per_image, pooled, centred; got 'cka'"):
        measures.inter_layer_correlation({"a": gates(0)}, "cka")
    with pytest.raises(ValueError, match=r"'b' and 'a' were captured from different images"):
        measures.inter_layer_correlation({"a": gates(0), "b": gates(1, images=4)})
    with pytest.raises(ValueError, match=r"expected a dim 'sample' in 'a', got channel"):
        measures.inter_layer_correlation({"a": gates(0)[0]})
    with pytest.raises(ValueError, match=r"at least one layer"):
        measures.inter_layer_correlation({})


def test_pair_mean_takes_each_pair_once_and_skips_what_is_undefined():
    matrix = np.array([[1, 0.5, np.nan], [0.5, 1, 0.1], [np.nan, 0.1, 1]])
    correlation = xr.DataArray(matrix, dims=["layer", "other_layer"])
    assert measures.pair_mean(correlation) == pytest.approx(0.3)
    assert math.isnan(measures.pair_mean(correlation[:1, :1]))


def test_the_matrix_of_a_whole_stage_is_symmetric_with_ones_on_the_diagonal():
    layers = {str(i): gates(i, images=3, channels=64) for i in range(18)}
    matrix = measures.inter_layer_correlation(layers)["correlation"].values
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_allclose(np.diag(matrix), 1.0, atol=1e-12)
