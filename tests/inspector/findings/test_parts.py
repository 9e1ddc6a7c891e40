"""Parts that are kept: taken only where the same code would make the same of the same."""

import plotly.graph_objects as go
import pytest

from inspector.findings import making, parts
from inspector.findings.finding import Finding, Table
from inspector.findings.study import Sizes, Study
from inspector.zoo import load_model

NAME = "cifar_resnet56_se"


@pytest.fixture(scope="module")
def networks():
    return [load_model(NAME, blocks=1, device="cpu", seed=seed) for seed in (0, 1)]


@pytest.fixture
def counted(monkeypatch):
    """Stands in for all findings; tells how often it was made."""
    made = []

    def answer(study: Study) -> Finding:
        made.append(study.model(NAME).weights_sha256)
        told = f"Made of {made[-1]}."
        return Finding(
            "A title", "", (told,), Table((), ()), "", figures={"A picture": go.Figure()}
        )

    monkeypatch.setattr(making, "FINDINGS", {"one": answer})
    monkeypatch.setattr(parts, "figure_bytes", lambda _figure, _kind: b"<svg>")
    return made


@pytest.fixture
def make(tmp_path, pictures, networks):
    def page(model=networks[0], count=4, **sizes) -> str:
        study = Study(pictures(count), Sizes(**sizes), models={NAME: model})
        return making.make(study, tmp_path / "docs", kept=tmp_path / "kept").read_text()

    return page


def test_a_page_is_the_same_of_findings_that_were_kept(make, counted, tmp_path):
    first = make()
    (tmp_path / "docs" / "pictures" / "findings" / "one.svg").unlink()
    assert make() == first
    assert len(counted) == 1
    assert (tmp_path / "docs" / "pictures" / "findings" / "one.svg").read_text() == "<svg>"


@pytest.mark.parametrize("other", [{"count": 5}, {"twins": 18}])
def test_other_images_and_other_twins_are_findings_of_their_own(make, counted, other):
    make()
    make(**other)
    assert len(counted) == 2


def test_other_weights_are_never_told_of_in_words_on_the_first(make, counted, networks):
    make()
    assert f"Made of {networks[1].weights_sha256}." in make(networks[1])


def test_other_code_makes_its_findings_itself(make, counted, monkeypatch):
    make()
    monkeypatch.setattr(parts, "code_digest", lambda _module: "other")
    make()
    assert len(counted) == 2


def test_code_is_told_as_it_was_when_the_making_began(
    pictures, networks, counted, tmp_path, monkeypatch
):
    """Files may be edited while others are made: what runs is what was read before."""
    study = Study(pictures(4), models={NAME: networks[0]})
    shelf = parts.Shelf(tmp_path, study, making.FINDINGS)
    monkeypatch.setattr(parts, "code_digest", lambda _module: "edited")
    assert not shelf.part("one")[1]
    assert not parts.Shelf(tmp_path, study, making.FINDINGS).part("one")[1]
    assert len(counted) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"made_of": {}, "part": 3}'])
def test_a_file_that_is_no_part_is_made_anew(make, counted, tmp_path, content):
    make()
    (tmp_path / "kept" / "one.json").write_bytes(content)
    make()
    assert len(counted) == 2


@pytest.fixture
def code(monkeypatch, tmp_path):
    """A package of findings that can be edited; each file is one line."""
    package = tmp_path / "inspector"
    (package / "findings").mkdir(parents=True)
    lines = {
        "hold": "one = 1",
        "findings/words": "two = 2",
        "findings/alike": "from inspector.findings.words import two",
        "findings/mass": "from inspector.findings import alike",
        "findings/parts": "four = 4",
        "findings/slots": "three = 3",
    }
    for name, line in lines.items():
        (package / f"{name}.py").write_text(line)
    monkeypatch.setattr(parts.inspector, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(parts, "FINDINGS", package / "findings")
    return package


@pytest.mark.parametrize(
    "edited", ["hold", *(f"findings/{name}" for name in ("words", "alike", "mass", "parts"))]
)
def test_a_line_of_what_a_finding_uses_changes_its_digest(code, edited):
    before = parts.code_digest("inspector.findings.mass")
    (code / f"{edited}.py").write_text("five = 5")
    assert parts.code_digest("inspector.findings.mass") != before


def test_words_of_another_finding_do_not(code):
    before = parts.code_digest("inspector.findings.mass")
    (code / "findings" / "slots.py").write_text("five = 5")
    assert parts.code_digest("inspector.findings.mass") == before
