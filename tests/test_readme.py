"""The documents: their Python runs and prints what they say, and the commands they name exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inspector import measures
from inspector.cli import main
from inspector.views import TOPICS, VIEWS, view_of
from inspector.views.surveyed import survey_view_of

ROOT = Path(__file__).parents[1]
EXAMPLES = tuple(f"docs/{page.name}" for page in sorted(ROOT.glob("docs/*.md")))
DOCUMENTS = ("README.md", "CONTRIBUTING.md", *EXAMPLES)
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
PYTHON = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d*)?|\bnan\b")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def python_blocks(text: str) -> Iterator[tuple[str, str | None]]:
    """Each fenced block of Python, below empty lines that keep the document's line numbers.

    With it comes the block of text right behind, which says what it prints, or None.
    """
    for block in PYTHON.finditer(text):
        yield "\n" * text.count("\n", 0, block.start(1)) + block[1], block[2]


def calls(command: str) -> list[tuple[str, str]]:
    """Name and rest of each call of a command, in a code block or a code span."""
    text = "\n".join((ROOT / document).read_text() for document in DOCUMENTS)
    return re.findall(rf"(?:^|`){command} ([a-z]+)([^`\n]*)", text, re.MULTILINE)


def commands(document: str) -> list[list[str]]:
    """The words behind `inspector` of each command in a document's code blocks."""
    blocks = SHELL.findall((ROOT / document).read_text())
    lines = [shlex.split(line) for block in blocks for line in block.splitlines()]
    return [words[1:] for words in lines if words and words[0] == "inspector"]


def skeleton(text: str) -> str:
    """A text without its numbers, and with single spaces."""
    return " ".join(NUMBER.sub(" # ", text.replace("[", " [ ").replace("]", " ] ")).split())


def assert_prints(printed: str, stated: str) -> None:
    """That words are the same, and numbers up to what rounding elsewhere may change."""
    assert skeleton(printed) == skeleton(stated)
    numbers = [np.array(NUMBER.findall(text), float) for text in (printed, stated)]
    np.testing.assert_allclose(*numbers, rtol=0.05, atol=0.011)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with what the documents' lines rely on: sample images and a photo."""
    monkeypatch.chdir(tmp_path)
    # what the documents say is printed, a CPU has computed
    monkeypatch.setattr("inspector.devices._present", lambda: ["cpu"])
    Path("sample_images").symlink_to(ROOT / "sample_images")
    pixels = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("photo.jpg")
    return tmp_path


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("README.md", marks=pytest.mark.slow),
        "CONTRIBUTING.md",
        *(pytest.param(page, marks=pytest.mark.slow) for page in EXAMPLES),
    ],
)
@pytest.mark.usefixtures("workplace")
def test_the_python_runs(document, capsys):
    names = {"__name__": document}
    for code, stated in python_blocks((ROOT / document).read_text()):
        exec(compile(code, document, "exec"), names)
        printed = capsys.readouterr().out
        if stated is not None:
            assert_prints(printed, stated)
    for test in [value for name, value in names.items() if name.startswith("test_")]:
        test()


def test_a_failing_line_is_reported_by_its_number():
    ((code, _),) = python_blocks("# Title\n\n```python\nx = 1\nnope\n```\n")
    with pytest.raises(NameError, match="nope") as caught:
        exec(compile(code, "README.md", "exec"), {})
    assert caught.traceback[-1].lineno + 1 == 5


@pytest.mark.parametrize("printed", ["2 of 5 rows", "3 of 5 cells", "3 of 5 rows, nan", "a.3 rows"])
def test_another_number_or_word_is_not_what_was_stated(printed):
    assert_prints("[3.001 of 5] rows", "[ 3. of  5] rows")
    with pytest.raises(AssertionError):
        assert_prints(printed, "3 of 5 rows")


def test_make_knows_every_target_named():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test"} <= {target for target, _ in calls("make")} <= set(targets)


@pytest.mark.parametrize(("name", "rest"), calls("inspector"))
def test_the_command_line_has_every_option_named(name, rest, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")  # a narrow help page cuts options off
    assert main([name, "--help"]) == 0
    page = capsys.readouterr().out
    assert set(OPTION.findall(rest)) <= set(OPTION.findall(page))
    for key in re.findall(r"--view ([a-z]\w*)", rest):
        assert survey_view_of(key) if key.startswith("survey_") else view_of(key)


@pytest.mark.slow
@pytest.mark.parametrize("document", [page for page in EXAMPLES if commands(page)])
def test_the_commands_of_an_example_run(document, workplace, capsys):
    """As written, but figures become HTML, which needs no browser."""
    for words in commands(document):
        if "against=twins" in words:  # half a minute: that it can be asked for is enough
            assert main(words[: words.index("--set")]) == 0
            assert "twins (19 " in capsys.readouterr().out
            continue
        written = [word.replace(".svg", ".html") for word in words]
        outputs = [after for word, after in pairwise(written) if word == "-o"]
        assert main(written) == 0, capsys.readouterr().err
        assert all((workplace / output).stat().st_size for output in outputs)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    page = ROOT / document
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert not missing


class TestMeasures:
    """docs/measures.md names every view and every measure, and nothing else."""

    TEXT = (ROOT / "docs/measures.md").read_text()
    NAMED = frozenset(re.findall(r"`([A-Za-z_]\w*)`", TEXT))

    def test_every_view_is_named(self):
        assert {view.key for view in VIEWS} <= self.NAMED
        assert [*TOPICS, "Verdicts"] == re.findall(r"^## (.*)$", self.TEXT, re.MULTILINE)

    def test_a_row_says_whether_twins_can_be_its_control(self):
        rows = dict(re.findall(r"^\| `(\w+)` (.*)$", self.TEXT, re.MULTILINE))
        assert {view.key: "twins" in rows[view.key] for view in VIEWS} == {
            view.key: view.contrast is not None for view in VIEWS
        }

    def test_every_function_is_named(self):
        functions = {name for name in measures.__all__ if name[0].islower()}
        assert functions <= self.NAMED

    def test_nothing_else_is_named(self):
        views = {view.key for view in VIEWS}
        unknown = {name for name in self.NAMED - views if not hasattr(measures, name)}
        assert not unknown
