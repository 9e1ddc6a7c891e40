"""Mass of an edge and its effect."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from inspector.findings import mass
from inspector.images import prepare
from inspector.zoo import load_model

NAMES = [f"layer{edge // 10}.0 from x.{edge % 10}" for edge in range(30)]
"""Three rows of ten edges."""


def fake(_subject, count, seed):
    random = np.random.default_rng(seed)
    weight = random.random((count, 30))
    effect = weight**2 if seed == 0 else random.random((count, 30))
    each = {"weight": weight, "ratio": weight, "norm": 1 - weight, "effect": effect}
    return {
        name: xr.DataArray(values, dims=("sample", "edge"), coords={"edge": NAMES})
        for name, values in each.items()
    }


def test_mass_that_predicts_effect_is_said_to(canned):
    found = mass.finding(canned(fake))
    told = " ".join(found.found)
    assert all(found.told_apart.values())
    weight, ratio, norm = found.found[1:4]
    assert weight.startswith("Weight and effect, Spearman: across edges, of means over images, 0.9")
    assert weight.count("they go together") == ratio.count("they go together") == 3
    assert norm.count("they go against each other") == 3
    assert told.count("above all 19 random twins") == 7
    assert told.count("below all 19 random twins") == 3
    assert "the largest effect in 100 % of rows and images (10 % by chance)" in told
    assert "In 12 images, in so many %: 100, above all 19 random twins" in told


def test_coefficients_are_spearmans(canned):
    seen = fake(None, 5, 3)
    found = mass.numbers(seen)
    within = [spearmanr(w, e).statistic for w, e in zip(seen["norm"], seen["effect"], strict=True)]
    means = (seen[name].mean("sample") for name in ("weight", "effect"))
    assert float(found["within"].sel(mass="norm")) == pytest.approx(np.mean(within))
    assert float(found["across"].sel(mass="weight")) == pytest.approx(spearmanr(*means).statistic)


def test_rows_that_differ_do_not_make_edges_of_one_go_together():
    """Mass and effect grow from row to row, and within one of them mass goes against effect."""
    random = np.random.default_rng(0)
    inside = np.tile(np.arange(10.0), 3) + 0.01 * random.random((4, 30))
    row = 100 * np.repeat(np.arange(3.0), 10)
    each = {"weight": row + inside, "ratio": inside, "norm": inside, "effect": row - inside}
    seen = {
        name: xr.DataArray(values, dims=("sample", "edge"), coords={"edge": NAMES})
        for name, values in each.items()
    }
    found = {form: float(values.sel(mass="weight")) for form, values in mass.numbers(seen).items()}
    assert found["across"] > 0.7 < found["within"]
    assert found["row"] == pytest.approx(-1)
    assert mass.hits(seen) == 0


def test_edges_are_compared_with_those_of_their_own_row():
    seen = fake(None, 2, 3)
    rows = [slice(start, start + 10) for start in (0, 10, 20)]
    each = [
        seen["weight"].values[image, row].argmax() == seen["effect"].values[image, row].argmax()
        for image in range(2)
        for row in rows
    ]
    assert mass.hits(seen) == pytest.approx(np.mean(each))
    told = [
        spearmanr(seen["ratio"][image, row], seen["effect"][image, row]).statistic
        for image in range(2)
        for row in rows
    ]
    assert float(mass.numbers(seen)["row"].sel(mass="ratio")) == pytest.approx(np.mean(told))


def test_what_does_not_vary_has_no_coefficient(canned):
    def flat(subject, count, seed):
        seen = fake(subject, count, seed)
        return seen | {"ratio": xr.ones_like(seen["ratio"])}

    found = mass.finding(canned(flat))
    assert (
        "uniform weight and effect, Spearman: across edges, of means over images, none, without"
        in (found.found[2])
    )
    assert "together" not in found.found[2]


def test_every_edge_with_a_choice_is_cut_in_every_image(pictures):
    model = load_model("cifar_resnet56_mrlab", blocks=2, device="cpu")
    seen = mass.look(model, pictures(2).pixels)
    assert seen["effect"].shape == (2, 6)  # of two layers, the second retrieves from both
    assert (seen["effect"] > 0).all()
    pairs = seen["weight"].values.reshape(2, 3, 2).sum(axis=-1)
    np.testing.assert_allclose(pairs, 1, rtol=1e-5)
    np.testing.assert_allclose(seen["ratio"], 2 * seen["weight"], rtol=1e-6)


def test_a_photo_is_seen_as_it_is_in_the_data_set(pictures):
    images = pictures(2)
    card = load_model("cifar_resnet56_mrlab", blocks=2, device="cpu").card
    for photo, pixels in zip(mass.photos(images.pixels), images.pixels, strict=True):
        seen = prepare(photo, card).pixels * 255
        np.testing.assert_array_equal(np.rint(seen), pixels.permute(1, 2, 0).numpy())
