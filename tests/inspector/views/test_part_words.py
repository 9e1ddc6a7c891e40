"""Part words: a part's name, and the mean of what was captured of it."""

import pytest

from inspector.interventions import Intervention
from inspector.views.part_words import change, sentence, title

EDGE = Intervention("mrla", "stages.2.4", "retrieved_layer", "stages.2.0")


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (EDGE, "stages.2.4 from stages.2.0"),
        (Intervention("mrla", "*", "retrieved_layer", "a.0"), "every later layer from a.0"),
        (Intervention("dia", "a.1", "channel", "*", quantity="cell_before"), "a.1: cell before"),
        (Intervention("dia", "a.1", "channel", 3, quantity="gate"), "a.1: gate of channel 3"),
        (Intervention("mrla", "a.1", "head", "*"), "a.1: gate"),
        (
            Intervention("external_attention", "a.1", "slot", 3, within=(("head", 2),)),
            "a.1: slot 3, head 2 alone",
        ),
    ],
)
def test_a_part_has_a_short_name(one, said):
    assert title(one) == said


def test_a_change_says_what_is_done():
    halved = Intervention("mrla", "a.1", "head", 2, "scale", 0.5)
    assert change(halved) == "a.1: head 2, scaled by 0.5"
    cut = Intervention("mrla", "a.1", "retrieved_layer", "a.0", renormalise=True)
    assert change(cut) == "a.1 from a.0, cut, rest renormalised"


def test_an_edge_is_told_with_its_weight_and_equal_shares(inspected):
    seen = inspected("resnet50_mrlab")
    weight = seen.tree["mrla/stages.2.4/weight"].values[0, :, 0]  # (head)
    assert sentence(seen, EDGE, {}) == (
        f"stages.2.4 retrieves stages.2.0: retrieval weight {weight.mean():.3g} (mean over "
        f"{len(weight)} heads, {weight.min():.3g} to {weight.max():.3g}); "
        "equal shares would be 0.2."
    )
    alone = Intervention(
        "mrla", "stages.2.4", "retrieved_layer", "stages.2.0", within=(("head", 3),)
    )
    assert sentence(seen, alone, {}) == (
        "stages.2.4 retrieves stages.2.0, in head 3 alone: "
        f"retrieval weight {weight[3]:.3g}; equal shares would be 0.2."
    )


def test_of_the_chosen_image_is_told(pair):
    seen = pair("dia_resnet")
    layer = "layer2.ModuleList.1"
    gate = seen.tree[f"dia/{layer}/gate"].values[1, 5]
    part = Intervention("dia", layer, "channel", 5, quantity="gate")
    assert f" {gate:.3g}." in sentence(seen, part, {"image": "1"})


@pytest.mark.parametrize(
    "part",
    [
        Intervention("mrla", "stages.2.4", "head", 3),  # its weights sum to one, whatever they are
        Intervention("mrla", "*", "retrieved_layer", "stages.2.0"),  # of several layers
    ],
)
def test_without_a_number_that_tells_there_is_none(inspected, part):
    assert not any(
        c.isdigit() for c in sentence(inspected("resnet50_mrlab"), part, {}).split(": ")[1:]
    )
