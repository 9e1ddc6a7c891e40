import hashlib
import math
from types import SimpleNamespace

import pytest
import torch

from inspector.training.images import Images
from inspector.training.recipe import RECIPES
from inspector.training.record import Score, record, write


def test_the_interval_is_where_the_score_test_does_not_reject():
    low, high = Score(87, 100).interval
    for end in (low, high):  # Wilson: |p - share| = z * sqrt(p (1 - p) / n) at both ends
        assert abs(end - 0.87) == pytest.approx(
            1.959964 * math.sqrt(end * (1 - end) / 100), rel=1e-5
        )
    assert low < 0.87 < high


def test_a_score_in_words():
    assert str(Score(9120, 10000)) == "91.20 % of 10,000 images (95 % interval 90.63 to 91.74 %)"


def test_a_record_lies_beside_its_weights(tmp_path):
    weights = tmp_path / "cifar_vit.safetensors"
    weights.write_bytes(b"weights")
    log = [{"epoch": 1, "seconds": 2.6}, {"epoch": 2, "seconds": 2.0}]
    images = Images(torch.zeros(5, 3, 32, 32, dtype=torch.uint8), torch.arange(5))
    run = SimpleNamespace(
        recipe=RECIPES["cifar_vit"], train=images, device=torch.device("cpu"), log=log
    )
    told = record(weights, Score(3, 4), run)
    pixels_and_labels = bytes(5 * 3 * 32 * 32) + b"".join(bytes([n, *[0] * 7]) for n in range(5))
    assert told["train_images"] == 5
    assert told["train_sha256"] == hashlib.sha256(pixels_and_labels).hexdigest()
    assert told["machine"].startswith("CPU, ")
    assert told["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert (told["accuracy"], told["seconds"], told["log"]) == (0.75, 5, log)
    assert told["recipe"]["seed"] == 0
    assert write(told, weights) == tmp_path / "cifar_vit.json"
