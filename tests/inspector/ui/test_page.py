"""The page: what it opens with, what a link restores, and what stands in the place of a failure."""

import json

import pytest
import torch

from inspector.devices import OutOfMemory
from inspector.inspection import Inspection, NotNumbers
from inspector.loading import load
from inspector.ui import doors
from inspector.ui.wording import plain
from inspector.views import TOPICS, VIEWS, view_of
from inspector.views.rendering import RANDOM_WEIGHTS
from inspector.zoo import Request

FAMILIES = {
    "resnet50_mrlab": {"mrla_retrieval", "correlation", "attribution"},
    "dia_resnet": {"dia_gates", "correlation", "attribution"},
    "eamlp_7": {"external_slots", "external_mass", "attribution"},
    "eanet_r50": {"external_slots", "external_mass", "segmentation", "attribution"},
    "deit_tiny_patch16_224": {"self_attention_map", "attribution"},
}


def charts(page):
    return [json.loads(node.proto.spec) for node in page.get("plotly_chart")]


def texts(page):
    return [note["text"] for chart in charts(page) for note in chart["layout"]["annotations"]]


def offered(page):
    """Keys of the views among which the page lets one choose, topic by topic."""
    found = []
    for topic in page.get_by_key("topics").options[1:]:  # behind the overview
        page.get_by_key("topics").set_value(topic).run()
        titles = page.get_by_key("views").options
        found += [view.key for view in TOPICS[topic] if plain(view.title) in titles]
    return found


def choose(page, key):
    """Goes to a view, by its topic."""
    topic = next(topic for topic, views in TOPICS.items() if view_of(key) in views)
    if page.session_state["topics"] != topic:
        page.get_by_key("topics").set_value(topic).run()
    page.get_by_key("views").set_value(key).run()


def test_logits_that_are_no_numbers_are_told_beside_the_figure(page, monkeypatch):
    def refuse(*_):
        raise NotNumbers("planted")

    monkeypatch.setattr(Inspection, "top_classes", refuse)
    shown = page(model="dia_resnet", view="dia_gates")
    assert not shown.exception
    assert "planted" in [warning.value for warning in shown.warning]
    assert len(charts(shown)) == 1


def test_the_page_opens_with_the_first_figure(page):
    shown = page()
    assert not shown.exception
    assert [button.label for button in shown.main.button if button.key.startswith("open-")] == [
        "MRLA retrieval",
        "Layer similarity",
    ]
    assert len(charts(shown)) == 2
    assert shown.title[0].value == plain("ResNet-50 MRLA-base")
    assert "Chelsea" in shown.sidebar.caption[0].value


def test_random_weights_are_said_on_the_page_and_in_the_figure(page):
    shown = page()
    assert [warning.value for warning in shown.warning] == [plain(RANDOM_WEIGHTS)]
    assert any(RANDOM_WEIGHTS in text for text in texts(shown))


@pytest.fixture
def without_its_cells(monkeypatch, tmp_path, small):
    """Opens every network as a DIA-ResNet whose file has no cells; returns its weights' label."""
    state = small("dia_resnet").module.state_dict()
    torch.save({name: state[name] for name in state if "lstm" not in name}, tmp_path / "plain.pth")
    partly = load(Request(name="dia_resnet", checkpoint=tmp_path / "plain.pth", device="cpu"))
    doors.clear()
    monkeypatch.setattr(doors, "load_model", lambda _name, **_options: partly)
    yield partly.weights_label
    doors.clear()


def test_the_share_that_a_file_gave_is_said_on_the_page_and_in_the_figure(page, without_its_cells):
    shown = page(model="dia_resnet")
    said = f"INCOMPLETE WEIGHTS: {without_its_cells}; not learnt: all layer attention."
    assert "% of parameters from plain.pth, the rest random (seed 0)" in said
    assert [warning.value for warning in shown.warning] == [plain(said)]
    assert any(plain(without_its_cells) in caption.value for caption in shown.sidebar.caption)
    assert any(said in " ".join(text.replace("<br>", " ").split()) for text in texts(shown))


def test_the_figure_says_where_it_comes_from(page):
    caption = " ".join(texts(page()))
    for part in ("resnet50_mrlab", "chelsea.png", "sha256", "centre crop", "verified"):
        assert part in caption


@pytest.mark.parametrize("model", FAMILIES)
def test_a_network_offers_the_views_it_has_something_for(page, model):
    shown = page(model=model)
    keys = set(offered(shown))
    assert keys >= FAMILIES[model]
    others = {view.title for view in VIEWS if view.key not in keys}
    listed = " ".join(entry.value for entry in shown.main.expander[-1].markdown)
    assert all(plain(title) in listed for title in others)


@pytest.mark.parametrize("model", ["resnet50_mrlal", *FAMILIES])
def test_every_view_opens(page, model):
    shown = page(model=model)
    for key in offered(shown):
        choose(shown, key)
        assert not shown.exception
        assert not shown.error
        assert len(charts(shown)) == (0 if view_of(key).costly else 1)


def test_a_chart_is_described_in_words(page):
    (node,) = page(view="mrla_retrieval").get("plotly_chart")
    assert node.proto.alt.startswith("MRLA retrieval. stages.0: retrieval weight, 3 by 3, largest")


def test_the_table_of_a_segmentation_counts_pixels(page):
    shown = page(model="eanet_r50", view="segmentation")
    (told,) = [said for said in shown.main.markdown if said.value.startswith("**Predicted")]
    assert told.value == "**Predicted classes, by share of the pixels**"
    assert "how many of all pixels" in told.help.lower()
    (node,) = shown.get("plotly_chart")
    assert node.proto.alt.startswith("Segmentation. segmentation: share of pixels, 21, largest 0.")


def test_a_link_restores_network_picture_and_view(page):
    shown = page(model="eamlp_7", picture="balloons", view="external_mass")
    assert shown.title[0].value == plain("EAMLP-7")
    assert "Hot" in shown.sidebar.caption[0].value
    assert plain(view_of("external_mass").shows) in [text.value for text in shown.markdown]


def test_an_address_that_names_nothing_is_ignored(page):
    shown = page(model="../../etc/passwd", picture="own", view="<b>", more="1")
    assert not shown.exception
    assert shown.title[0].value == plain("ResNet-50 MRLA-base")
    assert len(charts(shown)) == 2


@pytest.mark.parametrize("way", ["typed", "linked"])
def test_a_name_of_timm_can_be_typed_or_linked(page, typed, way):
    name = "vit_tiny_patch16_224"
    shown = typed(name) if way == "typed" else page(model=name)
    assert not shown.exception
    assert not shown.error
    assert shown.title[0].value == plain(name)
    assert shown.query_params["model"] == name
    assert "open-self_attention_map" in [button.key for button in shown.main.button]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("deit_tiny_patch16_224", "Self-attention, 5.7 M parameters. Training data-efficient"),
        ("vit_tiny_patch16_224", "A network of timm's, 5.7 M parameters."),
    ],
)
def test_what_is_known_of_a_network_is_said_beside_it(page, name, said):
    captions = [caption.value for caption in page(model=name).main.caption]
    assert any(text.startswith(plain(said)) for text in captions)


def test_a_network_that_is_refused_gives_the_reason(page):
    shown = page(model="swin_tiny_patch4_window7_224")
    assert not shown.exception
    assert not charts(shown)
    (error,) = shown.error
    assert plain("windows of the image are folded into the sample axis") in error.value


def test_a_name_that_timm_lacks_gives_those_that_are_close(page):
    (error,) = page(model="seresnet51").error
    assert plain("There is no model named 'seresnet51'. Did you mean seresnet50") in error.value


@pytest.mark.parametrize("name", ["hf-hub:timm/resnet18", "local-dir:/etc", "../x", "Vit tiny"])
def test_what_is_no_name_of_timm_is_not_opened(typed, name, monkeypatch):
    monkeypatch.setattr(doors, "load_model", None)  # calling it would be an exception
    shown = typed(name)
    assert not shown.exception
    (error,) = shown.error
    assert plain(f"a name of timm such as vit_tiny_patch16_224, got {name!r}") in error.value
    assert "model" not in shown.query_params


def test_choices_are_written_into_the_address(page):
    shown = page()
    shown.get_by_key("picture").set_value("coffee").run()
    choose(shown, "correlation")
    assert shown.query_params["picture"] == "coffee"
    assert shown.query_params["view"] == "correlation"
    shown.get_by_key("picture").set_value("cat").run()
    assert "picture" not in shown.query_params


def test_a_view_that_the_next_network_lacks_gives_way_to_the_overview(page):
    shown = page(view="mrla_retrieval")
    shown.get_by_key("model").set_value("dia_resnet").run()
    assert not shown.exception
    assert shown.session_state["view"] == "overview"


def test_companions_give_each_figure_a_choice_of_image(page):
    shown = page(model="dia_resnet", view="dia_gates")
    assert "Image" not in [box.label for box in shown.main.selectbox]
    shown.get_by_key("compare").set_value(True).run()
    (images,) = [box for box in shown.main.selectbox if box.label == "Image"]
    assert len(images.options) == 8


def test_out_of_memory_is_a_message_and_the_page_lives_on(page, monkeypatch):
    def fail(*_):
        raise OutOfMemory("The memory does not suffice. Use a smaller image.")

    with monkeypatch.context() as patch:
        patch.setattr(doors, "inspect_image", fail)
        shown = page(model="dia_resnet", picture="bricks", view="dia_gates")
        assert [error.value for error in shown.error] == [
            plain("The memory does not suffice. Use a smaller image.")
        ]
        assert not shown.exception
    shown.run()
    assert not shown.error
    assert len(charts(shown)) == 1


def test_two_sessions_choose_apart(page):
    one, other = page(model="dia_resnet"), page(model="dia_resnet")
    one.get_by_key("picture").set_value("coffee").run()
    other.run()
    assert "espresso" in one.sidebar.caption[0].value
    assert "Chelsea" in other.sidebar.caption[0].value
