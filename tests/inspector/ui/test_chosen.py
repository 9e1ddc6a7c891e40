"""Choices: remembered by key, shared where they mean the same, restored from an address."""

import pytest


def boxes(page):
    return {box.label: box for box in page.main.selectbox}


def test_a_link_restores_the_choices_of_its_view(page):
    shown = page(view="mrla_retrieval", **{"set.quantity": "norm", "set.head": "2"})
    assert (boxes(shown)["Quantity"].value, boxes(shown)["Head"].value) == ("norm", "2")
    assert shown.query_params["set.quantity"] == "norm"


def test_a_selection_is_taken_along_to_every_view_and_other_choices_are_not(page):
    shown = page(view="mrla_retrieval")
    boxes(shown)["Head"].set_value("3").run()
    boxes(shown)["Quantity"].set_value("norm").run()
    shown.get_by_key("topics").set_value("What it does").run()
    shown.get_by_key("views").set_value("mrla_keys").run()
    assert boxes(shown)["Head"].value == "3"
    assert shown.query_params["set.head"] == "3"
    assert "set.quantity" not in shown.query_params
    shown.get_by_key("topics").set_value("Attention").run()
    assert boxes(shown)["Quantity"].value == "norm"


def test_what_a_view_begins_with_is_not_in_the_address(page):
    shown = page(view="mrla_retrieval", **{"set.head": "3"})
    boxes(shown)["Head"].set_value("mean").run()
    assert not [name for name in shown.query_params if name.startswith("set.")]


@pytest.mark.parametrize(
    "asked",
    [
        {"set.head": "9999"},
        {"set.head": "<script>"},
        {"set.quantity": "../../etc"},
        {"set.nothing": "1"},
        {"set.": ""},
        {"set.layer": "x" * 5000},
        {f"set.k{place}": "1" for place in range(100)},
    ],
)
def test_an_address_that_offers_nothing_is_harmless(page, asked):
    shown = page(view="mrla_retrieval", **asked)
    assert not shown.exception
    assert (boxes(shown)["Quantity"].value, boxes(shown)["Head"].value) == ("weight", "mean")


def test_a_slider_and_several_options_survive_a_link(page):
    asked = {"set.opacity": "0.35", "set.slots": "2,5", "set.beside": "yes"}
    shown = page(model="eamlp_7", view="external_slots", **asked)
    (opacity,) = [slider for slider in shown.main.slider if "Opacity" in slider.label]
    (slots,) = shown.main.multiselect
    assert (opacity.value, slots.value) == (0.35, ["2", "5"])
    assert [toggle.value for toggle in shown.main.toggle][:1] == [True]
