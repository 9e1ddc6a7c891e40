"""The page of what trained networks show, from the shell."""

import io

import numpy as np
import pytest
from PIL import Image

from inspector.cli import main
from inspector.findings import making


@pytest.fixture
def data(tmp_path):
    """A packed CIFAR-10 of three test images."""
    strip = np.random.default_rng(0).integers(0, 256, (3 * 32, 32, 3), dtype=np.uint8)
    packed = io.BytesIO()
    Image.fromarray(strip).save(packed, "PNG")
    pixels = np.frombuffer(packed.getvalue(), dtype=np.uint8)
    path = tmp_path / "cifar.npz"
    np.savez(path, test_x_0=pixels, test_y=np.array([0, 1, 2], dtype=np.uint8))
    return path


def test_the_page_is_written_for_as_many_images_as_asked_for(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(making, "FINDINGS", {})
    output = tmp_path / "docs"
    words = ["--data", str(data), "-o", str(output), "--images", "2", "--device", "cpu"]
    assert main(["findings", *words]) == 0
    assert "Images: 2 of the test set" in (output / "findings.md").read_text()
    assert "Written: " in capsys.readouterr().err


def test_a_finding_that_is_none_is_refused(data, tmp_path, fails):
    line = fails("findings", "--data", data, "-o", tmp_path, "--only", "masses")
    assert "No finding is called 'masses'; there are: pairs, retrieval" in line
