"""A figure is drawn from a captured file, as chosen, or not at all."""

import errno
import re
from pathlib import Path

import pytest

from inspector.cli import main
from inspector.views import VIEWS


def test_the_views_of_a_file_are_listed_with_reasons(captured, capsys):
    assert main(["figure", captured]) == 0
    here, others = capsys.readouterr().out.split("not of this file:")
    assert "dia_gates" in here
    assert "mrla_retrieval" in others
    assert "Needs an MRLA-base network" in others
    assert all(view.key in here + others for view in VIEWS)


def test_the_choices_of_a_view_are_listed(captured, capsys):
    assert main(["figure", captured, "--view", "dia_gates", "--list"]) == 0
    listed = capsys.readouterr().out
    assert "quantity=gate" in listed
    assert "forget_gate (forget gate: share kept)" in listed
    assert "scale=shared" in listed


def test_a_figure_is_one_page_with_what_was_chosen(captured, tmp_path, capsys):
    page = tmp_path / "figure.html"
    words = ["--view", "dia_gates", "--set", "quantity=forget_gate", "-o", str(page)]
    assert main(["figure", captured, *words]) == 0
    assert capsys.readouterr().out == ""
    text = page.read_text()
    assert "forget gate" in text
    assert "random weights (seed 3)" in text


@pytest.mark.browser
@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_a_figure_is_of_the_kind_its_name_says(captured, tmp_path, ending, start):
    picture = tmp_path / f"figure.{ending}"
    assert main(["figure", captured, "--view", "dia_gates", "-o", str(picture)]) == 0
    assert picture.read_bytes().startswith(start)


@pytest.fixture(scope="session")
def segmented(inspected, tmp_path_factory):
    """A file of a network that segments."""
    return str(inspected("eanet_r50").save(tmp_path_factory.mktemp("segmented") / "out.nc"))


def test_a_segmentation_is_drawn_with_the_classes_that_were_set(segmented, tmp_path, capsys):
    page = tmp_path / "figure.html"
    words = ["--view", "segmentation", "--set", "classes=15,8", "-o", str(page)]
    assert main(["figure", segmented, *words]) == 0
    assert "15 person" in page.read_text()
    assert main(["figure", segmented]) == 0
    assert "gives the whole image one class" in capsys.readouterr().out.split("not of this")[1]


@pytest.mark.browser
@pytest.mark.parametrize(("ending", "start"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_a_segmentation_is_drawn_as_a_picture(segmented, tmp_path, ending, start):
    picture = tmp_path / f"figure.{ending}"
    assert main(["figure", segmented, "--view", "segmentation", "-o", str(picture)]) == 0
    assert picture.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--view", "nope"], "No view is called 'nope'; there are: mrla_retrieval"),
        (["--view", "mrla_retrieval"], "Needs an MRLA-base network; dia_resnet has none."),
        (["--view", "attribution"], "Needs the model itself"),
        (
            ["--view", "dia_gates", "--set", "nope=1"],
            "Expected --set of quantity or form or scale",
        ),
        (
            ["--view", "dia_gates", "--set", "quantity=nope"],
            "one of gate (channel gate), deviation",
        ),
        ([], "Expected --view KEY as well."),
    ],
)
def test_a_figure_that_cannot_be_drawn_says_why_and_leaves_nothing(
    fails, captured, tmp_path, words, said
):
    assert said in fails("figure", captured, *words, "-o", tmp_path / "figure.html")
    assert not list(tmp_path.iterdir())


def test_a_view_without_an_output_asks_for_one(fails, captured):
    assert "Expected -o FIG.svg as well." in fails("figure", captured, "--view", "dia_gates")


def test_a_file_that_is_no_capture_is_refused(fails, photo):
    assert "is not a netCDF file" in fails("figure", photo, "--list")


def test_a_figure_that_fails_late_leaves_nothing(fails, captured, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "figure.html")

    monkeypatch.setattr(Path, "replace", full)
    out = tmp_path / "figure.html"
    said = fails("figure", captured, "--view", "dia_gates", "-o", out)
    assert said == "No space left on device: figure.html"
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
def test_a_figure_for_a_column_says_how_large_its_text_is(captured, tmp_path, capsys):
    figure = tmp_path / "figure.svg"
    words = ["--width", "single", "--no-caption", "-o", str(figure)]
    assert main(["figure", captured, "--view", "dia_gates", *words]) == 0
    assert re.search(r"85 mm wide, text of [56]\.\d points", capsys.readouterr().err)
    text = figure.read_text()
    assert 'width="85mm"' in text
    assert "RANDOM WEIGHTS" in re.sub("<desc>.*</desc>", "", text, flags=re.DOTALL)
