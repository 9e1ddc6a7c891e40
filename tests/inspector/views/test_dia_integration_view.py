"""The view of feature integration: refusals, copies of images, rows that are not to be drawn."""

import numpy as np
import pytest
import xarray as xr

from inspector.measures import Forest, feature_integration
from inspector.views import NothingToDraw, view_of

KEY = "dia_integration"


def plant(make):
    """A change of each stage's second block, from the gates of its first."""

    def change(tree):
        for stage in (1, 2, 3):
            first, second = (tree["dia"][f"layer{stage}.ModuleList.{block}"] for block in (0, 1))
            second["gate"].values[:] = make(first["gate"].values)

    return change


def noise(first):
    return np.random.default_rng(1).uniform(size=first.shape)


def test_too_few_images_are_refused_with_the_way_out(pair):
    said = view_of(KEY).applies(pair("dia_resnet"))
    assert said.startswith("Needs at least 40 different images to hold some out, this inspection ")
    assert "has 2: inspect more in one go" in said


def test_copies_of_an_image_do_not_count(drawn, crowd, changed):
    seen = crowd("dia_resnet")
    assert len(seen.images) == 41
    computed, _ = drawn(KEY, seen, stage="layer1")
    assert computed.panels["layer1"].attrs["images"] == 40
    assert any(note.startswith("40 different images; random forests") for note in computed.notes)

    def copy(tree):
        tree["inspection"]["image_sha256"].values[5] = seen.digests[4]

    assert "has 39" in view_of(KEY).applies(changed(seen, copy))


def test_a_block_made_from_the_one_before_is_drawn_with_its_score(drawn, heat, crowd, changed):
    seen = changed(crowd("dia_resnet"), plant(lambda first: 0.1 + 0.8 * first))
    computed, figure = drawn(KEY, seen)
    assert list(computed.panels) == ["layer1", "layer2", "layer3"]
    for place, (chain, data) in enumerate(computed.panels.items()):
        loss, r2 = data["loss"].item(), data["r2"].item()
        assert loss > 0.2
        np.testing.assert_allclose(heat(figure)[place], [[loss]], rtol=1e-6)
        axis = figure.layout["yaxis" + str(place + 1) * bool(place)]
        assert axis.ticktext[0].endswith(f"· {r2:.3g}")
        assert f"{chain}: 1 of 1 blocks predicted, R² {r2:.3g}." in computed.notes


def test_a_block_of_noise_is_not_drawn_but_its_score_is(drawn, heat, crowd, changed):
    computed, figure = drawn(KEY, changed(crowd("dia_resnet"), plant(noise)))
    assert all(np.isnan(cells).all() for cells in heat(figure))
    score = f"{computed.panels['layer1']['r2'].item():.3g}".replace("-", "\N{MINUS SIGN}")
    assert figure.layout.yaxis.ticktext == (f"1 · {score}",)
    assert "not predicted better than with images shuffled" in figure.to_json()
    assert any(note.startswith("layer2: 0 of 1 blocks predicted") for note in computed.notes)


def test_gates_that_ignore_the_image_leave_nothing_to_predict(drawn, crowd, changed):
    computed, _ = drawn(KEY, changed(crowd("dia_resnet"), plant(lambda first: 0 * first + 0.25)))
    said = "layer3: nothing to predict, its channels are the same for every image."
    assert said in computed.notes


@pytest.mark.parametrize("quantity", ["gate", "pooled"])
def test_the_chosen_quantity_is_predicted_from_its_own_kind(drawn, crowd, quantity):
    seen = crowd("dia_resnet")
    computed, _ = drawn(KEY, seen, features=quantity, stage="layer2")
    assert list(computed.panels) == ["layer2"]
    names = ["layer2.ModuleList.0", "layer2.ModuleList.1"]
    layers = [seen.attention["dia"][name][quantity] for name in names]
    joined = xr.concat(layers, "layer").assign_coords(layer=names).isel(sample=slice(40))
    expected = feature_integration(joined, Forest(trees=3, repeats=1, shuffles=99))
    xr.testing.assert_allclose(computed.panels["layer2"]["loss"], expected["loss"])


def test_a_stage_of_one_block_is_told(drawn, crowd, changed):
    def shorten(tree):
        layers = tree["dia"].children
        tree["dia"].children = {n: v for n, v in layers.items() if n != "layer2.ModuleList.1"}

    seen = changed(crowd("dia_resnet"), shorten)
    computed, _ = drawn(KEY, seen)
    assert list(computed.panels) == ["layer1", "layer3"]
    assert "layer2: a single block, with none before it." in computed.notes
    with pytest.raises(NothingToDraw, match="layer2: a single block"):
        drawn(KEY, seen, stage="layer2")
