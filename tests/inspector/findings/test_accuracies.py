"""Accuracies from the records beside the weights that ship."""

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


def line(name: str) -> tuple[str, ...]:
    return next(row for row in accuracies().rows if row[0] == f"`{name}`")


def test_a_network_without_weights_has_no_number(shelf):
    assert line(NAME)[1:4] == ("", "", "no trained weights")


def test_a_line_is_what_the_record_tells(shelf):
    told = {"right": 9321, "images": 10000, "recipe": {"epochs": 30}, "sha256": "ab" * 32}
    (shelf / f"{NAME}.safetensors").touch()
    (shelf / f"{NAME}.json").write_text(json.dumps(told))
    _, right, images, accuracy, interval, epochs, digest = line(NAME)
    assert (right, images, accuracy, epochs) == ("9321", "10000", "93.21 %", "30")
    assert interval == "92.7 % to 93.7 %"  # Wilson: 92.70 to 93.69
    assert digest == "abababababab"
