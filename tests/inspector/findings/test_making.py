"""The page: every finding with its control, from one command."""

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr

from inspector.findings import making, parts
from inspector.findings.finding import Finding, Table
from inspector.findings.study import Study
from inspector.measures import outlying
from inspector.zoo import load_model


def answer(_study: Study) -> Finding:
    random = np.random.default_rng(0)
    numbers = [{"x": xr.DataArray(random.random(20), dims="layer")} for _ in range(20)]
    return Finding(
        "A title",
        "A claim.",
        ("First.", "Second."),
        Table(("a",), (("1",),)),
        "A caveat.",
        verdicts={"net": outlying({"x": numbers[0]["x"] + 99}, numbers[1:])},
        figures={"A picture": go.Figure()},
    )


@pytest.fixture
def made(monkeypatch, tmp_path, pictures) -> str:
    monkeypatch.setattr(making, "FINDINGS", {"first": answer, "second": answer})
    monkeypatch.setattr(parts, "figure_bytes", lambda _figure, kind: f"<{kind}>".encode())
    page = making.make(Study(pictures(4)), tmp_path, ["second"])
    assert (tmp_path / "pictures" / "findings" / "second.svg").read_text() == "<svg>"
    assert not (tmp_path / "pictures" / "findings" / "first.svg").exists()
    return page.read_text()


def test_the_page_tells_claim_findings_control_and_caveat_in_this_order(made):
    parts = ("## A title", "A claim.", "- First.\n- Second.", "Differs from 19", "A caveat.")
    places = [made.rindex(part) for part in parts]
    assert places == sorted(places)
    assert "![A picture](pictures/findings/second.svg)" in made


def test_the_page_says_how_it_was_made_and_whether_trained_is_told_from_random(made):
    assert "Images: 4 of the test set" in made
    assert "19 random twins of each network" in made
    assert "| A title | net | yes | Differs from 19 networks with random weights" in made


def test_random_weights_are_never_passed_over(tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(making, "FINDINGS", {})
    study = Study(pictures(4))
    study.models["tiny"] = load_model("cifar_resnet56_se", blocks=1, device="cpu")
    page = making.make(study, tmp_path).read_text()
    assert "**No trained weights were there for `tiny`: what is told of them below" in page


def test_a_part_says_that_it_is_one(made):
    assert "**A part alone, made with `ARGS='--only second --images 4'`.**" in made


def test_how_many_verdicts_there_are_is_told_beside_their_level(made):
    assert "told apart once in twenty times; no allowance is made" in made
    assert "for the number of verdicts (1, and those of the last section)" in made
    assert "one in 10 of yet another twin would lie beyond all 19" in made


def test_what_keeps_the_page_from_being_written_is_told_after_the_first_finding(
    monkeypatch, tmp_path, pictures
):
    def never(_study):
        raise AssertionError("the first finding could not be drawn, and the second was made")

    def full(_figure, _kind):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "FINDINGS", {"first": answer, "second": never})
    monkeypatch.setattr(parts, "figure_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        making.make(Study(pictures(4)), tmp_path)


def test_a_name_that_is_none_is_refused_with_those_there_are(tmp_path, pictures):
    with pytest.raises(ValueError, match=r"called 'mas'; there are: pairs, retrieval"):
        making.make(Study(pictures(4)), tmp_path, ["mas"])
