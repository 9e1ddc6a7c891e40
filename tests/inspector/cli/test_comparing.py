"""Two captured files are compared: a sentence, a figure, arrays, or the reason why not."""

import numpy as np
import pytest
import xarray as xr

from inspector.cli import main


@pytest.fixture(scope="session")
def other(capture, photo, tmp_path_factory):
    """A file of the same network with another seed."""
    path = tmp_path_factory.mktemp("captured") / "other.nc"
    assert capture(photo, "-o", path, "--seed", "4") == 0
    return str(path)


def test_the_difference_is_written_and_told(captured, other, tmp_path, capsys):
    page, numbers = tmp_path / "figure.html", tmp_path / "numbers.nc"
    words = ["--view", "dia_gates", "--set", "quantity=forget_gate"]
    assert main(["compare", captured, other, *words, "-o", str(page), "-o", str(numbers)]) == 0
    assert capsys.readouterr().out.startswith("B minus A: the largest is ")
    text = page.read_text()
    assert "random weights (seed 3)" in text
    assert "random weights (seed 4)" in text
    with xr.open_datatree(numbers, engine="h5netcdf") as tree:
        a, b, change = (tree[side]["layer1"]["forget_gate"] for side in ("A", "B", "B minus A"))
        np.testing.assert_array_equal(change, b.values.astype(float) - a.values)


def test_a_file_against_itself_is_exactly_zero(captured, capsys):
    assert main(["compare", captured, captured, "--view", "dia_gates"]) == 0
    assert capsys.readouterr().out == "B minus A is exactly 0 in every cell.\n"


def test_what_cannot_be_compared_is_said(captured, photo, fails, tmp_path):
    deep = tmp_path / "deep.nc"
    network = ("dia_resnet", "--option", "depth=20", "--device", "cpu")
    assert main(["capture", *network, photo, "-o", str(deep)]) == 0
    said = fails("compare", captured, deep, "--view", "dia_gates")
    assert said.startswith("The layers of dia do not match: A has 3, B 6.")
    said = fails("compare", captured, captured, "--view", "mrla_retrieval")
    assert said.startswith("mrla_retrieval: Needs an MRLA-base network")
    said = fails("compare", captured, captured, "--view", "dia_gates", "-o", tmp_path / "a.txt")
    assert "Expected an output ending in .nc or .png" in said
