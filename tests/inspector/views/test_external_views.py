"""External attention views: maps on their own image, slots ranked as said, the rest told."""

import numpy as np
import pytest

from inspector.views import NothingToDraw
from inspector.views.alike import OF_BOTH

LAYER = "blocks.6"


def affinity(seen, image=0, layer=LAYER):
    """Affinities (head, token, slot), of the last layer; its first token is the class token."""
    return seen.attention["external_attention"][layer]["affinity"].values[image].astype(float)


def slots(computed):
    return [int(title.split()[1]) for title in computed.panels if title != "image"]


def largest(mass):
    """The six slots of largest mass, the largest first, found one by one."""
    return sorted(range(len(mass)), key=lambda slot: -mass[slot])[:6]


def test_slot_maps_lie_on_the_grid_without_the_class_token(drawn, heat, inspected):
    seen = inspected("eamlp_7")
    _, figure = drawn("external_slots", seen, slots=("5",), head="2", reading="affinity")
    (cells,) = heat(figure)
    assert affinity(seen).shape[1] == 17
    np.testing.assert_allclose(cells, affinity(seen)[2, 1:, 5].reshape(4, 4), rtol=1e-6)


@pytest.mark.parametrize("place", [0, 1])
def test_maps_and_picture_are_of_the_chosen_image(drawn, heat, pair, place):
    seen = pair("eamlp_7")
    computed, figure = drawn("external_slots", seen, image=str(place), slots=("5",), head="2")
    np.testing.assert_array_equal(
        np.rint(computed.panels["image"]["image"] * 255), seen.pixels.values[place]
    )
    soft = seen.attention["external_attention"][LAYER]["token_softmax"].values
    np.testing.assert_allclose(heat(figure)[0].ravel(), soft[place, 2, 1:, 5], rtol=1e-6)
    assert not np.allclose(soft[0, 2, 1:, 5], soft[1, 2, 1:, 5])


def test_without_a_choice_the_slots_of_largest_mass_are_drawn(drawn, inspected):
    seen = inspected("eamlp_7")
    computed, _ = drawn("external_slots", seen)
    assert slots(computed) == largest(affinity(seen).sum(axis=(0, 1)))
    assert "The 6 of 64 slots with the largest mass, mean over heads." in computed.notes


def test_with_a_head_its_own_mass_decides(drawn, inspected):
    seen = inspected("eamlp_7")
    computed, _ = drawn("external_slots", seen, head="3")
    assert slots(computed) == largest(affinity(seen)[3].sum(axis=0))
    assert slots(computed) != slots(drawn("external_slots", seen)[0])
    assert "The 6 of 64 slots with the largest mass, of head 3." in computed.notes


def test_every_layer_and_image_has_slots_of_its_own(drawn, pair):
    seen = pair("eamlp_7")
    for layer in (LAYER, "blocks.2"):
        for image in (0, 1):
            computed, _ = drawn("external_slots", seen, layer=layer, image=str(image))
            assert slots(computed) == largest(affinity(seen, image, layer).sum(axis=(0, 1)))


def test_who_chose_the_same_slots_is_told_apart(drawn, inspected):
    seen, by = inspected("eamlp_7"), "external_slots"
    chosen, _ = drawn(by, seen, slots=("5",))
    either, _ = drawn(by, seen, slots=("5",), **{OF_BOTH: True})
    assert "Slots chosen by hand." in chosen.notes
    assert "Slots that are among the 6 of largest mass in A or in B." in either.notes


def test_the_share_of_the_class_token_is_told(drawn, inspected):
    seen = inspected("eamlp_7")
    computed, _ = drawn("external_slots", seen, slots=("5", "9"), head="2", reading="affinity")
    shares = [affinity(seen)[2, 0, slot] / affinity(seen)[2, :, slot].sum() for slot in (5, 9)]
    said = f"its {min(shares):.1%} to {max(shares):.1%} of each slot's sum over tokens is not drawn"
    assert any(said in note for note in computed.notes)
    stem = "tokens_to_token.attention1"
    computed, _ = drawn("external_slots", seen, layer=stem, slots=("5",))
    assert not any("class token" in note for note in computed.notes)


def test_tokens_of_an_unknown_grid_are_not_placed(drawn, inspected, changed):
    def forget(tree):
        attrs = tree["external_attention"][LAYER].coords["token"].attrs
        for name in ("grid_height", "grid_width", "class_tokens"):
            del attrs[name]

    with pytest.raises(NothingToDraw, match="grid of this layer's tokens is unknown"):
        drawn("external_slots", changed(inspected("eamlp_7"), forget))


def test_a_head_that_the_layer_lacks_is_said(drawn, inspected):
    said = r"^Layer tokens_to_token\.attention1 has no head 3\. Choose a smaller number\.$"
    with pytest.raises(NothingToDraw, match=said):
        drawn("external_slots", inspected("eamlp_7"), layer="tokens_to_token.attention1", head="3")


def test_rows_that_do_not_sum_to_one_are_told(drawn, inspected, changed):
    def starve(tree):
        tree["external_attention"][LAYER]["affinity"].values[0, 1, 4] *= 0.25

    seen = inspected("eamlp_7")
    full, _ = drawn("external_slots", seen)
    assert "Affinities of every token sum to 1 over slots." in full.notes
    starved, _ = drawn("external_slots", changed(seen, starve))
    assert any("row sums go down to 0.25" in note for note in starved.notes)


@pytest.mark.parametrize("place", [0, 1])
def test_slot_mass_is_a_share_of_the_tokens(drawn, pair, place):
    seen = pair("eamlp_7")
    computed, _ = drawn("external_mass", seen, image=str(place))
    mass = computed.panels["blocks"]["mass"].sel(layer=LAYER)
    expected = affinity(seen, place).mean(axis=(0, 1))
    np.testing.assert_allclose(mass.values, expected, rtol=1e-5)
    np.testing.assert_allclose(mass.sum(), 1, atol=1e-4)
    assert np.isclose(computed.panels["blocks"]["uniform"].values, 1 / 64).all()


def test_mass_that_no_slot_receives_is_told(drawn, inspected, changed):
    def starve(tree):
        tree["external_attention"][LAYER]["affinity"].values *= 0.25

    seen = inspected("eamlp_7")
    assert drawn("external_mass", seen)[0].notes == ()
    (note,) = drawn("external_mass", changed(seen, starve))[0].notes
    assert note.endswith(f"so shares sum to: {LAYER} 0.25.")


def test_slots_of_a_segmentation_head_lie_on_the_grid_of_its_map(drawn, heat, inspected):
    seen = inspected("eanet_r50")
    _, figure = drawn("external_slots", seen, slots=("5",), reading="affinity")
    values = seen.attention["external_attention"]["linu"]["affinity"].values[0, 0, :, 5]
    (cells,) = heat(figure)
    np.testing.assert_allclose(cells, values.reshape(5, 5), rtol=1e-6)
    share = drawn("external_mass", seen)[0].panels["model"]["mass"].sel(layer="linu", slot=5)
    np.testing.assert_allclose(share, values.astype(float).mean(), rtol=1e-6)
