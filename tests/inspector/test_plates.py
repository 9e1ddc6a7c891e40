"""Plates: as wide as a column, readable, with words in their metadata and the warning in view."""

import io
import re
from xml.etree import ElementTree

import pytest
from PIL import Image
from pypdf import PdfReader

from inspector import printing, renderer
from inspector.plates import Paper, laid_out, plate, save_plate, text_size
from inspector.printing import millimetres
from inspector.views import VIEWS, starts, view_of
from inspector.views.exhibit import exhibit

SVG = b'<svg class="a" width="800" height="400" style="" viewBox="0 0 800 400"><text>x</text></svg>'
RANDOM = "RANDOM WEIGHTS: this shows the structure of the network, nothing it has learnt."


@pytest.fixture(scope="module", autouse=True)
def _browser_ends_with_the_tests():
    yield
    renderer.RENDERER.close()


@pytest.fixture
def retrieval(inspected):
    return shown_by("mrla_retrieval", inspected("resnet50_mrlab"))


def shown_by(key, seen):
    view, chosen = view_of(key), starts(view_of(key), seen)
    return exhibit(view, seen, view.compute(seen, chosen), chosen)


def words(figure):
    return " ".join(note.text for note in figure.layout.annotations).replace("<br>", " ")


# --- widths -----------------------------------------------------------------------------------


def test_widths_have_names_or_are_numbers():
    assert [millimetres(width) for width in ("single", "middle", "double", "120")] == [
        *(85, 114, 178, 120)
    ]


@pytest.mark.parametrize("width", ["wide", "5", "nan", "inf", "-3", ""])
def test_other_widths_are_refused(width):
    with pytest.raises(ValueError, match=r"single \(85 mm\), .* or 30 to 1000 millimetres; got"):
        millimetres(width)


def test_text_has_the_points_of_a_letter_that_wide():
    """12 px in a figure of 600 px, 85 mm wide: a share of 0.02 of 85 mm, in points of 1/72 inch."""
    assert printing.points(85, 600, 12) == pytest.approx(0.02 * 85 * 72 / 25.4)
    room = printing.room(85, 12)
    assert printing.points(85, room, 12) == pytest.approx(7, rel=0.01)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("resnet50_mrlab", ("mrla_retrieval", "mrla_numbers", "correlation")),
        ("dia_resnet", ("dia_gates", "dia_memory", "predictions")),
        ("eamlp_7", ("external_slots", "external_use")),
    ],
)
@pytest.mark.parametrize("width", [85.0, 114.0, 178.0])
def test_figures_are_laid_out_anew_so_that_text_can_be_read(name, keys, width, inspected):
    for key in keys:
        shown = shown_by(key, inspected(name))
        assert text_size(shown, Paper(width, captioned=False)) >= 4.9, key


def test_a_page_of_the_usual_width_leaves_every_figure_as_it_is(inspected):
    """Of a paper without a width, and after one with a width."""
    seen = inspected("dia_resnet")
    for view in (view for view in VIEWS if not view.costly and view.applies(seen) is None):
        shown = shown_by(view.key, seen)
        usual = shown.figure().to_json()
        laid_out(shown, Paper(85.0))
        assert laid_out(shown, Paper()).to_json() == usual


# --- captions ---------------------------------------------------------------------------------


def test_without_a_caption_the_warning_stays(retrieval):
    bare, full = (laid_out(retrieval, Paper(captioned=on)) for on in (False, True))
    assert RANDOM in words(bare)
    assert "sha256" not in words(bare)
    assert "sha256" in words(full)
    assert bare.layout.height < full.layout.height


def test_a_trained_network_s_figure_has_nothing_above_it(retrieval):
    retrieval.provenance.about["trained"] = 1
    try:
        assert "WEIGHTS" not in words(laid_out(retrieval, Paper(captioned=False)))
    finally:
        retrieval.provenance.about["trained"] = 0


# --- files ------------------------------------------------------------------------------------


def test_an_svg_is_as_wide_as_asked_for_and_keeps_its_proportions():
    root = ElementTree.fromstring(printing.fitted(SVG, "svg", 85))
    assert (root.get("width"), root.get("height")) == ("85mm", "42.5mm")
    assert root.get("viewBox") == "0 0 800 400"


def test_an_svg_tells_title_and_description():
    told = printing.described(SVG, "svg", "A < B", ["one & two", "<script>"])
    root = ElementTree.fromstring(told)
    name = "{http://www.w3.org/2000/svg}" if root.tag.startswith("{") else ""
    assert root.findtext(f"{name}title") == "A < B"
    assert root.findtext(f"{name}desc") == "one & two\n<script>"


def test_a_png_tells_its_density_and_its_words():
    file = io.BytesIO()
    Image.new("RGB", (1004, 500), "white").save(file, "png")
    told = printing.described(
        printing.fitted(file.getvalue(), "png", 85),
        "png",
        "Gates",
        ["one", "zwei \N{GREEK SMALL LETTER ALPHA}"],
    )
    picture = Image.open(io.BytesIO(told))
    assert picture.info["dpi"][0] == pytest.approx(300, abs=0.1)
    assert picture.text["Title"] == "Gates"
    assert picture.text["Description"] == "one\nzwei \N{GREEK SMALL LETTER ALPHA}"


@pytest.mark.browser
def test_a_pdf_is_as_wide_as_a_column_and_its_text_is_text(retrieval):
    content = plate(retrieval, "pdf", Paper(85.0, captioned=False))
    reader = PdfReader(io.BytesIO(content))
    (page,) = reader.pages
    assert float(page.mediabox.width) == pytest.approx(85 / 25.4 * 72, abs=0.5)
    text = page.extract_text()
    assert "retrieved layer" in text
    assert "RANDOM WEIGHTS" in text
    assert "sha256" not in text
    assert reader.metadata.title == "MRLA retrieval"
    assert retrieval.provenance.about["weights_sha256"][:12] in reader.metadata.subject


@pytest.mark.browser
def test_an_svg_for_a_column_keeps_text_and_origin(retrieval):
    content = plate(retrieval, "svg", Paper(85.0, captioned=False)).decode()
    assert re.search(r'<svg [^>]*width="85mm"', content)
    drawn, told = (
        re.sub("<desc>.*</desc>", "", content, flags=re.S),
        re.search("<desc>(.*?)</desc>", content, re.S),
    )
    assert ">retrieved layer</text>" in drawn
    assert "RANDOM WEIGHTS" in drawn
    assert "sha256" not in drawn
    assert "sha256" in told[1]


@pytest.mark.browser
def test_a_png_for_a_column_has_300_dots_an_inch(retrieval, tmp_path):
    path = save_plate(retrieval, tmp_path / "a.png", Paper(85.0, captioned=False))
    picture = Image.open(path)
    assert picture.width == pytest.approx(85 / 25.4 * 300, abs=2)
    assert RANDOM in picture.text["Description"]


@pytest.mark.browser
def test_pages_are_joined_with_their_titles(retrieval):
    both = printing.joined([plate(retrieval.named(name), "pdf") for name in ("One", "Two")], "Both")
    reader = PdfReader(io.BytesIO(both))
    assert [entry.title for entry in reader.outline] == ["One", "Two"]
    assert len(reader.pages) == 2
    assert reader.metadata.title == "Both"


def test_a_kind_that_no_figure_has_is_refused(retrieval, tmp_path):
    with pytest.raises(ValueError, match=r"expected a figure as .*; got 'gif'"):
        save_plate(retrieval, tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []
