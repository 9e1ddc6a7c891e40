"""The page that compares: what A can be, what is pinned, and what a link restores of it."""

import json

import pytest

from inspector.ui import doors
from inspector.ui.wording import plain

ZERO = f"**{plain('B minus A is exactly 0 in every cell.')}**"
OTHER = "balloons"


def said(shown):
    """The sentence on the difference."""
    (found,) = [one.value for one in shown.markdown if plain("B minus A") in one.value[:20]]
    return found


def sides(shown):
    """What A and B are told to be."""
    return [one.value for one in shown.markdown if one.value[:5] in ("**A**", "**B**")]


def pin(shown):
    return shown.get_by_key("pin-b").click().run()


@pytest.fixture
def compared(page):
    """Opens the page of a small network."""
    return lambda **address: page(page="compare", model="dia_resnet", **address)


def test_another_picture_is_a_to_begin_with(compared):
    shown = compared()
    assert not shown.exception
    a, b = sides(shown)
    assert a.startswith("**A**")
    assert a.endswith(plain("still-life.png"))
    assert b.endswith(plain("chelsea.png"))
    assert "the largest is" in said(shown)
    (chart,) = shown.get("plotly_chart")
    headings = [note["text"] for note in json.loads(chart.proto.spec)["layout"]["annotations"]]
    assert {"<b>A and B on one scale</b>", "<b>B minus A</b>"} <= set(headings)
    assert "B minus A: the largest is" in chart.proto.alt


def test_what_is_pinned_against_itself_is_exactly_zero(compared):
    shown = pin(compared())
    assert shown.get_by_key("a").value == "pin"
    assert said(shown) == ZERO


def test_what_is_pinned_stays_while_others_are_browsed(compared):
    shown = pin(compared())
    shown.session_state["picture"] = OTHER
    shown.run()
    a, b = sides(shown)
    assert a.endswith(plain("chelsea.png"))
    assert b.endswith(plain("balloons.png"))
    assert said(shown) != ZERO
    assert shown.query_params["pin.picture"] == "cat"
    shown.get_by_key("unpin").click().run()
    assert shown.get_by_key("a").value == "picture"
    assert not [name for name in shown.query_params if name.startswith("pin")]


def test_a_link_restores_what_is_pinned(compared):
    change = "dia~layer2.ModuleList.1~channel~*~cut~of~gate"
    link = {"pin.model": "dia_resnet", "pin.picture": OTHER, "pin.do": change}
    shown = compared(**link)
    assert not shown.exception
    a, _ = sides(shown)
    assert plain("balloons.png") in a
    assert plain("zeroed every channel") in a
    assert {name: shown.query_params[name] for name in link} == link


@pytest.mark.parametrize(
    "link",
    [
        {"pin.model": "/etc/passwd", "pin.picture": OTHER},
        {"pin.model": "dia_resnet", "pin.picture": "../secret"},
        {"pin.model": "https://x.org/net", "a": "twin;"},
        {"a.picture": "nothing", "a.network": "<b>", "view": "no"},
    ],
)
def test_a_strangers_link_falls_back_to_the_start(compared, link):
    shown = compared(**link)
    assert not shown.exception
    assert sides(shown)[0].endswith(plain("still-life.png"))
    assert not [name for name in shown.query_params if name.startswith("pin")]


def test_a_link_that_pins_what_the_network_has_not_says_so(compared):
    shown = compared(
        **{"pin.model": "dia_resnet", "pin.picture": OTHER, "pin.do": "dia~nowhere~channel~1~cut"}
    )
    assert not shown.exception
    assert "nowhere" in shown.error[0].value
    assert sides(shown.get_by_key("unpin").click().run())[0].endswith(plain("still-life.png"))


def test_before_and_after_come_first_where_something_is_changed(compared):
    shown = compared(do="dia~layer2.ModuleList.1~channel~*~cut~of~gate")
    assert shown.get_by_key("a").value == "before"
    a, b = sides(shown)
    assert plain("changed: zeroed every channel") in b
    assert "changed" not in a
    assert "the largest is" in said(shown)


def test_the_random_twin_can_be_a(compared):
    shown = compared(a="twin")
    assert not shown.exception
    assert plain("random twin, seed 0") in sides(shown)[0]
    assert "The weights differ" in str(shown.get("plotly_chart")[0].proto.spec)


def test_a_network_whose_layers_do_not_match_is_refused_with_the_reason(page):
    shown = page(page="compare", model="dia_resnet", a="network")
    assert not shown.exception
    shown.get_by_key("a.network").set_value("dia_resnet50").run()
    assert not shown.exception
    assert plain("The layers of dia do not match") in shown.info[0].value


def test_a_drawing_choice_runs_no_network(compared, monkeypatch):
    shown = compared()
    monkeypatch.setattr(doors, "inspect_image", lambda *_: pytest.fail("ran the network"))
    (box,) = [box for box in shown.selectbox if box.label == "Quantity"]
    box.set_value("forget_gate").run()
    assert not shown.exception
    assert "forget gate" in str(shown.get("plotly_chart")[0].proto.spec)


def test_the_largest_differences_and_classes_stand_in_tables(compared):
    shown = compared()
    classes, largest = shown.table
    assert list(classes.value.columns) == ["Class", "A (%)", "B (%)", "B minus A (%)"]
    assert list(largest.value.columns) == ["Panel", "Cell", "A", "B", "B minus A"]
    sizes = largest.value["B minus A"].astype(float).abs()
    assert sizes.is_monotonic_decreasing


def test_the_figure_can_be_clicked_and_frames_what_is_selected(compared):
    layer = "layer2.ModuleList.1"
    shown = compared(view="dia_gates", **{"set.layer": layer})
    (chart,) = shown.get("plotly_chart")
    assert list(chart.proto.selection_mode) == [0]  # points
    assert chart.proto.id
    frames = [
        shape
        for shape in json.loads(chart.proto.spec)["layout"]["shapes"]
        if shape["line"].get("color") == "#d81b60"
    ]
    assert len(frames) == 3  # the layer in A, in B and in their difference
    assert shown.get_by_key("crumb-layer").label == plain(f"layer {layer}")
    shown.get_by_key("crumb-all").click().run()
    assert "set.layer" not in shown.query_params


def test_a_compared_figure_is_kept_with_its_link(compared):
    shown = compared()
    button = next(one for one in shown.main.button if (one.key or "").startswith("keep-"))
    button.click().run()
    (kept,) = shown.session_state["tray"]
    assert kept.shown.heading.endswith(": B minus A")
    assert kept.shown.link.startswith("?page=compare")
    button = next(one for one in shown.main.button if (one.key or "").startswith("keep-"))
    assert (button.label, button.disabled) == ("Kept", True)
    shown.get_by_key("page").set_value("tray").run()
    assert not shown.exception
    assert [box.value for box in shown.main.text_input] == [kept.shown.heading]


def test_one_picture_has_no_interval_and_several_have_one(page):
    shown = page(page="compare", model="dia_resnet", a="twin", view="dia_gates")
    assert any(plain("No interval over images is possible") in one.value for one in shown.caption)
    shown.get_by_key("compare").set_value(True).run()
    assert not shown.exception
    assert any(plain("Over the same 8 images in both") in one.value for one in shown.caption)
    assert {"mean over images", "from", "to"} <= set(shown.table[1].value.columns)
