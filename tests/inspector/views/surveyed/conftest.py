"""Two small surveys of random pictures, and every image's own numbers to hold them against."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hooks import capture
from inspector import survey
from inspector.surveys.batches import batches, network_input
from inspector.zoo import load_model
from tests.inspector.surveys.made import Made, network

LABELS = ("cat", "dog", "emu")


def surveyed(model, source, out, **options):
    """The survey of a source, and the labels, arrays and logits of all its pictures at once."""
    found = survey(model, source, out, shard_size=16, batch_size=8, **options)
    count = source.number
    (batch,) = batches(source, source.shards(count)[0], model.card, count)
    given = network_input(batch.pixels, model.card, model.device)
    with torch.no_grad():
        taken = model.module(given).numpy().argmax(1)
    return SimpleNamespace(
        survey=found,
        keys=np.array(batch.keys),
        labels=np.array(batch.labels),
        correct=taken == np.array(batch.labels),
        tree=capture(model.module, given),
    )


@pytest.fixture(scope="package")
def gates(tmp_path_factory):
    """DIA with 30 pictures of three classes, two of them damaged; in 20, parts are cut."""
    source = Made(30, LABELS, damaged=(3, 17))
    out = tmp_path_factory.mktemp("surveys") / "gates.zarr"
    return surveyed(network(classes=LABELS), source, out, effects=20)


@pytest.fixture(scope="package")
def others(tmp_path_factory):
    """The same network with 18 other pictures, without classes."""
    out = tmp_path_factory.mktemp("surveys") / "others.zarr"
    return surveyed(network(classes=LABELS), Made(18), out)


@pytest.fixture(scope="package")
def edges(tmp_path_factory):
    """MRLA-base with 6 pictures."""
    loaded = load_model("resnet50_mrlab", num_classes=3, device="cpu")
    small = replace(loaded, card=replace(loaded.card, input_size=(3, 32, 32)))
    out = tmp_path_factory.mktemp("surveys") / "edges.zarr"
    return surveyed(small, Made(6), out)
