"""Quality measures against closed forms, and against ten lines of numpy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from scipy.ndimage import gaussian_filter

from inspector.attribution import (
    METHODS,
    Question,
    attribute,
    infidelity,
    randomisation,
    removal_curves,
    sensitivity,
)
from inspector.attribution.removing import grid, spread_out
from inspector.measures import removal
from inspector.progress import listening
from tests.inspector.attribution.planted import (
    SIDE,
    Dense,
    Linear,
    Rectified,
    loaded,
    normalised,
)

TARGET = 2


@pytest.fixture
def linear(pixels):
    return Question(loaded(Linear), pixels[:1], TARGET)


def contributions(question):
    """What each pixel adds to a linear logit, (y, x)."""
    weight = question.model.module.weight[TARGET].detach().double().numpy().transpose(1, 2, 0)
    return (normalised(question.pixels)[0] * weight).sum(-1)


def as_map(values):
    return {"map": xr.DataArray(values, dims=("y", "x"))}


# Removal ------------------------------------------------------------------------------------------


def by_hand(question, values, cells, fill):
    """Deletion and insertion of one order, one cell count after the other."""
    side = SIDE // cells
    image = normalised(question.pixels)[0]
    paint = gaussian_filter(image, (SIDE / 10, SIDE / 10, 0)) if fill == "blur" else 0 * image
    means = values.reshape(cells, side, cells, side).mean((1, 3)).ravel()
    order, curves = sorted(range(cells**2), key=lambda cell: -means[cell]), ([], [])
    for step in range(15):
        gone = order[: int(step / 14 * cells**2 + 0.5)]
        mask = np.isin(np.arange(cells**2), gone).reshape(cells, cells)
        mask = mask.repeat(side, 0).repeat(side, 1)[..., None]
        for curve, hidden in zip(curves, (mask, ~mask), strict=True):
            batch = torch.from_numpy(np.where(hidden, paint, image)).permute(2, 0, 1)[None].float()
            curve.append(question.model.module(batch)[0, TARGET].item())
    return curves


@pytest.mark.parametrize("fill", ["mean", "blur"])
@pytest.mark.parametrize("network", [Linear, Rectified])
@pytest.mark.parametrize("cells", [3, 6])
def test_the_curves_are_those_of_ten_lines(pixels, network, cells, fill):
    question = Question(loaded(network), pixels[:1], TARGET)
    values = np.random.default_rng(1).normal(size=(SIDE, SIDE))
    got = removal_curves(question, as_map(values), cells=cells, orderings=2, fill=fill)
    deletion, insertion = by_hand(question, values, cells, fill)
    atol = 1e-6 * np.abs(deletion).max()  # single precision, added in another order
    np.testing.assert_allclose(got["deletion"].sel(order="map"), deletion, atol=atol)
    np.testing.assert_allclose(got["insertion"].sel(order="map"), insertion, atol=atol)


def test_areas_are_trapezoids_and_the_best_order_of_a_linear_logit_is_its_contributions(linear):
    best = contributions(linear)
    curves = removal_curves(linear, as_map(best), cells=SIDE, orderings=30, seed=4)
    values, shares = curves["deletion"].values, curves["share"].values
    expected = ((values[:, 1:] + values[:, :-1]) / 2 * np.diff(shares)).sum(1)
    np.testing.assert_allclose(removal.areas(curves["deletion"]), expected)
    assert removal.chance(curves["deletion"], "map", low=True) == pytest.approx(1 / 31)
    assert removal.chance(curves["insertion"], "map", low=False) == pytest.approx(1 / 31)
    worst = removal_curves(linear, as_map(-best), cells=SIDE, orderings=30, seed=4)
    assert removal.chance(worst["deletion"], "map", low=True) == 1


def test_an_order_of_chance_is_no_better_than_chance(linear):
    """The share of orders as good as the map's is uniform when its order is random too."""
    draw = np.random.default_rng(0)
    maps = [as_map(draw.normal(size=(SIDE, SIDE))) for _ in range(60)]
    curves = [
        removal_curves(linear, one, cells=SIDE, orderings=19, seed=n) for n, one in enumerate(maps)
    ]
    shares = np.array([removal.chance(one["deletion"], "map", low=True) for one in curves])
    assert 0.3 < shares.mean() < 0.75
    assert (shares <= 0.05).mean() < 0.17


def test_random_orders_are_permutations_that_a_seed_decides(linear):
    values = as_map(np.arange(36.0).reshape(6, 6))
    ranks = removal.orders(values, 3, seed=1)
    assert all(sorted(np.ravel(rank)) == list(range(36)) for rank in ranks.values)
    assert ranks.equals(removal.orders(values, 3, seed=1))
    assert not ranks.equals(removal.orders(values, 3, seed=2))
    np.testing.assert_array_equal(ranks.sel(order="map"), 35 - values["map"])
    assert ranks["random"].values.tolist() == [False, True, True, True]


def test_several_maps_are_judged_by_the_same_random_orders(linear):
    best = contributions(linear)
    maps = as_map(best) | {"turned": xr.DataArray(best.T, dims=("y", "x"))}
    both = removal_curves(linear, maps, cells=6, orderings=3)
    alone = removal_curves(linear, as_map(best), cells=6, orderings=3)
    assert both["order"].values[:3].tolist() == ["map", "turned", "random 1"]
    xr.testing.assert_allclose(both.sel(order=alone["order"].values), alone)


def test_the_control_of_insertion_is_that_of_deletion_backwards(linear):
    curves = removal_curves(linear, as_map(contributions(linear)), cells=6, orderings=2)
    both = curves.sel(order=["random 1", "random 2"])
    np.testing.assert_array_equal(both["deletion"].values[:, ::-1], both["insertion"].values)
    whole, nothing = (float(curves["deletion"][0, at]) for at in (0, -1))
    assert whole == pytest.approx(float(curves["insertion"][0, -1]))
    assert nothing == pytest.approx(float(curves["insertion"][0, 0]))


def test_cells_are_about_square_and_cover_every_pixel():
    assert grid(14, (224, 224)) == (14, 14)
    assert grid(10, (100, 150)) == (10, 15)
    mask = np.arange(6).reshape(2, 3)
    expected = mask.repeat(3, 0).repeat(2, 1)
    np.testing.assert_array_equal(spread_out(mask, (6, 6)), expected)


def test_of_a_segmentation_cells_are_removed_of_the_mean_logit(pixels, where):
    question = Question(loaded(Dense), pixels[:1], TARGET, where[:1])
    values = as_map(np.random.default_rng(2).normal(size=(SIDE, SIDE)))
    curves = removal_curves(question, values, cells=6, orderings=1)
    batch = torch.from_numpy(normalised(pixels)[:1]).permute(0, 3, 1, 2).float()
    logits = question.model.module(batch)[0, TARGET].detach().numpy()
    assert float(curves["deletion"][0, 0]) == pytest.approx(
        logits[where.values[0]].mean(), abs=1e-5
    )


def test_what_cannot_be_removed_is_refused(linear, pixels):
    values = as_map(np.ones((6, 6)))
    with pytest.raises(ValueError, match="one image to remove cells of, got 2"):
        removal_curves(replace(linear, pixels=pixels), values)
    with pytest.raises(ValueError, match="the fill mean or blur, got 'grey'"):
        removal_curves(linear, values, fill="grey")


# Infidelity and sensitivity -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["integrated_gradients", "saliency", "occlusion"])
def test_a_linear_logit_is_foreseen_wholly(linear, method):
    options = {"patches": 6} if method == "occlusion" else {}
    assert infidelity(linear, method, **options).item() < 1e-6


def test_infidelity_is_the_part_of_the_change_that_is_not_foreseen(linear):
    """Of patches of one cell each: what the coarse map of occlusion leaves of a linear logit."""
    coarse = infidelity(linear, "occlusion", patches=2, changes=256).item()
    fine = infidelity(linear, "occlusion", patches=6, changes=256).item()
    assert fine < 1e-6
    assert 0.2 < coarse < 1.01


def test_a_logit_that_nothing_moves_has_no_infidelity(linear):
    with torch.no_grad():
        linear.model.module.weight.zero_()
    assert np.isnan(infidelity(linear, "integrated_gradients", steps=2))


def test_sensitivity_is_of_the_map_against_its_norm(pixels):
    linear = Question(loaded(Linear), pixels, TARGET)
    assert (sensitivity(linear, "saliency") < 1e-6).all()
    got = sensitivity(linear, "input_x_gradient", changes=4)
    assert got.sizes == {"sample": 2}
    image = normalised(pixels)
    weight = linear.model.module.weight[TARGET].detach().numpy().transpose(1, 2, 0)
    radius = 0.02 * (image.max((1, 2, 3)) - image.min((1, 2, 3)))
    norms = np.linalg.norm((image * weight).sum(-1).reshape(2, -1), axis=1)
    most = radius * np.linalg.norm(np.abs(weight).sum(-1)) / norms
    assert (got > 0).all()
    assert (got.values < most).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("measure", [infidelity, sensitivity])
def test_every_method_can_be_judged(pixels, method, measure):
    question = Question(loaded(Rectified), pixels[:1], TARGET)
    options = {"samples": 20} if "samples" in METHODS[method].settings({}) else {}
    got = measure(question, method, changes=2, **options)
    assert got.dims == ("sample",)
    assert got.item() >= 0
    assert got.equals(measure(question, method, changes=2, **options))


# Randomisation ------------------------------------------------------------------------------------


def test_a_map_of_the_image_alone_does_not_change_with_the_weights(pixels, monkeypatch):
    """A method that ignores the network agrees with its twins at 1; one that heeds it does not."""
    question = Question(loaded(Linear), pixels[:1], TARGET)
    heeding = randomisation(question, "saliency", twins=2, cells=6)
    assert heeding["network"].values.tolist() == ["this network", "twin 0", "twin 1"]
    assert float(heeding["signed"][0]) == pytest.approx(1)
    assert (abs(heeding["signed"][1:]) < 0.6).all()
    own = attribute(question.model, question.pixels, TARGET, "saliency")["attribution"]
    np.testing.assert_array_equal(heeding["attribution"][0], own[0])
    brightness = own.copy(data=question.pixels.mean("rgb").values)
    monkeypatch.setattr(
        "inspector.attribution.quality.attribute",
        lambda *_args, **_options: brightness.to_dataset(name="attribution"),
    )
    blind = randomisation(question, "saliency", twins=2, cells=6)
    np.testing.assert_allclose(blind["signed"], 1)
    np.testing.assert_allclose(blind["size"], 1)


def test_progress_is_told_of_the_whole(linear):
    told = []
    with listening(lambda *said: told.append(said)):
        removal_curves(linear, as_map(contributions(linear)), cells=6, orderings=2)
    assert told[0] == (0, 15 * 4, "forward passes")
    assert told[-1] == (60, 60, "forward passes")
    told.clear()
    with listening(lambda *said: told.append(said)):
        infidelity(linear, "saliency", changes=8)
    assert told[-1][0] == told[0][1]
