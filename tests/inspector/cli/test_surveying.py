"""A survey from a shell: a store is written, how far it is is told, and failures are one line."""

import numpy as np
import pytest
from PIL import Image

from inspector import open_survey
from inspector.cli import main
from inspector.cli.surveying import Pace

NETWORK = ("dia_resnet", "--option", "depth=11", "--device", "cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two classes of two pictures, and one file that is damaged."""
    folder = tmp_path_factory.mktemp("pictures")
    for place, name in enumerate(("bee/a.png", "bee/b.png", "bus/c.png", "bus/d.png")):
        (folder / name).parent.mkdir(exist_ok=True)
        pixels = np.random.default_rng(place).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    (folder / "bus" / "e.png").write_bytes((folder / "bus" / "d.png").read_bytes()[:100])
    return folder


def test_a_folder_is_surveyed_by_class(folder, tmp_path, capsys):
    out = tmp_path / "out.zarr"
    assert main(["survey", *NETWORK, str(folder), "-o", str(out), "--batch-size", "2"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "5 of 5 images, 1 skipped" in told.err
    found = open_survey(out)
    assert found.classes["class"].values.tolist() == ["bee", "bus"]
    assert found.classes["images"].values.tolist() == [2, 2]
    layer = found.attention["dia"]["layer1.ModuleList.0"]
    assert layer["split"].values.tolist() == ["all", "correct", "wrong"]
    assert str(found.skipped["key"].values[0]) == "bus/e.png"


def test_a_store_that_exists_is_kept(folder, tmp_path, fails):
    out = tmp_path / "out.zarr"
    out.mkdir()
    line = fails("survey", *NETWORK, folder, "-o", out)
    assert "out.zarr exists already" in line
    assert "--force" in line


def test_an_output_must_be_called_a_store(folder, tmp_path, fails):
    line = fails("survey", *NETWORK, folder, "-o", tmp_path / "out.nc")
    assert line == "Expected an output ending in .zarr, got 'out.nc'. Rename it."


def test_a_source_that_is_missing_is_told(tmp_path, fails):
    line = fails("survey", *NETWORK, tmp_path / "none", "-o", tmp_path / "out.zarr")
    assert "none" in line
    assert not list(tmp_path.iterdir())


def test_rate_and_remaining_time_are_told(monkeypatch, capsys):
    clock = iter([0.0, 2.0, 2.5, 20.0])
    monkeypatch.setattr("inspector.cli.surveying.time.monotonic", lambda: next(clock))
    pace = Pace()
    for done in (100, 120, 121, 300):  # a hundred were done before
        pace(done, 300, "images")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "100 of 300 images",
        "120 of 300 images; 10 a second, 18 s left",
        "300 of 300 images; 10 a second",
    ]
