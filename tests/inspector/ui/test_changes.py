"""Changes: interventions in the address are made for the whole page, told, and taken back."""

import json

import pytest

from inspector.interventions import Intervention, intervene
from inspector.ui import doors
from inspector.ui.changes import MOST
from inspector.ui.subject import Subject

CUT = "mrla~stages.2.4~retrieved_layer~stages.2.0~cut"


def undo(page):
    named = [button for button in page.main.button if button.key]
    return [button for button in named if button.key.startswith("undo-")]


def test_a_link_makes_its_changes_and_says_them(page):
    shown = page(view="mrla_retrieval", do=CUT)
    assert not shown.exception
    assert [button.label for button in undo(shown)] == [
        r"stages\.2\.4 from stages\.2\.0\, cut",
        "Reset all",
    ]
    (chart,) = shown.get("plotly_chart")
    said = " ".join(note["text"] for note in json.loads(chart.proto.spec)["layout"]["annotations"])
    assert "intervention: zeroed retrieved layer stages.2.0 of stages.2.4" in said


@pytest.mark.parametrize("key", ["undo-0", "undo-all"])
def test_what_is_taken_back_leaves_the_address(page, key):
    shown = page(do=CUT)
    shown.get_by_key(key).click().run()
    assert not undo(shown)
    assert "do" not in shown.query_params


def test_the_door_gives_what_the_change_alone_gives(small, picture):
    cut = Intervention("mrla", "stages.2.4", "retrieved_layer", "stages.2.0")
    changed = doors.inspection(Subject("resnet50_mrlab", (picture,), (cut,)))
    alone = intervene(small("resnet50_mrlab"), picture, cut).after
    assert (changed.logits == alone.logits).all()
    assert changed.about["interventions_text"] == CUT
    untouched = doors.inspection(Subject("resnet50_mrlab", (picture,)))
    assert (untouched.logits != alone.logits).any()


@pytest.mark.parametrize("text", ["nonsense", "a~b", "~~~", ",,,", "mrla~x~y~z~explode"])
def test_a_text_that_is_none_changes_nothing(page, text):
    shown = page(do=text)
    assert not shown.exception
    assert not undo(shown)
    assert "do" not in shown.query_params


def test_a_part_that_the_network_lacks_is_told_and_can_be_taken_back(page):
    shown = page(model="dia_resnet", do=CUT)
    assert not shown.exception
    assert "mrla" in shown.error[0].value
    shown.get_by_key("undo-all").click().run()
    assert not shown.error


def test_changes_are_bounded(page):
    many = "~~".join(f"mrla~stages.2.4~head~{head}~cut" for head in range(MOST + 5))
    assert len(undo(page(do=many))) == MOST + 1
