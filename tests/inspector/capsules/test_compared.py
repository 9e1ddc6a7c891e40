"""A capsule of a comparison draws A, B and B minus A again, from arrays that are the same."""

import json

import numpy as np
import plotly.io
import pytest
import xarray as xr

from inspector import comparison
from inspector.capsules import (
    BadCapsule,
    NotTheSame,
    differences,
    open_capsule,
    packed,
    redrawn,
    rerun,
)
from inspector.comparison import compare, exhibited
from inspector.export import arrays_bytes
from inspector.inspection import Inspection, inspect_image

VIEWS = {
    "dia_gates": "dia_resnet",
    "dia_memory": "dia_resnet",
    "predictions": "dia_resnet",
    "mrla_retrieval": "deit_mrlab_tiny_patch16_224",
    "external_slots": "eamlp_7",
}


@pytest.fixture
def compared(small, pictures):
    """The exhibit of both pictures by a view."""

    def make(key):
        return exhibited(
            compare(key, *(inspect_image(small(VIEWS[key]), one) for one in pictures)),
            link="?page=compare",
        )

    return make


@pytest.mark.parametrize("key", VIEWS)
def test_a_comparison_is_drawn_again_from_equal_arrays(key, compared, opened, no_browser):
    shown = compared(key)
    capsule = opened(shown)
    again = capsule.exhibit
    for ours, theirs in zip(shown.compared.computed, again.compared.computed, strict=True):
        assert list(ours.panels) == list(theirs.panels)
        assert ours.notes == theirs.notes
        for title, data in ours.panels.items():
            xr.testing.assert_identical(theirs.panels[title], data)
    for title, data in shown.compared.difference.items():
        xr.testing.assert_equal(again.compared.difference[title], data)
    assert (again.said, again.warning, again.heading) == (shown.said, shown.warning, shown.heading)
    assert again.compared.origins == shown.compared.origins
    assert redrawn(again).to_json() == shown.figure().to_json()
    assert differences(capsule) == []


def test_the_mean_over_images_travels_along(crowd, opened, no_browser):
    seen = crowd("dia_resnet")
    tree = seen.tree.copy(deep=True)
    tree["dia"]["layer2.ModuleList.1"]["gate"].values[:] += 0.05
    shown = exhibited(compare("dia_gates", seen, Inspection(tree)))
    again = opened(shown).exhibit.compared
    assert comparison.on_images(again) == comparison.on_images(shown.compared)
    assert comparison.on_images(again)[0].startswith("Over the same 40 images in both")
    for title, data in shown.compared.over.panels.items():
        xr.testing.assert_equal(again.over.panels[title], data)


def test_two_networks_cannot_be_run_again_at_once(compared, opened, no_browser, small, picture):
    stored = opened(compared("dia_gates")).exhibit
    with pytest.raises(NotTheSame, match=r"compares A \(dia_resnet\) with B \(dia_resnet\)"):
        rerun(stored, small("dia_resnet"), [picture])


@pytest.mark.parametrize(
    "entry",
    [
        {"chosen": 3},
        {"notes": {"A": ["x"]}},
        {"over": ["many", 2]},
        {"classes": "yes"},
        {"origin": None},
        {"images": [{"name": 4}]},
    ],
)
def test_what_a_stranger_wrote_of_a_is_checked(entry, compared, changed, no_browser, capsule):
    capsule.write_bytes(packed(compared("dia_gates")))

    def lie(told):
        told["against"] |= entry

    with pytest.raises(BadCapsule, match=r"in the .* of a capsule"):
        open_capsule(changed(manifest=lie))


def test_cells_that_do_not_match_are_refused(compared, changed, no_browser, capsule):
    shown = compared("dia_gates")
    capsule.write_bytes(packed(shown))
    tree = shown.arrays()
    for layer in list(tree["B"].children):
        tree["B"][layer] = xr.DataTree(tree["B"][layer].to_dataset().isel(channel=slice(3)))
    with pytest.raises(BadCapsule, match=r"arrays of A and B cannot be compared"):
        open_capsule(changed({"arrays.nc": arrays_bytes(tree)}))


@pytest.mark.browser
def test_a_compared_figure_has_the_same_pixels_again(compared, opened, pixels):
    shown = compared("dia_gates")
    capsule = opened(shown)
    stored = plotly.io.from_json(json.dumps(capsule.figure))
    first, *others = (pixels(one) for one in (shown.figure(), stored, redrawn(capsule.exhibit)))
    assert first.std() > 10
    for other in others:
        np.testing.assert_array_equal(other, first)
    assert differences(capsule) == []
