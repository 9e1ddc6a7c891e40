"""Accuracies from the records beside the weights that ship."""

import hashlib
import json

import pytest

from inspector import shipped
from inspector.findings.accuracies import accuracies

NAME = "cifar_resnet56_se"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    shipped.record_of.cache_clear()
    yield tmp_path
    shipped.record_of.cache_clear()


def written(shelf, digest: str) -> None:
    told = {"right": 9321, "images": 10000, "recipe": {"epochs": 30}, "sha256": digest}
    (shelf / f"{NAME}.safetensors").write_bytes(b"weights")
    (shelf / f"{NAME}.json").write_text(json.dumps(told))


def line(name: str) -> tuple[str, ...]:
    return next(row for row in accuracies().rows if row[0] == f"`{name}`")


def test_a_network_without_weights_has_no_number(shelf):
    assert line(NAME)[1:4] == ("", "", "no trained weights")


def test_a_line_is_what_the_record_tells(shelf):
    written(shelf, hashlib.sha256(b"weights").hexdigest())
    _, right, images, accuracy, interval, epochs, digest = line(NAME)
    assert (right, images, accuracy, epochs) == ("9321", "10000", "93.21 %", "30")
    assert interval == "92.7 % to 93.7 %"  # Wilson: 92.70 to 93.69
    assert digest == hashlib.sha256(b"weights").hexdigest()[:12]


def test_a_record_of_another_file_is_not_passed_on(shelf):
    written(shelf, "ab" * 32)
    with pytest.raises(ValueError, match=r"record tells of \(sha256 abababababab\), got another"):
        accuracies()
