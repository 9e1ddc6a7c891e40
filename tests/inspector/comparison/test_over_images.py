"""The mean of B minus A over images, against plain numpy and scipy, and why there is none."""

import numpy as np
import pytest
import scipy.stats

from inspector.comparison import arrays, compare, figure, on_images, rows
from inspector.inspection import Inspection, inspect_image

DIA, LAYER = "dia_resnet", "layer2.ModuleList.1"


def of_images(seen, places):
    """The same inspection of some of its images."""
    tree = seen.tree.map_over_datasets(
        lambda data: data.isel(sample=places) if "sample" in data.dims else data
    )
    for path, node in seen.tree.subtree_with_keys:
        tree[path].attrs = node.attrs
    return Inspection(tree, seen.model)


@pytest.fixture(scope="module")
def some(crowd):
    """An inspection of 13 different images of noise."""
    return of_images(crowd(DIA), list(range(13)))


@pytest.fixture
def shifted(some, changed):
    """The same images, the gates of one layer moved by another number in each."""
    moves = np.random.default_rng(1).normal(0.05, 0.01, (13, 1))

    def move(tree):
        gate = tree["dia"][LAYER]["gate"].values
        gate += moves + np.linspace(0, 0.03, gate.shape[1])

    return changed(some, move)


def gates(seen):
    return seen.tree["dia"][LAYER]["gate"].values.astype(float)


def test_the_same_images_in_both_are_paired(some, shifted):
    found = compare("dia_gates", some, shifted, {"image": "3"})
    assert (found.over.paired, found.over.counts) == (True, (13, 13))
    change = gates(shifted) - gates(some)
    expected = scipy.stats.ttest_1samp(change, 0).confidence_interval(0.95)
    told = found.over.panels["layer2"].sel(layer=LAYER)
    np.testing.assert_allclose(told["mean"], change.mean(0), rtol=1e-9)
    np.testing.assert_allclose(told["low"], expected.low, rtol=1e-6)
    np.testing.assert_allclose(told["high"], expected.high, rtol=1e-6)
    raw = np.where(change.any(0), scipy.stats.ttest_1samp(change, 0).pvalue, 1)
    others = sum(data["p"].size for data in found.over.panels.values()) - raw.size
    every = scipy.stats.false_discovery_control(np.concatenate([raw, np.ones(others)]))
    np.testing.assert_allclose(told["p"], every[: raw.size], rtol=1e-6)


def test_a_sentence_tells_the_largest_mean_and_how_many_are_sure(some, shifted):
    found = compare("dia_gates", some, shifted)
    change = gates(shifted) - gates(some)
    channel = int(np.abs(change.mean(0)).argmax())
    (told,) = on_images(found)
    assert told.startswith(
        "Over the same 13 images in both, the largest mean of B minus A is "
        f"{change.mean(0)[channel]:.3g} (layer2: layer {LAYER}, channel {channel}), 95 % interval "
    )
    cells = sum(data["p"].size for data in found.over.panels.values())
    assert f"Of {cells} cells, {change.shape[1]} can be told apart from 0" in told


def test_the_same_images_in_another_order_are_paired_by_their_digests(some, shifted):
    turned = of_images(shifted, list(reversed(range(13))))
    there, again = (compare("dia_gates", some, other).over for other in (shifted, turned))
    assert again.paired
    for title, data in there.panels.items():
        np.testing.assert_allclose(again.panels[title]["low"], data["low"], rtol=1e-9)


def test_other_images_are_two_samples(some):
    a, b = of_images(some, list(range(6))), of_images(some, list(range(6, 13)))
    found = compare("dia_gates", a, b)
    expected = scipy.stats.ttest_ind(gates(b), gates(a), equal_var=False).confidence_interval(0.95)
    told = found.over.panels["layer2"].sel(layer=LAYER)
    np.testing.assert_allclose(told["low"], expected.low, rtol=1e-5, atol=1e-9)
    assert on_images(found)[0].startswith("Over 6 images of A and 7 of B, the largest mean")


def test_a_against_itself_is_zero_over_all_images(some):
    found = compare("dia_gates", some, some)
    assert on_images(found) == [
        "Over the same 13 images in both, B minus A is exactly 0 in every cell."
    ]


def test_one_image_gives_no_interval_and_says_so(pictures, small, text_of):
    a, b = (inspect_image(small(DIA), picture) for picture in pictures)
    found = compare("dia_gates", a, b)
    assert not found.over.panels
    assert on_images(found) == [
        "No interval over images is possible: it takes at least 5 different ones in A and in B, "
        "which have 1 and 1."
    ]
    assert "No interval over images is possible" in text_of(figure(found))
    assert rows(found, 1)[0].over is None
    assert "over images" not in arrays(found).children


def test_copies_of_an_image_are_no_more_images(some):
    copies = of_images(some, [0, 0, 0, 1, 1, 1])
    assert "which have 2 and 2" in compare("dia_gates", copies, copies).over.refused


def test_sets_that_share_some_images_give_none(some):
    a, b = of_images(some, list(range(7))), of_images(some, list(range(1, 8)))
    assert on_images(compare("dia_gates", a, b)) == [
        "No interval over images: A and B share 6 and differ in others. Give both the same images, "
        "or none in common."
    ]


def test_a_view_of_all_images_at_once_gives_none(some):
    found = compare("correlation", some, some)
    assert "rests on all of them at once" in found.over.refused


def test_what_is_told_is_drawn_and_saved(some, shifted, text_of):
    found = compare("dia_gates", some, shifted)
    drawn = figure(found)
    assert "Over the same 13 images in both" in text_of(drawn)
    assert "One pair:" not in text_of(drawn)
    hover = [trace.hovertemplate for trace in drawn.data if trace.type == "heatmap"]
    assert any("mean over images" in str(words) for words in hover)
    first = rows(found, 1)[0]
    panel, place = first.panel, first.place.rpartition(" ")[2]
    told = found.over.panels[panel].sel(layer=LAYER, channel=int(place))
    assert first.over == tuple(float(told[name]) for name in ("mean", "low", "high"))
    assert set(arrays(found)["over images"]["layer2"].data_vars) == {"mean", "low", "high", "p"}
