"""Self-attention views: rows on their own image, the class token told, rollout by its formula."""

import numpy as np
import pytest

from inspector.inspection import inspect_image
from inspector.views import NothingToDraw, starts, view_of

MODEL, LAYER = "deit_tiny_patch16_224", "blocks.11"


@pytest.fixture
def seen(inspected):
    return inspected(MODEL)


@pytest.fixture(scope="module")
def summed(small, picture):
    """An inspection with the class token's rows alone."""
    return inspect_image(small(MODEL), picture, detail="summary")


def weight(seen, layer=LAYER, image=0):
    """Weights (head, query, key); token 0 is the class token, the others lie on 4 x 4."""
    return seen.attention["self_attention"][layer]["weight"].values[image].astype(float)


def test_the_class_tokens_row_is_drawn_on_the_grid(seen, drawn, heat):
    _, figure = drawn("self_attention_map", seen, head="2")
    (cells,) = heat(figure)
    assert weight(seen).shape == (3, 17, 17)
    np.testing.assert_allclose(cells, weight(seen)[2, 0, 1:].reshape(4, 4), rtol=1e-6)


def test_a_place_of_the_image_may_be_asked(seen, drawn, heat):
    choices = {"query": "place", "row": 2.0, "column": 3.0}
    computed, figure = drawn("self_attention_map", seen, layer="blocks.3", **choices)
    expected = weight(seen, "blocks.3").mean(0)[1 + 2 * 4 + 3, 1:]
    np.testing.assert_allclose(heat(figure)[0].ravel(), expected, rtol=1e-5)
    assert "The query is the token at row 2, column 3 of 4 x 4 (from 0)." in computed.notes


def test_every_head_has_a_map_on_one_scale(seen, drawn, heat, bars):
    _, figure = drawn("self_attention_map", seen, head="every")
    found = [cells.ravel() for cells in heat(figure)]
    np.testing.assert_allclose(found, weight(seen)[:, 0, 1:], rtol=1e-6)
    ((low, high),) = bars(figure)
    assert (low, high) == (0, pytest.approx(weight(seen)[:, 0, 1:].max()))


@pytest.mark.parametrize("place", [0, 1])
def test_the_map_is_of_the_chosen_image(pair, drawn, heat, place):
    both = pair(MODEL)
    _, figure = drawn("self_attention_map", both, image=str(place), head="0")
    np.testing.assert_allclose(
        heat(figure)[0].ravel(), weight(both, image=place)[0, 0, 1:], rtol=1e-6
    )


def test_the_share_of_the_class_token_is_told(seen, drawn):
    computed, _ = drawn("self_attention_map", seen, head="every")
    shares = weight(seen)[:, 0, 0]
    said = f"{min(shares):.1%} to {max(shares):.1%} of each map's attention is not drawn."
    assert any(said in note for note in computed.notes)
    one, _ = drawn("self_attention_map", seen, head="1")
    assert any(f"image: its {shares[1]:.1%} of each map's" in note for note in one.notes)
    assert "Spread evenly, each of the 17 tokens would get 0.059." in computed.notes


def test_registers_are_named_and_left_out(seen, drawn, heat, changed):
    def register(tree):
        """As if the first row of the grid were registers, of a picture of 3 x 4."""
        for dim in ("query", "key"):
            tree["self_attention"][LAYER].coords[dim].attrs.update(grid_height=3, register_tokens=4)

    computed, figure = drawn("self_attention_map", changed(seen, register), head="0")
    np.testing.assert_allclose(heat(figure)[0], weight(seen)[0, 0, 5:].reshape(3, 4), rtol=1e-6)
    assert any(
        "class token, register 1, register 2" in note and "image: their " in note
        for note in computed.notes
    )


def test_a_summary_offers_the_class_token_alone(summed, drawn, heat, seen):
    controls = {control.key: control for control in view_of("self_attention_map").controls(summed)}
    assert controls["query"].options == {"0": "class token"}
    assert "row" not in controls
    _, figure = drawn("self_attention_map", summed, head="1")
    np.testing.assert_allclose(heat(figure)[0].ravel(), weight(seen)[1, 0, 1:], rtol=1e-4)


def test_a_place_beyond_the_grid_is_refused(seen, drawn):
    with pytest.raises(NothingToDraw, match="lie on 4 rows and 4 columns"):
        drawn("self_attention_map", seen, query="place", row=4.0, column=0.0)


def test_an_unverified_layer_is_not_drawn(seen, drawn, changed):
    def fail(tree):
        tree["self_attention"][LAYER].attrs |= {"verified": 0, "verified_error": 0.5}

    with pytest.raises(NothingToDraw, match=r"blocks\.11 is not drawn: its capture is off by 5"):
        drawn("self_attention_map", changed(seen, fail))


def test_rollout_is_the_product_up_to_the_chosen_layer(seen, drawn, heat):
    computed, figure = drawn("self_attention_rollout", seen, layer="blocks.2")
    held = np.eye(17)
    for place in range(3):
        held = (weight(seen, f"blocks.{place}").mean(0) + np.eye(17)) / 2 @ held
    np.testing.assert_allclose(heat(figure)[0].ravel(), held[0, 1:], rtol=1e-4)
    assert any(note.startswith("Rollout over 3 layers (blocks.0 to") for note in computed.notes)
    assert any(f"{held[0, 0]:.1%} of the map is not drawn" in note for note in computed.notes)


def test_rollout_needs_the_rows_of_every_token(summed):
    reason = view_of("self_attention_rollout").applies(summed)
    assert reason.startswith("Needs a chain of self-attentions with the rows of every token")


def test_rollout_is_not_drawn_across_a_layer_that_did_not_run(seen, drawn, changed):
    def skip(tree):
        tree.attrs["not_run"] = "blocks.4.attn"

    with pytest.raises(NothingToDraw, match=r"blocks is not drawn: blocks\.4\.attn did not run"):
        drawn("self_attention_rollout", changed(seen, skip))


def test_beside_mrla_rollout_says_what_it_leaves_aside(inspected, drawn):
    seen = inspected("deit_mrlal_tiny_patch16_224")
    assert seen.mechanisms == ("mrla", "self_attention")
    computed, _ = drawn("self_attention_rollout", seen)
    assert any("Not in the product" in note and "mrla" in note for note in computed.notes)


def test_attention_over_layers_has_no_place_in_the_image(small, picture):
    """The CeiT's last attention asks among the class tokens of its blocks."""
    seen = inspect_image(small("ceit_mrlal_tiny"), picture)
    layers = seen.attention["self_attention"].children
    assert layers["lca"].sizes["key"] == len(layers) - 1 == 12
    assert layers["lca"].attrs["verified"] == 1
    options = starts(view_of("self_attention_map"), seen)
    assert options["layer"] == "blocks.11"


def test_what_was_refused_is_told_in_the_caption(seen, said, changed):
    def refuse(tree):
        tree.attrs["refused"] = "self-attention WindowAttention (2 modules): windows"

    assert "not captured: self-attention WindowAttention" in said(
        "self_attention_map", changed(seen, refuse)
    )
    assert "not captured" not in said("self_attention_map", seen)
