"""Use of memory slots: planted dead and dominant ones are found, sums are what they must be."""

import numpy as np
import pytest
import xarray as xr

from inspector import measures

DIMS = ("sample", "head", "token", "slot")
DEAD, DOMINANT = 3, 1


def normalised(score):
    """Both normalisations, one loop for each sum: affinity and the softmax before it."""
    soft = np.zeros_like(score)
    affinity = np.zeros_like(score)
    for index in np.ndindex(score.shape[0], score.shape[1]):
        for slot in range(score.shape[3]):
            column = np.exp(score[index][:, slot] - score[index][:, slot].max())
            soft[index][:, slot] = column / column.sum()
        for token in range(score.shape[2]):
            row = soft[index][token]
            affinity[index][token] = row / (1e-9 + row.sum())
    return xr.DataArray(affinity, dims=DIMS), xr.DataArray(soft, dims=DIMS)


def planted(images=3):
    """Affinities in which slot 3 gets next to nothing and slot 1 leads at 8 of 10 tokens."""
    values = np.random.default_rng(0).uniform(0.5, 1, (images, 2, 10, 5))
    values[..., DEAD] = 1e-3
    values[:, :, :8, DOMINANT] = 4
    values[:, :, 8:, DOMINANT] = 0.1
    return xr.DataArray(values / values.sum(-1, keepdims=True), dims=DIMS)


def test_a_planted_dead_slot_and_a_planted_dominant_one_are_found():
    use = measures.slot_use(planted())
    assert np.flatnonzero(use["dead"]).tolist() == [DEAD]
    assert np.flatnonzero(use["dominant"]).tolist() == [DOMINANT]
    assert use["first_share"].values[DOMINANT] == pytest.approx(0.8)
    assert use.attrs == {
        "images": 3,
        "heads": 2,
        "tokens": 10,
        "unused_below": 0.1,
        "dominant_above": 0.5,
    }


def test_from_one_image_no_slot_is_called_dead():
    use = measures.slot_use(planted(images=1))
    assert np.flatnonzero(use["unused"]).tolist() == [DEAD]
    assert not use["dead"].any()


def test_a_slot_that_one_head_of_one_image_uses_is_not_dead():
    affinity = planted()
    affinity[1, 0, :, DEAD] = 0.5
    use = measures.slot_use(affinity)
    assert not use["unused"].any()
    assert use["highest_mass"].values[DEAD] == pytest.approx(0.5 * 5)


def test_thresholds_decide():
    use = measures.slot_use(planted(), unused_below=1e-4, dominant_above=0.85)
    assert not use["dead"].any()
    assert not use["dominant"].any()


def test_relative_mass_is_one_where_all_get_the_same_and_sums_to_the_slots():
    even = xr.DataArray(np.full((2, 1, 6, 4), 0.25), dims=DIMS)
    np.testing.assert_allclose(measures.relative_mass(even), 1, rtol=1e-12)
    affinity = planted()
    expected = [affinity.values[0, 1, :, s].sum() / (10 / 5) for s in range(5)]
    np.testing.assert_allclose(measures.relative_mass(affinity)[0, 1], expected, rtol=1e-12)
    np.testing.assert_allclose(measures.relative_mass(affinity).sum("slot"), 5, rtol=1e-12)


def test_slots_that_tie_share_their_token():
    rows = [[0.4, 0.4, 0.2], [0.1, 0.2, 0.7]]
    share = measures.first_share(xr.DataArray([[rows]], dims=DIMS))
    np.testing.assert_allclose(share.values.ravel(), [0.25, 0.25, 0.5])


def test_an_even_memory_has_no_dominant_slot():
    even = xr.DataArray(np.full((2, 1, 6, 1), 0.25).repeat(4, -1), dims=DIMS)
    assert not measures.slot_use(even, dominant_above=0.3)["dominant"].any()


def test_rows_sum_to_one_but_for_what_the_epsilon_takes():
    score = np.random.default_rng(2).normal(size=(2, 2, 7, 4))
    score[0, 0, 3] = -60  # no slot looks at this token
    affinity, soft = normalised(score)
    sums = measures.row_sums(affinity)
    assert sums.dims == ("sample", "head", "token")
    assert sums.values[0, 0, 3] < 1e-6
    np.testing.assert_allclose(np.delete(sums.values[0, 0], 3), 1, atol=1e-7)
    assert abs(measures.row_residual(affinity, soft)).max() < 1e-12
    np.testing.assert_allclose(soft.sum("token"), 1)
    assert float(abs(affinity.sum("token") - 7 / 4).max()) > 0.01  # what nothing normalises


def test_a_residual_tells_of_another_normalisation():
    affinity, soft = normalised(np.random.default_rng(2).normal(size=(1, 1, 7, 4)))
    assert abs(measures.row_residual(0.9 * affinity, soft)).max() == pytest.approx(0.1, abs=1e-6)


def test_slot_shares_make_an_entropy_of_rows_below_one():
    rows = np.array([[0.25, 0.25, 0, 0], [0, 0, 0, 0.5], [0, 0, 0, 0]])
    shares = measures.slot_shares(xr.DataArray([[rows]], dims=DIMS))
    used = measures.effective_number(shares, "slot").values.ravel()
    np.testing.assert_allclose(used, [2, 1, np.nan])


def test_affinities_without_heads_are_refused():
    with pytest.raises(ValueError, match=r"over sample, head, token, slot, got sample, token"):
        measures.slot_use(planted().isel(head=0, slot=0))


# --- ranking ----------------------------------------------------------------------------------


def test_the_strongest_entries_come_with_their_labels():
    values = xr.DataArray(
        [[[1.0, 9.0], [np.nan, 3.0]], [[7.0, 2.0], [9.0, 0.0]]],
        dims=["sample", "y", "x"],
        coords={"sample": [4, 6]},
    )
    found = measures.strongest(values, 3)
    assert found["value"].values.tolist() == [9, 9, 7]
    places = zip(*(found[dim].values.tolist() for dim in ("rank", "sample", "y", "x")), strict=True)
    assert list(places) == [(1, 4, 0, 1), (2, 6, 1, 0), (3, 6, 0, 0)]


def test_no_more_entries_are_ranked_than_there_are():
    found = measures.strongest(xr.DataArray([2.0, np.nan, 5.0], dims=["x"]), 9)
    assert found["x"].values.tolist() == [2, 0]
    with pytest.raises(ValueError, match="at least 1 entry, got 0"):
        measures.strongest(xr.DataArray([2.0], dims=["x"]), 0)
