"""The contract of comparisons: A against A is exactly 0, and swapping the two negates exactly."""

import numpy as np
import pytest

from inspector.comparison import (
    DIFFERENCE,
    compare,
    figure,
    figure_of_classes,
    joined,
    summary,
)
from inspector.inspection import inspect_image
from inspector.measures import Forest
from inspector.views import VIEWS
from tests.inspector.figures.read import assert_read_as_written

NETWORKS = (
    *("dia_resnet", "deit_mrlab_tiny_patch16_224", "deit_mrlal_tiny_patch16_224", "eamlp_7"),
    *("share_se_resnet50", "share_sge_resnet50", "deit_tiny_patch16_224", "eanet_r50"),
)
"""Small ones that together have what every view needs."""

QUICK = {
    "attribution": {"method": "saliency"},
    "attribution_quality": {"methods": ("saliency",), "check": "trials"},
    "agreement": {"methods": ("saliency",)},
    "causal_map": {"measure": "distance"},  # which no predicted class decides
    "mass_effect": {"measure": "distance"},
}
OVER_MANY = ("dia_integration",)
LARGER, OVER_CELLS = "eanet_r50", ("agreement",)
"""A network whose maps have more cells than those of a tiny transformer, for views that ask so."""

ONE_ANOTHERS = ("intervention", "agreement", "external_places")
"""Views that show what the data chose, which two pictures need not share."""


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    quick = Forest(trees=3, repeats=1, shuffles=99)
    monkeypatch.setattr("inspector.views.dia_integration.FOREST", quick)


@pytest.fixture(params=VIEWS, ids=lambda view: view.key)
def view(request):
    return request.param


@pytest.fixture(scope="session")
def seen(small, pictures, crowd):
    """Two inspections by the first network that a view applies to."""
    made = {}

    def look(view):
        if view.key in OVER_MANY:
            return (crowd("dia_resnet"),) * 2
        for name in (LARGER,) if view.key in OVER_CELLS else NETWORKS:
            if name not in made:
                made[name] = [inspect_image(small(name), picture) for picture in pictures]
            if view.applies(made[name][0]) is None:
                return made[name]
        raise AssertionError(f"none of these networks has what {view.key} needs")

    return look


def test_a_view_against_itself_and_turned_round(view, seen):
    a, b = seen(view)
    same = compare(view, a, a, QUICK.get(view.key, {}))
    assert same.is_zero
    assert summary(same) == f"{DIFFERENCE} is exactly 0 in every cell."
    assert_read_as_written(figure(same))
    if view.key in ONE_ANOTHERS or a is b:
        return
    there = compare(view, a, b, QUICK.get(view.key, {}))
    back = joined(view, (b, a), there.computed[::-1], there.choices)
    assert there.largest == back.largest
    for title, data in there.difference.items():
        for name, values in data.items():
            turned = back.difference[title][name].sel(
                {dim: values[dim].values for dim in values.dims if dim in values.coords}
            )
            np.testing.assert_array_equal(values.values, -turned.values)
            own = [one.panels[title][name] for one in there.computed]
            if all(own[0][dim].equals(own[1][dim]) for dim in values.dims):
                np.testing.assert_array_equal(
                    values.values, own[1].values.astype(float) - own[0].values.astype(float)
                )
    assert figure(there).layout.height > figure(same).layout.height / 2
    assert figure_of_classes(there) is not None
