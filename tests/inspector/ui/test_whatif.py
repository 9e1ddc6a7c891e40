"""What if: a part is chosen, named and changed; the classes answer as they do without a page."""

import base64
import json

import numpy as np
import pytest

from inspector.gallery import GALLERY
from inspector.interventions import from_text, intervene
from inspector.interventions.groups import groups
from inspector.ui import chosen, downloads, parts

FAMILIES = ("resnet50_mrlab", "resnet50_mrlal", "dia_resnet", "eamlp_7", "share_sge_resnet50")
EDGE = {"set.layer": "stages.2.4", "set.retrieved_layer": "stages.2.0"}
CUT = "mrla~stages.2.4~retrieved_layer~stages.2.0~cut"
GATES = "dia~layer2.ModuleList.1~channel~*~cut~of~gate"


@pytest.fixture
def ask(page):
    """Opens the page that asks what if."""
    return lambda model, **address: page(model=model, page="whatif", **address)


def said(page):
    return " ".join(text.value.replace("\\", "") for text in page.main.markdown)


def box(page, label):
    return next(box for box in page.main.selectbox if box.label == label)


def press(page, key):
    page.get_by_key(key).click().run()
    assert not page.exception
    assert not page.error
    return page


def address(page):
    """The text of the changes that the address holds; a list as soon as the page wrote it."""
    text = page.query_params.get("do", "")
    return text if isinstance(text, str) else "".join(text)


def charts(page):
    return [json.loads(node.proto.spec) for node in page.get("plotly_chart")]


def bars(page):
    """The values of the figure of the classes, by class."""
    traces = [trace for chart in charts(page) for trace in chart["data"]]
    (bar,) = (trace for trace in traces if trace["type"] == "bar")
    values = np.frombuffer(base64.b64decode(bar["x"]["bdata"]), bar["x"]["dtype"])
    return dict(zip(bar["y"], values.tolist(), strict=True))


@pytest.mark.parametrize("model", FAMILIES)
def test_every_group_of_parts_can_be_chosen_and_cut(ask, inspected, model):
    shown = ask(model)
    expected = []
    for place, group in enumerate(groups(inspected(model))):
        if place:
            box(shown, "Change").set_value(group.key).run()
        press(shown, "do-cut")
        expected += [next(iter(group.entries(group.begin.layer).values()))]
        assert list(from_text(address(shown))) == expected
    assert "The predicted class" in said(shown)


def test_the_classes_answer_as_without_the_page(ask, small):
    shown = ask("dia_resnet", do=GATES)
    alone = intervene(small("dia_resnet"), GALLERY[0].load(), from_text(GATES)).comparison
    change = alone["logit"].isel(sample=0).sel(state="change")
    drawn = bars(shown)
    expected = [float(change.sel({"class": name})) for name in drawn]
    np.testing.assert_allclose(list(drawn.values()), expected, rtol=1e-6)
    assert f"all logits by {float(alone['effect_distance'][0]):.3g} (L2)" in said(shown)
    most = str(abs(change).idxmax("class").item())
    assert f"The logits that move most: {most} " in said(shown)


def test_a_scale_of_one_changes_the_logits_by_exactly_nothing(ask):
    shown = ask("resnet50_mrlab", **EDGE)
    amount = next(box for box in shown.main.number_input if box.label == "Amount")
    amount.set_value(1.0).run()
    press(shown, "do-scale")
    assert address(shown) == CUT.replace("cut", "scale~1")
    assert set(bars(shown).values()) == {0.0}
    assert "logit changes by 0, its probability by 0, all logits by 0 (L2)" in said(shown)


def test_a_selection_names_the_part_and_its_head(ask):
    shown = ask("resnet50_mrlab", **EDGE, **{"set.head": "3"})
    assert "stages.2.4 retrieves stages.2.0, in head 3 alone: retrieval weight" in said(shown)
    renormalise = next(toggle for toggle in shown.main.toggle if toggle.key == "renormalise")
    renormalise.set_value(True).run()
    press(shown, "do-cut")
    assert address(shown) == f"{CUT}~in~head~3~renormalised"


def test_what_cannot_be_done_is_not_offered(ask):
    shown = ask("dia_resnet")
    assert not [toggle for toggle in shown.main.toggle if toggle.key == "renormalise"]
    offered = [button.key for button in shown.main.button if (button.key or "").startswith("do-")]
    assert offered == ["do-cut", "do-scale", "do-set"]
    shown = ask("dia_resnet", compare="true")
    press(shown, "do-average")
    assert address(shown).endswith("~average~of~gate")
    assert "The predicted class" in said(shown)


def test_steps_are_taken_back_one_by_one(ask):
    shown = ask("dia_resnet", do=GATES)
    press(shown, "do-cut")
    both = address(shown)
    press(shown, "undo-all")
    assert not address(shown)
    press(shown, "take-back")
    assert address(shown) == both
    press(shown, "take-back")
    assert address(shown) == GATES
    assert "take-back" not in [button.key for button in shown.main.button]


def test_maps_can_be_seen_with_and_without_the_changes(ask):
    shown = ask("dia_resnet")
    before = charts(shown)[0]["data"]
    shown = ask("dia_resnet", do=GATES)
    assert charts(shown)[0]["data"] != before
    shown.get_by_key("maps").set_value("without them").run()
    assert charts(shown)[0]["data"] == before
    shown.get_by_key("maps").set_value("the difference").run()
    assert not shown.exception
    assert "B minus A" in str(charts(shown)[0]["layout"])


def test_a_click_turns_to_the_group_that_has_the_cells_dim(ask, inspected, monkeypatch):
    found = groups(inspected("resnet50_mrlab"))
    kept = {}
    monkeypatch.setattr(chosen, "_remembered", lambda: kept)
    kept["whatif.part"] = "mrla-head"
    parts.take(found, {"layer": "stages.2.4", "retrieved_layer": "stages.2.0"})
    assert "whatif.part" not in kept  # edges are what the list begins with
    kept["whatif.part"] = "mrla-layer"
    parts.take(found, {"layer": "stages.2.4", "retrieved_layer": "stages.2.0"})
    assert kept["whatif.part"] == "mrla-layer"  # it has the dim itself
    parts.take(found, {"x": "3"})
    assert kept["whatif.part"] == "mrla-layer"


def test_a_link_restores_the_group_and_the_choices_of_the_views_below(ask):
    shown = ask(
        "resnet50_mrlab",
        **{"set.whatif.part": "mrla-layer", "set.causal_map.measure": "distance"},
    )
    assert box(shown, "Change").value == "mrla-layer"
    assert box(shown, "Effect").value == "distance"
    assert shown.query_params["set.causal_map.measure"] in ("distance", ["distance"])


def test_edges_are_tried_in_the_network_as_it_was(ask, monkeypatch):
    shown = ask("resnet50_mrlab", do=CUT)
    titles = [header.value.replace("\\", "") for header in shown.main.header]
    assert titles == ["Effect on the classes", "Causal map", "Mass against effect"]
    assert sum("without the changes made above" in text.value for text in shown.main.caption) == 2


def test_a_network_of_pixels_says_why_its_classes_are_not_compared(ask):
    shown = press(ask("eanet_r50"), "do-cut")
    assert "by pixel" in shown.info[0].value


def test_a_change_that_this_network_lacks_is_told_and_the_page_lives_on(ask):
    shown = ask("dia_resnet", do=CUT)
    assert not shown.exception
    assert "mrla" in shown.error[0].value
    assert charts(shown)
    press(shown, "undo-all")


def test_what_the_changes_did_to_the_classes_can_be_kept(ask, monkeypatch):
    monkeypatch.setattr(downloads, "hindrance", lambda: "no browser here")
    shown = ask("resnet50_mrlab", do=CUT)
    (button,) = (one for one in shown.main.button if (one.key or "").startswith("keep-"))
    button.click().run()
    (kept,) = shown.session_state["tray"]
    assert (kept.shown.view.key, kept.shown.heading) == ("effect", "Effect on the classes")
    assert "do=mrla" in kept.shown.link
    there = shown.get_by_key("page").set_value("tray").run()
    assert not there.exception
    assert [box.value for box in there.main.text_input] == ["Effect on the classes"]
