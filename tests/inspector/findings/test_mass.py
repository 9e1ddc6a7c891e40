"""Mass of an edge and its effect."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from inspector.findings import mass
from inspector.images import prepare
from inspector.zoo import load_model


def fake(_subject, count, seed):
    random = np.random.default_rng(seed)
    weight = random.random((count, 30))
    effect = weight**2 if seed == 0 else random.random((count, 30))
    names = [f"layer{edge // 10}.{edge % 10} from x" for edge in range(30)]
    each = {"weight": weight, "ratio": weight, "norm": 1 - weight, "effect": effect}
    return {
        name: xr.DataArray(values, dims=("sample", "edge"), coords={"edge": names})
        for name, values in each.items()
    }


def test_mass_that_predicts_effect_is_said_to(canned):
    found = mass.finding(canned(fake))
    told = " ".join(found.found)
    assert all(found.told_apart.values())
    assert "Weight and effect go together: Spearman 0.9" in told
    assert "norm of the value and effect go against each other" in told
    assert "largest effect in 100 % of images (3.33 % by chance)" in told


def test_coefficients_are_spearmans(canned):
    seen = fake(None, 5, 3)
    found = mass.numbers(seen)
    within = [spearmanr(w, e).statistic for w, e in zip(seen["norm"], seen["effect"], strict=True)]
    means = (seen[name].mean("sample") for name in ("weight", "effect"))
    assert float(found["within"].sel(mass="norm")) == pytest.approx(np.mean(within))
    assert float(found["across"].sel(mass="weight")) == pytest.approx(spearmanr(*means).statistic)


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
