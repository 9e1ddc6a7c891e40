"""The README and CONTRIBUTING: their Python runs, and the commands they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inspector.cli import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


def python_blocks(text: str) -> Iterator[str]:
    """Each fenced block of Python, below empty lines that keep the document's line numbers."""
    for block in re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield "\n" * text.count("\n", 0, block.start(1)) + block[1]


def calls(command: str) -> list[tuple[str, str]]:
    """Name and rest of each call of a command, in a code block or a code span."""
    text = "\n".join((ROOT / document).read_text() for document in DOCUMENTS)
    return re.findall(rf"(?:^|`){command} ([a-z]+)([^`\n]*)", text, re.MULTILINE)


@pytest.mark.parametrize(
    "document", [pytest.param("README.md", marks=pytest.mark.slow), "CONTRIBUTING.md"]
)
def test_the_python_runs(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("photo.jpg")
    names = {"__name__": document}
    for code in python_blocks((ROOT / document).read_text()):
        exec(compile(code, document, "exec"), names)
    for test in [value for name, value in names.items() if name.startswith("test_")]:
        test()


def test_a_failing_line_is_reported_by_its_number():
    (code,) = python_blocks("# Title\n\n```python\nx = 1\nnope\n```\n")
    with pytest.raises(NameError, match="nope") as caught:
        exec(compile(code, "README.md", "exec"), {})
    assert caught.traceback[-1].lineno + 1 == 5


def test_make_knows_every_target_named():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test"} <= {target for target, _ in calls("make")} <= set(targets)


@pytest.mark.parametrize(("name", "rest"), calls("inspector"))
def test_the_command_line_has_every_option_named(name, rest, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")  # a narrow help page cuts options off
    assert main([name, "--help"]) == 0
    page = capsys.readouterr().out
    assert set(OPTION.findall(rest)) <= set(OPTION.findall(page))
