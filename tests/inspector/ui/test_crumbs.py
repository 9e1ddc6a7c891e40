"""Crumbs: the way to a selection is shown, taken back step by step, and walked layer by layer."""

import pytest

PAIR = {"set.layer": "stages.2.4", "set.retrieved_layer": "stages.2.0", "set.head": "3"}


@pytest.fixture
def shown(page):
    return page(**PAIR)


def crumbs(page):
    named = [button for button in page.main.button if button.key]
    return [button.label for button in named if button.key.startswith("crumb-")]


def selected(page):
    return {name: text for name, text in page.query_params.items() if name.startswith("set.")}


def test_the_way_leads_from_the_whole_to_the_part(shown):
    assert [label.replace("\\", "") for label in crumbs(shown)] == [
        "All layers",
        "layer stages.2.4",
        "retrieved layer stages.2.0",
        "head 3",
    ]


@pytest.mark.parametrize(("key", "left"), [("all", 0), ("layer", 1), ("retrieved_layer", 2)])
def test_going_back_drops_what_lies_deeper(shown, key, left):
    shown.get_by_key(f"crumb-{key}").click().run()
    kept = dict(list(PAIR.items())[:left])
    assert {name: text for name, (text,) in _lists(selected(shown)).items()} == kept
    assert len(crumbs(shown)) == (left + 1 if left else 0)


def _lists(found):
    return {name: text if isinstance(text, list) else [text] for name, text in found.items()}


def test_steps_walk_along_the_layers_and_end_with_them(page):
    shown = page(model="dia_resnet")
    assert shown.get_by_key("step--1").disabled
    walked = []
    while not shown.get_by_key("step-1").disabled:
        shown.get_by_key("step-1").click().run()
        walked += crumbs(shown)[1:]
    assert len(walked) == len(set(walked)) == 6  # depth 20: three stages of two bottlenecks
    shown.get_by_key("step--1").click().run()
    assert crumbs(shown)[1:] == walked[-2:-1]


def test_a_step_leaves_what_belonged_to_the_layer_before(shown):
    shown.get_by_key("step-1").click().run()
    assert [label.replace("\\", "") for label in crumbs(shown)[1:]] == [
        "layer stages.2.5",
        "head 3",
    ]


def test_a_view_that_looks_into_a_layer_is_offered_and_opens_at_it(page):
    shown = page(model="eamlp_7", **{"set.layer": "blocks.2"})
    shown.get_by_key("detail-external_slots").click().run()
    assert shown.session_state["view"] == "external_slots"
    (layer,) = [box for box in shown.main.selectbox if box.label == "Layer"]
    assert layer.value == "blocks.2"
