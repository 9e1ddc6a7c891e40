"""The tray: figures are kept, put in order and taken along, by one session and within bounds."""

import io
import zipfile

import pytest
from PIL import Image

from inspector.bundles import zip_of
from inspector.export import ExportUnavailable
from inspector.ui import downloads, tray
from inspector.ui.wording import plain

PIXEL = io.BytesIO()
Image.new("RGB", (80, 20)).save(PIXEL, "png")


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """Pictures are drawn at once, and no browser is started."""
    calls = []
    monkeypatch.setattr(downloads, "hindrance", lambda: None)
    monkeypatch.setattr(
        "inspector.export.figure_bytes", lambda *words, **_: calls.append(words) or PIXEL.getvalue()
    )
    return calls


def keep(page):
    """The button that keeps the figure."""
    return next(button for button in page.main.button if (button.key or "").startswith("keep-"))


@pytest.fixture
def kept(page):
    """A page on which two figures were kept, on the page of the tray."""
    shown = page(model="dia_resnet", view="dia_gates")
    keep(shown).click().run()
    shown.session_state["view"] = "predictions"
    keep(shown.run()).click().run()
    return shown.get_by_key("page").set_value("tray").run()


def titles(page):
    return [box.value for box in page.main.text_input]


def in_tray(page):
    return page.session_state["tray"]


def test_an_empty_tray_says_how_to_fill_it(page):
    shown = page(model="dia_resnet", page="tray")
    assert not shown.exception
    assert "Press Keep below a figure" in shown.info[0].value


def test_what_is_kept_stands_in_the_tray_with_its_link(kept):
    assert not kept.exception
    assert titles(kept) == ["DIA shared gates", "Predicted classes"]
    assert [one.shown.link for one in in_tray(kept)] == [
        "?model=dia_resnet&view=dia_gates",
        "?model=dia_resnet&view=predictions",
    ]


def test_a_figure_is_kept_once(page):
    shown = page(model="dia_resnet", view="dia_gates")
    keep(shown).click().run()
    button = keep(shown)
    assert (button.label, button.disabled) == ("Kept", True)
    assert len(in_tray(shown)) == 1


def test_figures_are_renamed_moved_and_removed(kept):
    kept.get_by_key("title-1").set_value("Gates of the horse").run()
    kept.get_by_key("down-1").click().run()
    assert titles(kept) == ["Predicted classes", "Gates of the horse"]
    assert kept.get_by_key("up-2").disabled
    assert kept.get_by_key("down-1").disabled
    kept.get_by_key("up-1").click().run()
    assert [one.number for one in in_tray(kept)] == [1, 2]
    kept.get_by_key("remove-2").click().run()
    assert titles(kept) == ["Gates of the horse"]
    kept.get_by_key("remove-1").click().run()
    assert "Nothing is kept" in kept.info[0].value


def test_a_picture_is_drawn_once(kept, drawn):
    assert len(drawn) == 2
    kept.get_by_key("down-1").click().run()
    kept.get_by_key("title-2").set_value("Other").run()
    assert len(drawn) == 2


def test_files_are_offered_for_all_and_for_each(page):
    shown = page(model="dia_resnet", view="dia_gates")
    keep(shown).click().run()
    shown.get_by_key("page").set_value("tray").run()
    labels = [node.proto.label for node in shown.get("download_button")]
    assert labels[:3] == ["Save all as ZIP", "Save all as HTML", "Save all as PDF"]
    assert labels[3:] == [
        *("Save PNG", "Save SVG", "Save HTML", "Save PDF"),
        *("Save arrays", "Save capsule"),
    ]


def test_without_a_browser_the_tray_says_what_to_install(kept, monkeypatch):
    monkeypatch.setattr(downloads, "hindrance", lambda: "Install Chromium.")
    kept.run()
    labels = [node.proto.label for node in kept.get("download_button")]
    assert "Save all as PDF" not in labels
    assert plain("Install Chromium.") in [caption.value for caption in kept.caption]
    assert any(text.value.startswith("DIA shared gates. layer1") for text in kept.text)


def test_a_full_tray_refuses_with_a_sentence(page, monkeypatch):
    monkeypatch.setattr(tray, "MOST_FIGURES", 1)
    shown = page(model="dia_resnet", view="dia_gates")
    keep(shown).click().run()
    shown.session_state["view"] = "predictions"
    button = keep(shown.run())
    assert button.disabled
    assert plain("The tray is full, with 1 figures.") in button.help
    monkeypatch.setattr(tray, "MOST_FIGURES", 9)
    monkeypatch.setattr(tray, "MOST_BYTES", 1000)
    assert "no room for the arrays" in keep(shown.run()).help


def test_another_session_sees_nothing_of_it(kept, page):
    other = page(model="dia_resnet", page="tray")
    assert "Nothing is kept" in other.info[0].value
    assert len(in_tray(kept)) == 2


def test_a_stranger_s_title_stays_text_in_every_file(kept, monkeypatch):
    def unavailable(*_arguments, **_options):
        raise ExportUnavailable("none")

    monkeypatch.setattr("inspector.plates.figure_bytes", unavailable)
    monkeypatch.setattr("inspector.capsules.packing.figure_bytes", unavailable)
    kept.get_by_key("title-1").set_value("../../<img src=x>\x00\n").run()
    content = zip_of([one.shown for one in in_tray(kept)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names, text = archive.namelist(), archive.read("report.html").decode()
    assert names == [
        *("01-dia_gates-img-src-x.nc", "01-dia_gates-img-src-x.capsule.zip"),
        *("02-predictions.nc", "02-predictions.capsule.zip", "report.html"),
    ]
    assert "<img src=x>" not in text
    assert "../../&lt;img src=x&gt;" in text


def test_a_kept_comparison_is_in_every_file(page, monkeypatch):
    def unavailable(*_arguments, **_options):
        raise ExportUnavailable("none")

    monkeypatch.setattr("inspector.plates.figure_bytes", unavailable)
    monkeypatch.setattr("inspector.capsules.packing.figure_bytes", unavailable)
    shown = page(model="dia_resnet", page="compare", view="dia_gates")
    keep(shown).click().run()
    shown.get_by_key("page").set_value("tray").run()
    assert not shown.exception
    content = zip_of([one.shown for one in in_tray(shown)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names, text = archive.namelist(), archive.read("report.html").decode()
    assert names == ["01-dia_gates.nc", "01-dia_gates.capsule.zip", "report.html"]
    assert "DIA shared gates: B minus A" in text
    assert "A: image still-life.png" in text
