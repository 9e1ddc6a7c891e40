"""Views of slots over all images: planted states are marked, places found, sums told."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.inspection import inspect_image
from inspector.measures import slot_use
from inspector.views import NothingToDraw, view_of

KEY, LAYER = "external_attention", "blocks.6"


def affinity(seen, layer=LAYER):
    return seen.attention[KEY][layer]["affinity"].values.astype(float)


def plant(where, value):
    """A change that sets affinities of the last layer."""

    def change(tree):
        tree[KEY][LAYER]["affinity"].values[where] = value

    return change


def marks(figure):
    """The symbols on cells, not those of the legend."""
    symbols = [trace for trace in figure.data if isinstance(trace, go.Scatter)]
    (found,) = [trace for trace in symbols if trace.x[0] is not None]
    return list(found.x), list(found.y)


# Dead and dominant slots --------------------------------------------------------------------------


def test_a_planted_dead_slot_is_marked_and_told(drawn, pair, changed):
    seen = changed(pair("eamlp_7"), plant((..., 7), 0))
    computed, figure = drawn("external_use", seen)
    assert f"{LAYER}: 1 of 64 slots dead (7)." in computed.notes
    assert marks(figure) == (["7"], [LAYER])
    assert computed.notes[0].startswith("Dead: below 0.1 x uniform in every head of 2 different")


def test_from_one_image_a_slot_is_only_unused_in_it(drawn, inspected, changed):
    seen = changed(inspected("eamlp_7"), plant((..., 7), 0))
    computed, _ = drawn("external_use", seen)
    assert f"{LAYER}: 1 of 64 slots unused in this image (7)." in computed.notes
    assert "from one image no slot is called dead" in computed.notes[0]
    assert not computed.panels["blocks"]["dead"].any()


def test_an_image_given_twice_counts_once(drawn, small, picture, changed):
    seen = changed(inspect_image(small("eamlp_7"), [picture, picture]), plant((..., 7), 0))
    computed, _ = drawn("external_use", seen)
    assert computed.notes[0] == "Images given twice count once."
    assert computed.notes[-1].endswith("slots unused in this image (7).")
    assert computed.panels["tokens_to_token"].attrs == {
        "images": 1,
        "heads": 1,
        "unused_below": 0.1,
        "dominant_above": 0.5,
    }


def test_a_planted_dominant_slot_is_told(drawn, pair, changed):
    seen = changed(pair("eamlp_7"), plant((..., slice(0, 10), 9), 0.9))
    assert f"{LAYER}: 1 of 64 slots dominant (9)." in drawn("external_use", seen)[0].notes
    computed, _ = drawn("external_use", seen, dominant=0.6)  # 10 of 17 tokens are 59 %
    assert computed.notes[-1] == "No slot is dead or dominant."


def test_the_mass_is_over_all_images_and_heads(drawn, heat, pair):
    seen = pair("eamlp_7")
    _, figure = drawn("external_use", seen)
    expected = affinity(seen).mean((0, 1, 2)) * 64
    np.testing.assert_allclose(heat(figure)[1][6], expected, rtol=1e-5)
    _, figure = drawn("external_use", seen, quantity="first_share")
    first = slot_use(seen.attention[KEY][LAYER]["affinity"])["first_share"]
    np.testing.assert_allclose(heat(figure)[1][6], first, rtol=1e-6)


def test_what_a_narrower_layer_lacks_is_no_dead_slot(drawn, heat, pair, changed):
    def narrow(tree):
        layer = tree[KEY][LAYER]
        layer.dataset = layer.to_dataset().isel(slot=slice(40))

    computed, figure = drawn("external_use", changed(pair("eamlp_7"), narrow))
    assert computed.notes[-1] == "No slot is dead or dominant."
    assert np.isnan(heat(figure)[1][6]).tolist() == [False] * 40 + [True] * 24


# Slots that a token uses --------------------------------------------------------------------------


def test_the_spread_is_that_of_effective_numbers_over_tokens_and_heads(drawn, pair):
    seen = pair("eamlp_7")
    computed, _ = drawn("external_spread", seen)
    shares = affinity(seen)
    number = np.exp(-(shares * np.log(shares)).sum(-1))
    found = computed.panels["blocks"]["effective_number"].sel(layer=LAYER)
    np.testing.assert_allclose(found, np.quantile(number, [0.05, 0.25, 0.5, 0.75, 0.95]), rtol=1e-5)
    assert "Slots there are: tokens_to_token 128, blocks 64. Different images: 2." in computed.notes


def test_each_head_has_its_mean(drawn, heat, pair):
    seen = pair("eamlp_7")
    _, figure = drawn("external_spread", seen, form="heads")
    shares = affinity(seen)
    number = np.exp(-(shares * np.log(shares)).sum(-1)).mean((0, 2))
    np.testing.assert_allclose(heat(figure)[1][6], number, rtol=1e-5)


def test_row_sums_and_their_residual_are_told(drawn, inspected, changed):
    seen = inspected("eamlp_7")
    residual = drawn("external_spread", seen)[0].panels["blocks"]["row_residual"]
    assert float(residual.max()) < 1e-6
    starved = changed(seen, plant((0, 1, 4), affinity(seen)[0, 1, 4] / 4))
    computed, _ = drawn("external_spread", starved)
    assert "is 0.25 to 1 (as the divisor's 1e-9 leaves it, to within 7.5e-01)" in computed.notes[-1]


def test_without_the_first_softmax_there_is_no_residual(drawn, inspected, changed):
    def summarise(tree):
        for layer in tree[KEY].children.values():
            layer.dataset = layer.to_dataset().drop_vars(["token_softmax", "score"])

    computed, _ = drawn("external_spread", changed(inspected("eamlp_7"), summarise))
    assert "is 1; each slot's sum over tokens is free: 1 times uniform" in computed.notes[-1]


# Strongest places ---------------------------------------------------------------------------------


@pytest.fixture
def peaked(pair, changed):
    """Slot 5 has its largest value at row 2, column 1 of the second image."""
    token = 1 + 2 * 4 + 1
    return changed(pair("eamlp_7"), plant((1, slice(None), token, 5), 0.75))


def test_a_planted_place_is_found_and_marked_on_its_image(drawn, heat, peaked):
    computed, figure = drawn("external_places", peaked, slot="5", count=1)
    assert "square.png (image 2), row 2, column 1: 0.75." in computed.notes[0]
    table = computed.panels["places"]
    assert [table[name].item() for name in ("sample", "y", "x")] == [1, 2, 1]
    (cells,) = heat(figure)
    assert np.unravel_index(cells.argmax(), cells.shape) == (2, 1)
    np.testing.assert_allclose(cells.ravel(), affinity(peaked)[1, :, 1:, 5].mean(0), rtol=1e-5)
    assert marks(figure) == (["1"], ["2"])
    image = computed.panels["square.png (image 2)"]["image"]
    np.testing.assert_array_equal(np.rint(image * 255), peaked.pixels.values[1])


def test_places_are_those_of_all_images_in_order(drawn, pair):
    seen = pair("eamlp_7")
    computed, figure = drawn("external_places", seen, slot="5", head="2", count=12)
    values = affinity(seen)[:, 2, 1:, 5]
    table = computed.panels["places"]
    np.testing.assert_allclose(table["value"], np.sort(values.ravel())[::-1][:12], rtol=1e-6)
    assert len(figure.layout.images) == len(set(table["sample"].values.tolist()))
    ranks = sorted(
        rank for data in computed.panels.values() if "rank" in data for rank in ranked(data)
    )
    assert ranks == list(range(1, 13))


def ranked(data):
    """Ranks of a panel's places; none of the table's, which counts them."""
    return data["rank"].values[data["rank"].values > 0] if "map" in data else []


def test_both_images_stand_beside_their_maps(drawn, peaked):
    _, figure = drawn("external_places", peaked, slot="5", count=12, beside=True)
    titles = [note.text for note in figure.layout.annotations]
    assert titles[0] == titles[2] == "<b>image</b>"
    assert [image.xref for image in figure.layout.images] == ["x", "x3"]


def test_a_class_token_has_no_place_and_is_told(drawn, peaked, changed):
    seen = changed(peaked, plant((0, slice(None), 0, 5), 0.9))
    computed, _ = drawn("external_places", seen, slot="5", count=1)
    assert "Without a place, so not ranked: class token, 1 times above the last." in computed.notes
    assert computed.panels["places"]["sample"].item() == 1


def test_a_layer_of_another_grid_is_placed_on_its_own(drawn, heat, pair):
    seen = pair("eamlp_7")
    _, figure = drawn("external_places", seen, layer="tokens_to_token.attention1", count=1)
    assert heat(figure)[0].shape == (16, 16)


def test_without_a_choice_the_slot_of_largest_mass_is_shown(drawn, peaked):
    largest = affinity(peaked).mean((0, 1, 2)).argmax()
    assert drawn("external_places", peaked)[0].notes[0].startswith(f"Slot {largest}, ")


def test_a_slot_that_the_layer_lacks_is_refused(drawn, pair):
    with pytest.raises(NothingToDraw, match=r"This layer has slots 0 to 63\. Choose one\."):
        drawn("external_places", pair("eamlp_7"), slot="100")


def test_behind_a_copy_an_image_keeps_its_number(drawn, small, pictures, changed):
    given = [pictures[0], pictures[0], pictures[1]]
    seen = changed(
        inspect_image(small("eamlp_7"), given), plant((2, slice(None), 1 + 2 * 4 + 1, 5), 0.75)
    )
    computed, _ = drawn("external_places", seen, slot="5", count=1)
    image = computed.panels["square.png (image 3)"]["image"]
    np.testing.assert_array_equal(np.rint(image * 255), seen.pixels.values[2])
    assert any("places in 2 images" in note for note in computed.notes)


# Memories -----------------------------------------------------------------------------------------


def test_a_gram_matrix_is_that_of_the_memories(drawn, heat, inspected):
    seen = inspected("eamlp_7")
    computed, figure = drawn("external_memory", seen, pair="keys and values")
    data = seen.attention[KEY][LAYER]
    keys, values = (data[name].values.astype(float) for name in ("memory_key", "memory_value"))
    lengths = np.outer(np.linalg.norm(keys, axis=1), np.linalg.norm(values, axis=1))
    np.testing.assert_allclose(heat(figure)[0], keys @ values.T / lengths, atol=1e-6)
    assert computed.notes[-1].endswith("training starts them independent of each other, near 0.")
    assert any("random directions in 64 dimensions 0.1." in note for note in computed.notes)


def test_memories_that_start_equal_are_told_so(drawn, inspected):
    computed, _ = drawn("external_memory", inspected("eanet_r50"))
    assert computed.notes[-1] == (
        "Cosine of a slot's own key and value: mean 1; training starts them as two parameters of "
        "one value, at 1."
    )


# Head agreement -----------------------------------------------------------------------------------


def test_a_planted_stranger_among_heads_is_far_from_the_others(drawn, heat, pair, changed):
    def estrange(tree):
        values = tree[KEY][LAYER]["affinity"].values
        values[:, 3] = np.eye(64)[11]

    computed, figure = drawn("external_heads", changed(pair("eamlp_7"), estrange))
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)
    cells = heat(figure)[0]
    others = np.delete(np.arange(16), 3)
    assert cells[3, others].min() > 0.9
    assert cells[np.ix_(others, others)].max() < 0.1
    assert computed.notes[-1].startswith("Over 17 tokens of each of 2 images.")


def test_a_network_of_one_head_is_refused(inspected):
    reason = view_of("external_heads").applies(inspected("eanet_r50"))
    assert reason == "Needs external attention with several heads; eanet_r50 has none."
