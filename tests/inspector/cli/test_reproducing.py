"""A capsule on the command line: written, drawn again, run again, or refused in one line."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inspector.capsules import packing
from inspector.cli import main
from inspector.export import ExportUnavailable
from inspector.views import Computed

NETWORK = ("--option", "depth=11", "--device", "cpu")


@pytest.fixture(autouse=True)
def _no_vector_figure(monkeypatch):
    """Capsules are made without a browser here."""

    def refuse(*_arguments, **_options):
        raise ExportUnavailable("none")

    monkeypatch.setattr(packing, "figure_bytes", refuse)


@pytest.fixture
def capsule(photo, tmp_path):
    path = tmp_path / "gates.zip"
    words = ["dia_resnet", photo, *NETWORK, "--view", "dia_gates", "-o", str(path)]
    assert main(["analyse", *words]) == 0
    return path


def test_a_capsule_is_drawn_again(capsule, tmp_path, capsys):
    page = tmp_path / "again.html"
    assert main(["reproduce", str(capsule), "-o", str(page)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("DIA shared gates (dia_gates), made 20")
    assert told[1] == "members: 2, each with the SHA-256 of the manifest"
    assert told[2] == "figure: identical on this machine"
    assert "random weights (seed 0)" in page.read_text()


def test_a_capsule_of_a_captured_file_is_drawn_again(captured, tmp_path):
    path = tmp_path / "gates.zip"
    assert main(["figure", captured, "--view", "dia_gates", "-o", str(path)]) == 0
    assert main(["reproduce", str(path)]) == 0


def test_the_network_is_run_again(capsule, photo, capsys):
    assert main(["reproduce", str(capsule), "--rerun", "--image", photo, *NETWORK]) == 0
    assert "arrays, run again: identical, largest difference 0" in capsys.readouterr().out


def test_other_numbers_are_told_and_the_status_is_1(capsule, photo, capsys, monkeypatch):
    monkeypatch.setattr("inspector.cli.reproducing.rerun", lambda shown, *_: _halved(shown))
    assert main(["reproduce", str(capsule), "--rerun", "--image", photo, *NETWORK]) == 1
    assert "arrays, run again: largest difference 0." in capsys.readouterr().out


def _halved(shown):
    panels = {title: data / 2 for title, data in shown.computed.panels.items()}
    return replace(shown, computed=Computed(panels))


def test_a_figure_that_differs_is_told_and_the_status_is_1(capsule, capsys, monkeypatch):
    monkeypatch.setattr("inspector.cli.reproducing.differences", lambda _: ["figure.json: x"])
    assert main(["reproduce", str(capsule)]) == 1
    assert "figure: figure.json: x" in capsys.readouterr().out


def test_other_versions_are_named(capsule, capsys, monkeypatch):
    monkeypatch.setattr("inspector.cli.reproducing.versions", lambda: {"numpy": "0.1"})
    assert main(["reproduce", str(capsule)]) == 0
    assert "made with other versions: numpy " in capsys.readouterr().out


def test_other_weights_and_images_are_refused(capsule, photo, fails, tmp_path):
    rerun = ("reproduce", capsule, "--rerun", "--image")
    assert "weights are not those of the capsule" in fails(*rerun, photo, *NETWORK, "--seed", "1")
    other = tmp_path / "other.png"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(other)
    assert "images are not those of the capsule" in fails(*rerun, other, *NETWORK)


def test_running_again_needs_the_pictures(capsule, fails):
    assert "Expected --image FILE" in fails("reproduce", capsule, "--rerun")


def test_a_network_that_would_be_fetched_is_not(capsule, photo, fails):
    _rewrite(capsule, b'"dia_resnet"', b'"hf-hub:someone/something"')
    said = fails("reproduce", capsule, "--rerun", "--image", photo)
    assert "which would be fetched. If you want that, say so with --network" in said


def test_a_title_cannot_forge_what_is_found(capsule, capsys):
    title = b'"Mine\\nfigure: identical on this machine\\u001b[31m"'
    _rewrite(capsule, b'"DIA shared gates"', title)
    main(["reproduce", str(capsule)])
    told = capsys.readouterr().out
    assert told.startswith("Mine figure: identical on this machine[31m (dia_gates), made ")
    assert "\x1b" not in told


def test_what_no_file_of_arrays_may_be_told_is_refused(capsule, fails, tmp_path):
    _rewrite(capsule, b'"origin": {', b'"origin": {"CLASS": "x",')
    said = fails("reproduce", capsule, "-o", tmp_path / "again.zip")
    assert "What the capsule tells of its arrays cannot be written" in said


def _rewrite(capsule: Path, old: bytes, new: bytes) -> None:
    """Changes the manifest of a capsule."""
    content = _read(capsule)
    assert old in content["manifest.json"]
    content["manifest.json"] = content["manifest.json"].replace(old, new)
    with zipfile.ZipFile(capsule, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def _read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "out.gif"], "Expected an output ending in .png"),
        (["--width", "wide"], "Expected a width of single (85 mm)"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, said, fails, capsule, tmp_path):
    words = [tmp_path / word if word.startswith("out.") else word for word in words]
    assert said in fails("reproduce", capsule, *words)


def test_a_photo_is_no_capsule(fails, photo):
    assert "no ZIP archive, damaged or cut short" in fails("reproduce", photo)


def test_a_compared_capsule_is_drawn_again_and_not_run(captured, photo, capsys, fails, tmp_path):
    path = tmp_path / "compared.zip"
    assert main(["compare", captured, captured, "--view", "dia_gates", "-o", str(path)]) == 0
    assert main(["reproduce", str(path), "-o", str(tmp_path / "again.html")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1].startswith("DIA shared gates: B minus A (dia_gates), made 20")
    assert told[3] == "figure: identical on this machine"
    said = fails("reproduce", path, "--rerun", "--image", photo)
    assert said.startswith("The capsule compares A (dia_resnet) with B (dia_resnet)")
