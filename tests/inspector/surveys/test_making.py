"""What a survey tells is what numpy tells of one capture of every picture."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from hooks import capture
from inspector import open_survey
from inspector.images import prepare
from inspector.progress import listening
from inspector.surveys import Interrupted
from inspector.surveys.batches import batches, network_input
from tests.inspector.surveys.made import LABELS, Made, network, small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def seen(model):
    """What a capture of all pictures that are whole shows: input, labels, tree and logits."""
    source = Made(20, LABELS, damaged=(3, 17))
    (batch,) = batches(source, source.shards(20)[0], model.card, 20)
    given = network_input(batch.pixels, model.card, model.device)
    with torch.no_grad():
        logits = model.module(given).numpy()
    return batch, capture(model.module, given), logits


def test_statistics_are_numpys_over_one_capture_of_everything(finished, seen):
    _, tree, _ = seen
    for name, layer in tree["dia"].children.items():
        gate, told = layer["gate"].values.astype(np.float64), finished.attention["dia"][name]
        close = {"rtol": 1e-5, "atol": 1e-7}
        every = told.sel(split="all")
        np.testing.assert_allclose(every["gate_mean"], gate.mean(0), **close)
        np.testing.assert_allclose(every["gate_variance"], gate.var(0, ddof=1), rtol=1e-4)
        np.testing.assert_allclose(every["gate_min"], gate.min(0), **close)
        np.testing.assert_allclose(every["gate_max"], gate.max(0), **close)
        exact = np.quantile(gate, every["quantile"], axis=0, method="inverted_cdf")
        np.testing.assert_allclose(every["gate_quantile"], exact, atol=1 / 200)
        assert every["gate_histogram"].sum("gate_bin").values.tolist() == [18] * gate.shape[1]


def test_right_and_wrong_and_classes_are_told_apart(finished, seen):
    batch, tree, logits = seen
    labels, taken = np.array(batch.labels), logits.argmax(1)
    name, layer = next(iter(tree["dia"].children.items()))
    gate, told = layer["gate"].values, finished.attention["dia"][name]
    for split, rows in {"correct": labels == taken, "wrong": labels != taken}.items():
        np.testing.assert_allclose(
            told["gate_mean"].sel(split=split), gate[rows].mean(0), rtol=1e-5
        )
    for place, label in enumerate(LABELS):
        own = gate[labels == place].mean()
        np.testing.assert_allclose(told["gate_class_mean"].sel({"class": label}), own, rtol=1e-5)
    confusion = finished.classes["confusion"]
    assert confusion.sum() == 18
    assert int(np.diag(confusion).sum()) == (labels == taken).sum()
    assert finished.classes["images"].values.tolist() == np.bincount(labels).tolist()


def test_the_store_tells_where_it_is_from(finished, model):
    about = finished.about
    expected = {"model": "dia_resnet", "source": "made", "images": 18, "skipped": 2, "left_out": 1}
    assert {name: about[name] for name in expected} == expected
    assert about["weights_sha256"] == model.weights_sha256
    assert "centre crop 32x32" in about["preprocessing"]
    assert about["truth"] == "All 3 classes are classes of dia_resnet."
    rows = zip(*(finished.skipped[name].values for name in ("key", "kind", "reason")), strict=True)
    assert [tuple(map(str, row)) for row in rows] == [
        ("3", "damaged", "The file is cut off."),
        ("17", "damaged", "The file is cut off."),
        ("notes.txt", "left out", "no picture"),
    ]


def test_the_pictures_at_the_ends_are_told_by_key(finished, seen):
    batch, tree, _ = seen
    name, layer = next(iter(tree["dia"].children.items()))
    mean = layer["gate"].values.astype(np.float64).mean(1)
    profile = finished.profile
    column = int(np.flatnonzero((profile["layer"] == name) & (profile["quantity"] == "gate"))[0])
    keys = profile["extreme_key"].isel(column=column)
    assert str(keys.sel(end="lowest")[0].values) == batch.keys[mean.argmin()]
    assert str(keys.sel(end="highest")[0].values) == batch.keys[mean.argmax()]


def test_how_pictures_are_batched_changes_no_more_than_the_networks_rounding(
    finished, model, tmp_path
):
    source = Made(20, LABELS, damaged=(3, 17))
    other = small(model, source, tmp_path / "out.zarr", shard_size=20, batch_size=20)
    for name, layer in finished.attention["dia"].children.items():
        theirs = other.attention["dia"][name]
        np.testing.assert_allclose(layer["gate_mean"], theirs["gate_mean"], rtol=1e-5)
        np.testing.assert_allclose(layer["gate_variance"], theirs["gate_variance"], rtol=1e-3)


def test_a_network_sees_what_a_single_image_shows_it(model, picture):
    class One(Made):
        def picture(self, key):
            return replace(super().picture(key), picture=picture.image)

    (batch,) = batches(One(1), One(1).shards(1)[0], model.card, 1)
    given = network_input(batch.pixels, model.card, model.device)
    torch.testing.assert_close(given, prepare(picture, model.card).tensor, rtol=0, atol=0)


def test_a_damaged_item_ends_the_survey_if_that_is_wanted(model, tmp_path):
    with pytest.raises(Interrupted, match="3 is damaged: The file is cut off"):
        small(model, Made(20, damaged=(3,)), tmp_path / "out.zarr", damaged="stop")


def test_a_shard_of_nothing_but_damaged_items_is_no_obstacle(model, tmp_path):
    found = small(model, Made(12, damaged=tuple(range(8))), tmp_path / "out.zarr")
    assert (found.about["images"], found.about["skipped"]) == (4, 8)
    none = small(model, Made(4, damaged=tuple(range(4))), tmp_path / "none.zarr")
    assert (none.about["images"], list(none.attention.children)) == (0, [])


def test_pictures_without_classes_have_one_split(model, tmp_path):
    found = small(model, Made(8), tmp_path / "out.zarr")
    layer = next(iter(found.attention["dia"].children.values()))
    assert layer["split"].values.tolist() == ["all"]
    assert not found.classes.sizes


def test_pictures_without_numbers_are_skipped(tmp_path):
    broken = network()
    with torch.no_grad():
        broken.module.fc.bias[0] = float("nan")
    found = small(broken, Made(4), tmp_path / "out.zarr")
    assert found.about["images"] == 0
    assert "no number" in str(found.skipped["reason"].values[0])


def test_only_the_layers_that_are_asked_for_are_surveyed(model, tmp_path):
    found = small(model, Made(4), tmp_path / "out.zarr", layers=["layer2.ModuleList.0"])
    assert list(found.attention["dia"].children) == ["layer2.ModuleList.0"]


def test_progress_and_the_log_tell_what_happens(model, tmp_path):
    heard = []
    log = tmp_path / "log.jsonl"
    with listening(lambda done, total, what: heard.append((done, total, what))):
        small(model, Made(12, damaged=(1,)), tmp_path / "out.zarr", log=log)
    assert heard[0] == (0, 12, "images")
    assert heard[-1] == (12, 12, "images, 1 skipped")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert events == ["begin", "skipped", "committed", "committed", "written"]
    assert lines[1]["key"] == "1"


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ({"engine": "abacus"}, "Expected an engine out of local, ray, got 'abacus'"),
        ({"batch_size": 0}, "Expected batch_size of at least 1, got 0"),
        ({"damaged": "mend"}, "skip or stop"),
    ],
)
def test_a_manner_that_there_is_not_is_refused(model, tmp_path, manner, words):
    with pytest.raises(ValueError, match=words):
        small(model, Made(4), tmp_path / "out.zarr", **manner)


def test_what_is_no_survey_is_not_opened(tmp_path):
    with pytest.raises(ValueError, match="Expected a survey at"):
        open_survey(tmp_path / "none.zarr")
