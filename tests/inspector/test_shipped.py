"""The weights that the toolkit comes with are what is said of them."""

import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from inspector import load_model, shipped, stored
from inspector.cards import CARDS
from inspector.training import RECIPES
from inspector.training.evaluation import score
from inspector.training.images import Images, cifar10
from inspector.training.modelcard import model_card
from inspector.ui.network import FIRST_MODEL

MEGABYTE = 2**20
NAMES = [path.stem for path in sorted(shipped.FOLDER.glob("*.json"))]
FEW = 400
CIFAR = Path(__file__).parents[3] / "shared" / "data" / "cifar10.npz"

each = pytest.mark.parametrize("name", NAMES)


@each
def test_a_record_tells_the_file_and_the_recipe(name):
    told = shipped.record_of(name)
    file = shipped.trained(name)
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert told["recipe"] == json.loads(json.dumps(asdict(RECIPES[name])))
    assert [line["epoch"] for line in told["log"]] == list(range(1, RECIPES[name].epochs + 1))
    assert set(shipped.stages(name)) == set(RECIPES[name].kept)
    assert shipped.card_of(name) == model_card(told)


@each
def test_enough_images_are_named_rightly(name):
    told = shipped.record_of(name)
    assert told["images"] == 10_000
    assert told["accuracy"] >= (0.78 if "vit" in name else 0.9)


def test_the_app_and_its_tour_begin_with_trained_weights():
    assert {FIRST_MODEL, stored.NETWORK} <= set(NAMES)


def test_they_are_small():
    sizes = [path.stat().st_size for path in shipped.FOLDER.glob("*")]
    assert max(sizes) < 8 * MEGABYTE
    assert sum(sizes) < 40 * MEGABYTE


@each
def test_it_is_the_network_of_its_card(name):
    loaded = load_model(name, device="cpu")
    assert loaded.trained
    assert sum(value.numel() for value in loaded.module.parameters()) == CARDS[name].parameters
    assert {value.dtype for value in loaded.module.parameters()} == {torch.float32}


@pytest.mark.shared
@each
def test_some_test_images_are_named_as_rightly_as_all(name):
    """Within four standard errors; `inspector evaluate` counts all of them."""
    images = cifar10(CIFAR, "test")
    few = Images(images.pixels[:FEW], images.labels[:FEW])
    card, share = CARDS[name], shipped.record_of(name)["accuracy"]
    found = score(load_model(name, device="cpu").module, few, (card.mean, card.std)).accuracy
    assert abs(found - share) < 4 * math.sqrt(share * (1 - share) / FEW)
