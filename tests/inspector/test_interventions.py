"""Interventions: values with a text, and what they do to an inspection."""

from dataclasses import replace
from urllib.parse import parse_qs, quote, urlencode

import numpy as np
import pytest
import torch

from hooks import UnknownLabel
from inspector.inspection import load_inspection
from inspector.interventions import (
    EVERY,
    Intervention,
    batch_of,
    edges,
    from_json,
    from_text,
    intervene,
    to_json,
    to_text,
)
from inspector.interventions.edges import KINDS, parts

NET = "deit_mrlab_tiny_patch16_224"
EDGE = Intervention("mrla", "blocks.3", "retrieved_layer", "blocks.1")
VALUES = (
    EDGE,
    replace(EDGE, within=(("head", 3),), renormalise=True),
    replace(EDGE, how="scale", value=-1e-20),
    replace(EDGE, how="set", value=1e20),
    replace(EDGE, layer=EVERY),
    Intervention("dia", "layer1.ModuleList.3", "channel", EVERY, quantity="cell_before"),
    Intervention("external_attention", "a~b#2", "slot", 3, "resample"),
)


@pytest.mark.parametrize("one", VALUES)
def test_a_text_is_read_as_it_was_written(one):
    assert from_text(to_text(one)) == (one,)
    assert from_json(to_json(one)) == (one,)


def test_several_have_one_text_that_a_link_carries_unchanged():
    text = to_text(VALUES)
    assert from_text(text) == VALUES
    assert from_json(to_json(VALUES)) == VALUES
    assert parse_qs(urlencode({"cut": text})) == {"cut": [text]}
    plain = to_text(VALUES[:5])
    assert quote(plain, safe="*") == plain
    assert hash(VALUES)


def test_texts_that_were_given_away_stay_readable():
    text = "mrla~stages.2.4~retrieved_layer~stages.2.0~scale~0.5~in~head~3~renormalised"
    one = Intervention(
        *("mrla", "stages.2.4", "retrieved_layer", "stages.2.0", "scale", 0.5),
        within=(("head", 3),),
        renormalise=True,
    )
    assert to_text(one) == text
    assert from_text("") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mrla~b.1", "Expected a dim in the text .* looks like mrla~stages.2.4"),
        ("mrla~b.1~head~x~cut", "Expected a whole number as label along 'head', got 'x'"),
        ("mrla~b.1~head~1~burn", "how is one of cut, scale, set, average, resample; got 'burn'"),
        ("mrla~b.1~head~1~scale", "Expected a factor in the text"),
        ("mrla~b.1~head~1~scale~much", "Expected a number .* got 'much'"),
        ("mrla~b.1~head~1~cut~twice", "Expected 'in', 'of' or 'renormalised' .* got 'twice'"),
    ],
)
def test_a_text_that_cannot_be_read_says_what_was_expected(text, said):
    with pytest.raises(ValueError, match=said):
        from_text(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "as JSON, got a text that is none"),
        ("{}", "a JSON list of objects"),
        ('[{"layer": "b"}]', "needs a mechanism"),
        ('[{"mechanism": "m", "layer": "b", "dim": "d", "label": 1, "where": 2}]', "no 'where'"),
    ],
)
def test_json_that_cannot_be_read_says_what_was_expected(text, said):
    with pytest.raises(ValueError, match=said):
        from_json(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layer": ""}, "needs a layer, as captures name it"),
        ({"label": True}, "is a name or a whole number; got True"),
        ({"value": 1.0}, "'cut' takes no value; got 1.0"),
        ({"how": "scale"}, "'scale' needs a factor, a number; got None"),
        ({"how": "set", "value": float("nan")}, "'set' needs a value, a number; got nan"),
        ({"within": (("retrieved_layer", "b"),)}, "names each dim once"),
        ({"label": EVERY, "renormalise": True}, "nothing is left to renormalise"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(change, said):
    with pytest.raises(ValueError, match=said):
        replace(EDGE, **change)


class TestOutcome:
    def test_a_cut_is_told_and_compared(self, inspected, small):
        seen = inspected(NET)
        done = intervene(small(NET), seen, [EDGE, replace(EDGE, layer="blocks.2")])
        weight = done.after.attention["mrla"]["blocks.3"]["weight"]
        assert not weight.sel(retrieved_layer="blocks.1").any()
        before, after = seen.logits.values[0], done.after.logits.values[0]
        place = before.argmax()
        compared = done.comparison.isel(sample=0)
        assert compared["effect_logit"].item() == pytest.approx(float(after[place] - before[place]))
        change = after.astype(float) - before
        assert compared["effect_distance"].item() == pytest.approx(np.linalg.norm(change))
        odds = [np.exp(x.astype(float)) / np.exp(x.astype(float)).sum() for x in (before, after)]
        moved = compared["probability"].sel(state="change").values
        np.testing.assert_allclose(moved, odds[1] - odds[0], atol=1e-9)
        assert compared["predicted_before"] == seen.logits["class"][place]
        assert "zeroed retrieved layer blocks.1 of blocks.3;" in done.after.about["interventions"]
        assert from_text(done.after.about["interventions_text"]) == done.interventions

    def test_no_change_leaves_the_logits_bit_identical(self, inspected, small, name):
        seen = inspected(name)
        kind = next(kind for kind in KINDS if kind != "layer" and parts(seen, kind))
        same = replace(parts(seen, kind)[-1], how="scale", value=1.0)
        done = intervene(small(name), seen, same, detail="full")
        assert np.array_equal(done.after.logits.values, seen.logits.values)

    def test_the_outcome_is_kept_on_disk(self, inspected, small, tmp_path):
        done = intervene(small(NET), inspected(NET), EDGE, detail="summary")
        back = load_inspection(done.after.save(tmp_path / "cut.nc"))
        assert from_text(back.about["interventions_text"]) == (EDGE,)

    def test_images_may_be_given_as_files(self, small, picture, inspected):
        done = intervene(small(NET), picture, EDGE)
        assert np.array_equal(done.before.logits.values, inspected(NET).logits.values)

    def test_another_image_gives_what_it_has(self, small, pictures, inspected, pair):
        given = replace(EDGE, how="resample")
        done = intervene(small(NET), inspected(NET), given, other=pictures[1])
        got = done.after.attention["mrla"]["blocks.3"]["weight"].sel(retrieved_layer="blocks.1")
        there = pair(NET).attention["mrla"]["blocks.3"]["weight"]
        expected = there.sel(retrieved_layer="blocks.1", sample=1)
        np.testing.assert_allclose(got.values[0], expected.values, atol=1e-7)
        assert "from another image (in a pass of its own)" in done.after.about["interventions"]

    def test_the_mean_is_that_of_the_others(self, small, pictures, inspected, pair):
        given = replace(EDGE, how="average")
        done = intervene(small(NET), inspected(NET), given, other=pictures)
        got = done.after.attention["mrla"]["blocks.3"]["weight"].sel(retrieved_layer="blocks.1")
        there = pair(NET).attention["mrla"]["blocks.3"]["weight"].sel(retrieved_layer="blocks.1")
        np.testing.assert_allclose(got.values[0], there.values.mean(0), atol=1e-7)
        assert "averaged over 2 other images" in done.after.about["interventions"]

    def test_images_of_one_batch_give_to_each_other(self, small, pair):
        done = intervene(small(NET), pair(NET), replace(EDGE, how="resample"))
        got, had = (
            seen.attention["mrla"]["blocks.3"]["weight"].sel(retrieved_layer="blocks.1").values
            for seen in (done.after, done.before)
        )
        np.testing.assert_allclose(got, had[::-1], atol=1e-7)

    def test_what_cannot_be_done_is_refused(self, small, inspected, pictures):
        model, seen = small(NET), inspected(NET)
        with pytest.raises(ValueError, match=r"there is one image only. Give others"):
            intervene(model, seen, replace(EDGE, how="average"))
        with pytest.raises(ValueError, match=r"one for each of the 1; got 2"):
            intervene(model, seen, replace(EDGE, how="resample"), other=pictures)
        with pytest.raises(UnknownLabel, match=r"No layer 'blocks.99'"):
            intervene(model, seen, replace(EDGE, layer="blocks.99"))
        with pytest.raises(ValueError, match=r"by deit_mrlab.* got one by dia_resnet"):
            intervene(model, inspected("dia_resnet"), EDGE)
        with pytest.raises(ValueError, match="Give all interventions at once"):
            intervene(model, intervene(model, seen, EDGE, detail="summary").after, EDGE)
        with pytest.raises(ValueError, match=r"Expected interventions, got 'cut'. Make one with"):
            intervene(model, seen, ["cut"])

    def test_pixels_with_logits_of_their_own_are_not_compared(self, small, inspected):
        seen = inspected("eanet_r50")
        done = intervene(small("eanet_r50"), seen, parts(seen, "slot")[0])
        with pytest.raises(ValueError, match="gives every pixel its own"):
            _ = done.comparison


class TestParts:
    def test_every_edge_is_listed(self, inspected):
        found = edges(inspected(NET))
        assert len(found) == 3 * (1 + 2 + 3 + 4)  # three chains of four blocks
        heads = inspected(NET).attention["mrla"]["blocks.3"].sizes["head"]
        assert len(edges(inspected(NET), by_head=True)) == heads * len(found)

    def test_every_kind_of_part_can_be_cut(self, inspected, small, name):
        seen, model = inspected(name), small(name).module
        found = {kind: parts(seen, kind) for kind in KINDS}
        assert any(found.values())
        for kind, cuts in found.items():
            if cuts:
                done = intervene(small(name), seen, cuts[0], detail="summary")
                assert done.after.about["interventions"], kind
        assert not any(hook for m in model.modules() for hook in m._forward_hooks)

    def test_a_layer_that_none_retrieves_later_is_no_part(self, inspected):
        labels = [cut.label for cut in parts(inspected(NET), "layer")]
        assert labels == [f"blocks.{place}" for place in range(12) if place % 4 != 3]

    def test_another_kind_is_refused(self, inspected):
        with pytest.raises(ValueError, match=r"of kind edge, layer, .*; got 'door'"):
            parts(inspected(NET), "door")


def test_the_input_is_that_of_the_inspection(inspected, small, name):
    model = small(name)
    with torch.no_grad():
        got = model.module(batch_of(model, inspected(name)))
    expected = inspected(name).logits.values
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-5, atol=1e-5 * abs(expected).max())
