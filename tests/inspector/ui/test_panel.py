"""A panel: costly views wait, failures are told in their place, files carry their origin."""

import json

import pytest
import streamlit as st
import xarray as xr

from inspector.devices import OutOfMemory
from inspector.progress import tracked
from inspector.ui import doors, downloads, panel, waiting
from inspector.ui.wording import plain
from inspector.views import Computed, NothingToDraw, View
from inspector.views.rendering import arrays

COMPUTE = "Compute Attribution"


@pytest.fixture
def costly(page):
    shown = page(model="dia_resnet", view="attribution")
    shown.get_by_key("picture").set_value("blank").run()
    return shown


@pytest.fixture
def only(monkeypatch):
    """Offers a single view, which fails in a given way."""

    def offer(error):
        def fail(*_):
            if callable(error):
                error()
            raise error

        view = View(
            "planted", "Planted", "Shows.", "Not.", lambda _: None, lambda _: (), fail, fail
        )
        monkeypatch.setattr(panel, "TOPICS", {"Planted": (view,)})
        monkeypatch.setattr(panel, "view_of", lambda _: view)

    return offer


def buttons(page):
    """Labels of the view's own buttons: those of the way and of waiting have names."""
    return [button.label for button in page.main.button if button.key is None]


def compute(page):
    """The button that starts a costly view."""
    return next(button for button in page.main.button if button.label == COMPUTE)


def test_a_costly_view_waits_to_be_asked_for(costly):
    assert buttons(costly) == [COMPUTE]
    assert not costly.get("plotly_chart")


def test_once_computed_it_is_shown_without_asking(costly):
    compute(costly).click().run()
    assert buttons(costly) == []
    assert len(costly.get("plotly_chart")) == 1
    costly.get_by_key("picture").set_value("grass").run()
    assert buttons(costly) == [COMPUTE]
    costly.get_by_key("picture").set_value("blank").run()
    assert buttons(costly) == []
    assert len(costly.get("plotly_chart")) == 1


def test_a_choice_that_only_concerns_the_drawing_computes_nothing(costly, monkeypatch):
    if buttons(costly):
        compute(costly).click().run()
    monkeypatch.setattr(doors, "computed", None)
    (opacity,) = (slider for slider in costly.main.slider if "Opacity" in slider.label)
    opacity.set_value(0.4).run()
    assert not costly.exception
    assert len(costly.get("plotly_chart")) == 1


def test_nothing_to_draw_is_told_and_the_controls_stay(page, only):
    only(NothingToDraw("No chain has a head 9. Choose a smaller number."))
    shown = page(model="dia_resnet", view="planted")
    assert not shown.exception
    assert [info.value for info in shown.info] == [
        plain("No chain has a head 9. Choose a smaller number.")
    ]
    assert shown.get_by_key("views")


def test_a_long_computation_shows_how_far_it_is_and_a_way_to_end_it(page, only, monkeypatch):
    bars, styles = [], []

    def compute():
        for _item in tracked(["a", "b"], "letters"):
            pass
        raise NothingToDraw("Nothing came of it.")

    only(compute)
    monkeypatch.setattr(waiting, "PAUSE", 0)
    bar, html = st.delta_generator.DeltaGenerator.progress, st.delta_generator.DeltaGenerator.html
    monkeypatch.setattr(
        st.delta_generator.DeltaGenerator,
        "progress",
        lambda self, *told: [bars.append(told), bar(self, *told)][1],
    )
    monkeypatch.setattr(
        st.delta_generator.DeltaGenerator,
        "html",
        lambda self, told: [styles.append(told), html(self, told)][1],
    )
    shown = page(model="dia_resnet", view="planted")
    assert bars == [(0.0, "0 of 2 letters"), (0.5, "1 of 2 letters"), (1.0, "2 of 2 letters")]
    assert waiting.REVEALED in styles
    assert not shown.get("progress")


def test_out_of_memory_inside_a_view_is_told_in_its_place(page, only):
    only(OutOfMemory("The memory does not suffice."))
    shown = page(model="dia_resnet", view="planted")
    assert not shown.exception
    assert [error.value for error in shown.error] == [plain("The memory does not suffice.")]


def test_a_fault_of_the_program_is_told_without_what_and_where(page, only):
    only(LookupError("planted"))
    (fault,) = page(model="dia_resnet", view="planted").exception
    assert not fault.proto.type
    assert not fault.proto.stack_trace
    assert "planted" not in fault.proto.message


def test_without_any_view_the_page_says_what_to_do(page, monkeypatch):
    monkeypatch.setattr(panel, "TOPICS", {})
    assert "Choose another" in page(model="dia_resnet", view="planted").info[0].value


def test_figures_are_never_sent_to_plotly(page):
    (node,) = page(model="dia_resnet", view="dia_gates").get("plotly_chart")
    config = json.loads(node.proto.config)
    assert config["showSendToCloud"] is False
    assert config["displaylogo"] is False


def test_every_kind_of_file_is_offered_where_a_browser_draws(page, monkeypatch):
    monkeypatch.setattr(downloads, "hindrance", lambda: None)
    labels = [
        node.proto.label
        for node in page(model="dia_resnet", view="dia_gates").get("download_button")
    ]
    assert labels == ["Save PNG", "Save SVG", "Save HTML", "Save arrays", "Save capsule"]


def test_without_a_browser_the_page_says_what_to_install(page, monkeypatch):
    monkeypatch.setattr(downloads, "hindrance", lambda: "Install Chromium.")
    shown = page(model="dia_resnet", view="dia_gates")
    labels = [node.proto.label for node in shown.get("download_button")]
    assert labels == ["Save HTML", "Save arrays", "Save capsule"]
    assert plain("Install Chromium.") in [caption.value for caption in shown.caption]


def test_saved_arrays_carry_their_origin(small, picture):
    subject = panel.Subject("dia_resnet", (picture,))
    inspection = doors.inspection(subject)
    view = panel.view_of("dia_gates")
    result = doors.computed(view, subject, {"quantity": "gate"})
    saved = arrays(inspection, result.computed)
    assert saved.attrs["weights_sha256"] == small("dia_resnet").weights_sha256
    assert saved.attrs["image_sha256"] == picture.sha256[:12]
    stage, gates = next(iter(result.computed.panels.items()))
    xr.testing.assert_identical(saved[stage.replace("/", "-")]["gate"], gates["gate"])


def test_saving_leaves_the_shared_result_as_it_was(picture):
    subject = panel.Subject("dia_resnet", (picture,))
    result = panel.Result(Computed({"a": xr.Dataset()}, ("one note",)), 0.0, {})
    arrays(doors.inspection(subject), result.computed)
    assert result.computed.tree().attrs == {"notes": "one note"}
