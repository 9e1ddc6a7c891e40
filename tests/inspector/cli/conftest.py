"""A small network's captured file, and what a failing command says."""

import numpy as np
import pytest
from PIL import Image

from inspector.cli import main


@pytest.fixture(scope="session")
def photo(tmp_path_factory):
    pixels = np.random.default_rng(1).integers(0, 256, (40, 52, 3), dtype=np.uint8)
    path = tmp_path_factory.mktemp("photos") / "photo.png"
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.fixture(scope="session")
def capture():
    """Runs `inspector capture` with a small network; returns the exit status."""

    def run(*words):
        network = ("dia_resnet", "--option", "depth=11", "--device", "cpu")
        return main(["capture", *network, *map(str, words)])

    return run


@pytest.fixture(scope="session")
def captured(capture, photo, tmp_path_factory):
    """A file of the small network with seed 3."""
    path = tmp_path_factory.mktemp("captured") / "out.nc"
    assert capture(photo, "-o", path, "--seed", "3") == 0
    return str(path)


@pytest.fixture
def fails(capsys):
    """Runs a command that must fail with one line, the last on standard error; returns it."""

    def run(*words, status=1):
        assert main([str(word) for word in words]) == status
        output = capsys.readouterr()
        assert output.out == ""
        *_, line = output.err.splitlines()
        assert line.startswith("inspector: ")
        return line.removeprefix("inspector: ")

    return run
