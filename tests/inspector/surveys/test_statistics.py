from itertools import permutations

import numpy as np
import pytest

from inspector.surveys import statistics, store
from inspector.surveys.columns import Block, Columns, by_class, profile
from inspector.surveys.extremes import KEPT
from inspector.surveys.histograms import LEVELS, quantiles
from inspector.surveys.scales import edges, laid, values_at
from inspector.surveys.statistics import Seen, Skipped, Statistics, Tally

IMAGES, CLASSES = 90, 4
TOLD = {"long_name": "quantity", "units": "1"}
COLUMNS = Columns(
    (
        Block("m", "a", "weight", ("head", "retrieved_layer"), ((0, 1), ("a", "b")), TOLD, "log"),
        Block("m", "a", "gate", ("channel",), ((0, 1, 2),), TOLD),
        Block("m", "a", "free", (), (), TOLD, "signed"),
        Block("m", "a", "seen", ("key",), ((0, 1),), TOLD),
        Block("m", "b", "gate", ("channel",), ((0, 1, 2),), TOLD),
        Block("m", "c", "gate", ("channel",), ((0, 1, 2),), TOLD),
    )
)


@pytest.fixture(scope="module")
def seen():
    rng = np.random.default_rng(0)
    matrix = rng.random((IMAGES, COLUMNS.size)).astype(np.float32)
    matrix[:, 7] = 50 * rng.standard_normal(IMAGES)  # the one without bounds
    matrix[::3, 5] = 0.5  # many that tie
    matrix[:, 13:] = 0.25  # a layer that does not move
    labels = rng.integers(-1, CLASSES, IMAGES)
    taken = rng.integers(0, CLASSES, IMAGES)
    correct = np.where(labels < 0, -1, labels == taken)
    return Seen(matrix, tuple(f"{i:02d}" for i in rng.permutation(IMAGES)), labels, taken, correct)


def part(seen, rows):
    keys = tuple(np.array(seen.keys)[rows])
    arrays = (seen.labels[rows], seen.taken[rows], seen.correct[rows])
    return Statistics.of(COLUMNS, Seen(seen.matrix[rows], keys, *arrays))


@pytest.fixture(scope="module")
def whole(seen):
    return Statistics.of(COLUMNS, seen)


def test_moments_are_numpys_by_group(seen, whole):
    for group in range(3):
        rows = seen.matrix[seen.correct + 1 == group].astype(np.float64)
        np.testing.assert_allclose(whole.moments.mean[group], rows.mean(0), rtol=1e-9)
        np.testing.assert_allclose(whole.moments.variance()[group], rows.var(0, ddof=1), rtol=1e-9)
        np.testing.assert_array_equal(whole.moments.low[group], rows.min(0))
        np.testing.assert_array_equal(whole.moments.high[group], rows.max(0))


def test_covariance_is_numpys_over_means_of_heads_and_channels(seen, whole):
    wide = seen.matrix.astype(np.float64)
    edges_ = wide[:, :4].reshape(-1, 2, 2).mean(1)
    gates = [wide[:, at : at + 3].mean(1) for at in (4, 10, 13)]
    chosen = np.column_stack([edges_, gates[0], wide[:, 7], *gates[1:]])
    dims = [block.dims for block in profile(COLUMNS).columns.blocks]
    assert dims == [("retrieved_layer",), (), (), (), ()]
    np.testing.assert_allclose(whole.products.covariance(), np.cov(chosen.T), rtol=1e-9)


def test_classes_are_numpys(seen, whole):
    wide = seen.matrix.astype(np.float64)
    gates = [wide[:, at : at + 3].mean(1) for at in (4, 10, 13)]
    chosen = np.column_stack([wide[:, :4], gates[0], wide[:, 7], *gates[1:]])
    assert by_class(COLUMNS).columns.size == chosen.shape[1]
    assert whole.classes.known.tolist() == list(range(CLASSES))
    for label in range(CLASSES):
        rows = chosen[seen.labels == label]
        np.testing.assert_allclose(whole.classes.mean[label], rows.mean(0), rtol=1e-9)
        found = whole.classes.squares[label] / (len(rows) - 1)
        np.testing.assert_allclose(found, rows.var(0, ddof=1), rtol=1e-9)


def test_kinship_is_the_correlation_of_layers_with_the_same_labels(seen, whole):
    one, other = (seen.matrix[:, at : at + 3].astype(np.float64) for at in (4, 10))
    pooled = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    centred = np.corrcoef((one - one.mean(0)).ravel(), (other - other.mean(0)).ravel())[0, 1]
    (found,) = whole.kinship.correlations()
    np.testing.assert_allclose(found["pooled"][0, 1], pooled, rtol=1e-9)
    np.testing.assert_allclose(found["centred"][0, 1], centred, rtol=1e-9)
    assert np.isnan(found["centred"][2]).all()
    np.testing.assert_allclose(np.diag(found["pooled"])[:2], 1)


def test_confusion_counts_pairs(seen, whole):
    table = whole.confusion.table(CLASSES, CLASSES)
    pairs = list(zip(seen.labels.tolist(), seen.taken.tolist(), strict=True))
    expected = [[pairs.count((label, at)) for at in range(CLASSES)] for label in range(CLASSES)]
    assert table.tolist() == expected


def test_a_quantile_lies_within_a_bin_of_numpys(seen, whole):
    counts = whole.histograms.counts.sum(0)
    limits = whole.moments.at(0).merged(whole.moments.at(1)).merged(whole.moments.at(2))
    for block, span in zip(COLUMNS.blocks, COLUMNS.spans(), strict=True):
        held = limits.at(0)
        of_block = type(held)(held.count, *(a[:, span] for a in _arrays(held)))
        found = quantiles(counts[span], block, of_block)
        exact = np.quantile(seen.matrix[:, span], LEVELS, axis=0, method="inverted_cdf")
        bins = np.searchsorted(edges(block), np.stack([found, exact]), side="right")
        assert abs(np.diff(bins, axis=0)).max() <= 1


def _arrays(moments):
    return moments.mean, moments.squares, moments.low, moments.high


def test_histograms_are_numpys(seen, whole):
    block, span = COLUMNS.blocks[1], COLUMNS.spans()[1]
    for column in range(3):
        values = seen.matrix[:, span][:, column].astype(np.float64)
        expected, _ = np.histogram(values, bins=edges(block)[1:-1])
        assert whole.histograms.counts.sum(0)[span][column, 1:-1].tolist() == expected.tolist()


@pytest.mark.parametrize("block", COLUMNS.blocks[:3], ids=lambda block: block.scale)
def test_a_scale_goes_both_ways(block):
    shares = np.linspace(0.01, 0.99, 33)
    np.testing.assert_allclose(laid(values_at(shares, block), block), shares, rtol=1e-6)


def test_what_is_all_there_is_counts_in_the_last_bin():
    block = COLUMNS.blocks[1]
    assert laid(np.array([1.0, np.float32(1.0000001)]), block).max() < 1
    assert laid(np.array([1.01]), block)[0] > 1


def test_extremes_are_the_first_and_last_of_a_sorted_list(seen, whole):
    gate = seen.matrix[:, 4:7].astype(np.float64).mean(1)
    lowest = sorted(zip(gate.tolist(), seen.keys, strict=True))[:KEPT]
    highest = sorted(zip((-gate).tolist(), seen.keys, strict=True))[:KEPT]
    found = whole.extremes.key_at()[:, :, 2].tolist()
    assert found == [[key for _, key in lowest], [key for _, key in highest]]


def test_pictures_with_the_same_value_stand_by_key():
    matrix = np.zeros((KEPT + 5, COLUMNS.size), np.float32)
    keys = tuple(f"{i:02d}" for i in reversed(range(len(matrix))))
    labels = np.full(len(keys), -1)
    found = Statistics.of(COLUMNS, Seen(matrix, keys, labels, labels, None)).extremes
    assert found.key_at()[0, :, 0].tolist() == sorted(keys)[:KEPT]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_parts_add_up_in_any_order(seen, whole, order):
    rows = [np.arange(0, 7), np.arange(7, 61), np.arange(61, IMAGES)]
    first, *others = (part(seen, rows[place]) for place in order)
    merged = first
    for other in others:
        merged = merged.merged(other)
    expected, found = whole.arrays(), merged.arrays()
    for name, array in expected.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(found[name], array, rtol=1e-6, atol=1e-12, err_msg=name)
        else:
            np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_a_part_with_few_pictures_has_few_extremes(seen):
    few = part(seen, np.arange(3))
    assert np.isnan(few.extremes.values[:, 3:]).all()
    assert (few.extremes.key_at()[:, 3:] == "").all()
    both = few.merged(part(seen, np.arange(3, 5)))
    assert np.isfinite(both.extremes.values[:, :5]).all()


def test_a_tally_comes_back_as_it_was_written(whole):
    tally = Tally(Skipped.of([("x", "why")]), 0.5, COLUMNS, whole, {"m": {"a": {"depth": 0}}})
    again = Tally.of_arrays(tally.arrays())
    assert again.columns == COLUMNS
    assert (again.about, again.verified_error) == (tally.about, 0.5)
    assert again.skipped.told.tolist() == [["x", "why"]]
    ours, theirs = tally.arrays(), again.arrays()
    assert ours.keys() == theirs.keys()
    assert all(
        np.array_equal(ours[name], theirs[name], equal_nan=True) for name in ours if name != "told"
    )


def test_counts_that_were_written_narrow_do_not_run_over(whole):
    tally = Tally(Skipped.of([]), 0.0, COLUMNS, whole)
    many = Tally.of_arrays(tally.arrays())
    for _ in range(4):
        many = many.merged(Tally.of_arrays(tally.arrays()))
    assert many.pictures == 5 * IMAGES
    assert many.statistics.confusion.count.sum() == 5 * IMAGES
    assert many.statistics.histograms.counts.sum() == 5 * IMAGES * COLUMNS.size


def test_a_tally_without_pictures_adds_its_skipped_ones(whole):
    tally = Tally(Skipped.of([("b", "why")]), 0.0, COLUMNS, whole)
    none = Tally(Skipped.of([("a", "cut off")]))
    for one, two in ((none, tally), (tally, none)):
        assert one.merged(two).pictures == IMAGES
        assert len(one.merged(two).skipped.told) == 2


def test_other_columns_are_refused(whole):
    tally = Tally(Skipped.of([]), 0.0, COLUMNS, whole)
    other = Tally(Skipped.of([]), 0.0, Columns(COLUMNS.blocks[::-1]), whole)
    with pytest.raises(ValueError, match="same layers and quantities of every picture"):
        tally.merged(other)


def test_a_store_names_what_its_arrays_are_of(whole):
    tally = Tally(Skipped.of([]), 0.0, COLUMNS, whole)
    labels = tuple(f"label {place}" for place in range(CLASSES))
    tree = store.tree_of(store.Found(tally, labels, labels, Skipped.of([])), {"model": "none"})
    weight = tree["m/a"]["weight_mean"]
    assert weight.dims == ("split", "head", "retrieved_layer")
    assert weight["retrieved_layer"].values.tolist() == ["a", "b"]
    kin = tree["kinship/0"]
    assert kin["layer"].values.tolist() == ["a", "b", "c"]
    assert (kin.attrs["mechanism"], kin.attrs["quantity"]) == ("m", "gate")
    np.testing.assert_allclose(
        tree["m/a"]["weight_class_mean"].sel({"class": "label 1"}).values.ravel(),
        whole.classes.mean[1, :4],
    )
    assert tree["profile"]["label"].values.tolist()[:2] == ["a", "b"]
    assert tree.attrs["images"] == IMAGES


def test_of_very_many_skipped_items_the_first_are_named_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(statistics, "NAMED", 4)
    told = [(f"{number}.png", "cut off") for number in range(9)]
    one, two, three = (Skipped.of(part) for part in (told[:3], told[3:4], iter(told[4:])))
    for merged in (one.merged(two).merged(three), one.merged(two.merged(three))):
        assert merged.told.tolist() == [list(pair) for pair in told[:4]]
        assert merged.count == 9
    again = Skipped.of_arrays(three.arrays())
    assert (again.told[0].tolist(), int(again.count)) == (["4.png", "cut off"], 5)
