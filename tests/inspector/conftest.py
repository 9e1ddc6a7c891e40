"""One small model of each family and two pictures, shared by the tests of what is built on them."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from inspector.images import Photo, read_image
from inspector.inspection import Inspection, inspect_image
from inspector.zoo import load_model

SMALL = {
    "resnet50_mrlab": {},
    "resnet50_mrlal": {},
    "deit_mrlal_tiny_patch16_224": {"img_size": 64},
    "deit_mrlab_tiny_patch16_224": {"img_size": 64},
    "dia_resnet": {"depth": 20},
    "share_se_resnet50": {},
    "share_sge_resnet50": {},
    "eamlp_7": {"img_size": 64},
    "deit_tiny_patch16_224": {"img_size": 64},
    "eanet_r50": {},
    "vit_tiny_patch16_224": {"img_size": 64},
}
SEGMENTED_SIDE = 33
"""Pixels of an image for the networks that take any size: a grid of 5 by 5."""


@pytest.fixture(scope="session")
def small():
    """Loads a model of the zoo, small where its family allows; once per session."""
    loaded = {}

    def load(name, *, pretrained=False):
        if name not in loaded:
            loaded[name] = _shrunk(
                load_model(name, device="cpu", pretrained=pretrained, **SMALL.get(name, {}))
            )
        return loaded[name]

    return load


def _shrunk(model):
    """The model, given small images if it is one for segmentation."""
    if model.card.kind != "segmentation":
        return model
    size = (3, SEGMENTED_SIDE, SEGMENTED_SIDE)
    return replace(model, card=replace(model.card, input_size=size))


@pytest.fixture(scope="session")
def picture(tmp_path_factory) -> Photo:
    """A picture of 120 x 90 with a bright square on gradients, each channel another."""
    ramp = np.tile(np.linspace(0, 160, 120), (90, 1))
    ramp[20:50, 60:100] = 250
    pixels = np.stack([ramp, ramp[::-1], 0.5 * ramp[:, ::-1]], -1)
    return saved(pixels, tmp_path_factory.mktemp("pictures") / "square.png")


@pytest.fixture(scope="session")
def pictures(picture, tmp_path_factory) -> list[Photo]:
    """The picture and another of the same name and another shape: 64 x 96, stripes."""
    stripes = np.tile(np.arange(64) % 16 * 16, (96, 1))
    pixels = np.stack([255 - stripes, stripes, stripes // 2], -1)
    return [picture, saved(pixels, tmp_path_factory.mktemp("others") / "square.png")]


def saved(pixels, path):
    """The photo of an array written to a file."""
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return read_image(path)


@pytest.fixture(scope="session")
def inspected(small, picture):
    """The inspection of the picture by a small model, by the model's name; once per session."""
    made = {}

    def look(name):
        if name not in made:
            made[name] = inspect_image(small(name), picture)
        return made[name]

    return look


@pytest.fixture(scope="session")
def pair(small, pictures):
    """The inspection of both pictures by a small model, by the model's name; once per session."""
    made = {}

    def look(name):
        if name not in made:
            made[name] = inspect_image(small(name), pictures)
        return made[name]

    return look


@pytest.fixture(params=SMALL)
def name(request):
    """Each small model's name in turn."""
    return request.param


@pytest.fixture(scope="session")
def crowd(small):
    """The inspection by a small model of 41 images, two of them the same; once per session."""
    made = {}

    def look(name):
        if name not in made:
            made[name] = inspect_image(small(name), [*_noises(40), *_noises(1)])
        return made[name]

    return look


def _noises(count):
    """Files of noise, each in a tint of its own."""
    draw = np.random.default_rng(0)
    for _ in range(count):
        file = io.BytesIO()
        pixels = draw.uniform(0, 90, (32, 32, 3)) + draw.uniform(0, 165, 3)
        Image.fromarray(pixels.astype(np.uint8)).save(file, "png")
        yield file.getvalue()


@pytest.fixture
def changed():
    """A copy of an inspection in which `change` worked on the tree."""

    def copy(seen, change):
        tree = seen.tree.copy(deep=True)
        change(tree)
        return Inspection(tree, seen.model)

    return copy


@pytest.fixture(autouse=True)
def memory_goes_back(monkeypatch):
    """Commands run in the process of the tests, which does other things afterwards."""
    monkeypatch.setattr("inspector.allocation.keep_freed_memory", lambda: True)
