"""Measures of retrieval against loops over numbers, and decompositions against their wholes."""

import math

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from hooks import stack
from inspector import measures
from inspector.measures import Term

NAMES = ["s.0", "s.1", "s.2", "s.10"]


def triangle(seed=0, heads=2):
    """Rows of 1 to 4 shares (layer, head, retrieved_layer), NaN beyond reach."""
    values = np.full((4, heads, 4), np.nan)
    rng = np.random.default_rng(seed)
    for t in range(4):
        values[t, :, : t + 1] = rng.dirichlet(np.ones(t + 1), size=heads)
    dims = ("layer", "head", "retrieved_layer")
    return xr.DataArray(values, dims=dims, coords={"layer": NAMES, "retrieved_layer": NAMES})


def even():
    return measures.uniform_weight(triangle(), "retrieved_layer")


# --- rows -------------------------------------------------------------------------------------


def test_distance_is_the_weighted_number_of_layers_back():
    weight = triangle()
    found = measures.retrieval_distance(weight)
    assert found.dims == ("layer", "head")
    for t in range(4):
        for h in range(2):
            by_hand = sum(weight.values[t, h, s] * (t - s) for s in range(t + 1))
            assert found.values[t, h] == pytest.approx(by_hand, abs=1e-12)
    np.testing.assert_allclose(measures.retrieval_distance(even())[:, 0], [0, 0.5, 1, 1.5])


def test_distance_keeps_counting_layers_when_rows_are_left_out():
    weight = triangle()
    found = measures.retrieval_distance(weight.isel(layer=[3]))
    assert found.equals(measures.retrieval_distance(weight).isel(layer=[3]))


def test_distance_refuses_what_is_no_stack_of_a_chain():
    with pytest.raises(ValueError, match=r"got head, retrieved layer: stack the layers of a chain"):
        measures.retrieval_distance(triangle()[0])
    with pytest.raises(ValueError, match=r"'s\.10' is not: stack whole chains"):
        measures.retrieval_distance(triangle().isel(retrieved_layer=slice(3)))


def test_ratio_to_uniform_is_the_weight_times_the_length_of_its_row():
    weight = triangle()
    found = measures.ratio_to_uniform(weight)
    for t in range(4):
        np.testing.assert_allclose(found[t, :, : t + 1], weight[t, :, : t + 1] * (t + 1))
    assert found.isnull().equals(weight.isnull())
    np.testing.assert_allclose(measures.ratio_to_uniform(even()).values[3], 1.0)


def test_retrieved_norm_is_the_norm_of_the_weighted_value():
    weight = triangle()
    value = np.random.default_rng(1).standard_normal((4, 2, 3, 5))  # layer, head, channel, place
    norm = xr.DataArray(
        np.linalg.norm(value, axis=(2, 3)), dims=("layer", "head"), coords={"layer": NAMES}
    )
    found = measures.retrieved_norm(weight, norm)
    assert found.dims == weight.dims
    for t, h, s in np.argwhere(weight.notnull().values):
        by_hand = np.sqrt(((weight.values[t, h, s] * value[s, h]) ** 2).sum())
        assert found.values[t, h, s] == pytest.approx(by_hand, rel=1e-12)
    assert found.isnull().equals(weight.isnull())


def test_divergence_of_neighbours_is_that_of_scipy_on_what_both_reach():
    weight = triangle()
    found = measures.neighbour_divergence(weight)
    assert found["divergence"].isel(layer=0).isnull().all()
    for t in range(1, 4):
        for h in range(2):
            p, q = weight.values[t - 1, h, :t], weight.values[t, h, :t]
            expected = scipy.stats.entropy(p, q)  # it divides both by their sums
            assert found["divergence"].values[t, h] == pytest.approx(expected, abs=1e-12)
            assert found["shared"].values[t, h] == pytest.approx(1 - weight.values[t, h, t])
    assert found["reach"].values[:, 0].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(found["divergence"][1], 0, atol=1e-15)
    np.testing.assert_allclose(measures.neighbour_divergence(even())["divergence"][1:], 0)


def test_divergence_tells_apart_what_cannot_be_compared_and_what_differs_without_bound():
    weight = triangle(heads=1)
    weight[2, 0, :] = [0, 0, 1, np.nan]  # nothing of what the row before reaches
    weight[3, 0, :] = [0.5, 0, 0.25, 0.25]
    found = measures.neighbour_divergence(weight)["divergence"].values[:, 0]
    assert np.isnan(found[2])
    assert found[3] == math.log(1 / (1 / 3))  # p is certain of s.2, which q gives a third
    weight[2, 0, :] = [0.5, 0.5, 0, np.nan]
    assert measures.neighbour_divergence(weight)["divergence"].values[3, 0] == math.inf


def test_key_similarity_is_the_cosine_of_every_two_layers_head_by_head():
    values = np.random.default_rng(0).standard_normal((4, 2, 6))
    values[3, 1] = 0
    key = xr.DataArray(values, dims=("layer", "head", "feature"), coords={"layer": NAMES})
    found = measures.key_similarity(key)
    assert found.dims == ("layer", "other_layer", "head")
    for a in range(4):
        for b in range(4):
            x, y = values[a, 0], values[b, 0]
            cosine = x @ y / math.sqrt((x @ x) * (y @ y))
            assert found.values[a, b, 0] == pytest.approx(cosine, abs=1e-12)
    assert np.isnan(found.values[3, :, 1]).all()
    assert np.isfinite(found.values[:3, :3]).all()


# --- terms ------------------------------------------------------------------------------------


def random_terms(count=3, shape=(6, 2, 3)):
    rng = np.random.default_rng(0)
    return [Term("value", f"s.{i}", "w V", rng.standard_normal(shape)) for i in range(count)]


def whole_of(terms):
    return xr.DataArray(sum(term.values for term in terms), dims=("channel", "y", "x"))


def test_a_decomposition_measures_each_term_as_defined():
    terms = random_terms()
    whole = whole_of(terms)
    found = measures.decomposed(terms, whole, channels=slice(2, 5))
    o = whole.values[2:5]
    for place, term in enumerate(terms):
        part, row = term.values[2:5], found.isel(term=place)
        assert (row["kind"].item(), row["source"].item()) == ("value", f"s.{place}")
        for y in range(2):
            for x in range(3):
                here, out = part[:, y, x], o[:, y, x]
                at = row.isel(y=y, x=x)
                assert at["norm"].item() == pytest.approx(math.hypot(*here))
                assert at["total"].item() == pytest.approx(sum(here))
                assert at["along"].item() == pytest.approx(here @ out / math.hypot(*out))
        assert row["size"].item() == pytest.approx(math.hypot(*part.ravel()))
        assert row["share"].item() == pytest.approx((part * o).sum() / (o * o).sum())


def test_a_decomposition_adds_up_to_its_whole():
    terms = random_terms()
    whole = whole_of(terms)
    found = measures.decomposed(terms, whole)
    assert found.attrs["residual"] < 1e-15
    assert found["share"].sum().item() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(found["total"].sum("term"), whole.sum("channel"), atol=1e-12)
    lengths = (whole**2).sum("channel") ** 0.5
    np.testing.assert_allclose(found["along"].sum("term"), lengths, atol=1e-12)


@pytest.mark.parametrize("unit", [10, 1e-6])
def test_a_missing_term_is_a_residual_in_any_head_and_unit(unit):
    terms = random_terms()
    whole = whole_of(terms) * unit
    short = [Term(t.kind, t.source, t.formula, t.values * unit) for t in terms[:2]]
    found = measures.decomposed(short, whole, channels=slice(0, 1))
    expected = abs(terms[2].values).max() * unit / abs(whole.values).max()
    assert found.attrs["residual"] == pytest.approx(expected)


def test_a_whole_of_zeros_has_no_shares():
    nothing = xr.DataArray(np.zeros((6, 2, 3)), dims=("channel", "y", "x"))
    found = measures.decomposed(random_terms(), nothing)
    assert found["share"].isnull().all()
    assert (found["along"] == 0).all()


def test_measures_read_what_is_captured(inspected):
    """The arrays of a capture have the dims that the measures ask for."""
    chain = stack(inspected("resnet50_mrlab").attention["mrla"], "stages.2")
    size = measures.retrieved_norm(chain["weight"], chain["value_norm"])
    assert size.dims == chain["weight"].dims
    assert measures.retrieval_distance(chain["weight"]).dims == ("layer", "sample", "head")
    similar = measures.key_similarity(chain["key"])
    assert similar.dims == ("layer", "other_layer", "sample", "head")
