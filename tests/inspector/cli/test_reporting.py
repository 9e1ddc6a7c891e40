"""A report on the command line: one page, or one line why not."""

import re

import pytest

from inspector.cli import main

NETWORK = ("--option", "depth=11", "--device", "cpu")


def test_a_report_is_one_page_of_the_views_that_fit(photo, tmp_path, capsys):
    page = tmp_path / "report.html"
    assert main(["report", "dia_resnet", photo, *NETWORK, "-o", str(page)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    text = page.read_text()
    titles = re.findall(r"<h3>\d+\. ([^<]*)</h3>", text)
    assert "DIA shared gates" in titles
    assert "Attribution" not in titles
    assert "Not in this report" in text
    assert f"{len(titles)} figures with random weights (seed 0)" in captured.err


def test_views_are_named(photo, tmp_path):
    page = tmp_path / "report.html"
    words = ["--view", "predictions", "--view", "dia_gates", "-o", str(page)]
    assert main(["report", "dia_resnet", photo, *NETWORK, *words]) == 0
    titles = re.findall(r"<h3>\d+\. ([^<]*)</h3>", page.read_text())
    assert titles == ["DIA shared gates", "Predicted classes"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--view", "nope", "-o", "report.html"], "No view is called 'nope'"),
        (["-o", "report.pdf"], "Expected an output ending in .html"),
        (["--view", "mrla_retrieval", "-o", "report.html"], "Nothing can be drawn: Needs an MRLA"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_no_file(words, said, fails, photo, tmp_path):
    words = [tmp_path / word if word.startswith("report.") else word for word in words]
    assert said in fails("report", "dia_resnet", photo, *NETWORK, *words)
    assert not list(tmp_path.iterdir())
