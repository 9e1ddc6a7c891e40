import errno
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hooks import capture
from inspector import open_survey, survey
from inspector.images import prepare
from inspector.progress import listening
from inspector.surveys import Interrupted, NotTheSame, shardfiles
from inspector.surveys.batches import batches, network_input
from inspector.zoo import load_model
from tests.inspector.surveys.made import Made, content, network

ROOT = Path(__file__).parents[3]
LABELS = ("cat", "dog", "emu")


class Stopped(Exception):
    """Raised by a listener to end a survey."""


@pytest.fixture(scope="module")
def model():
    return network(classes=LABELS)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Sums over images come out the same only if they are cut the same way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(model, source, out, **manner):
    return survey(model, source, out, **{"shard_size": 8, "batch_size": 4} | manner)


@pytest.fixture(scope="module")
def finished(model, tmp_path_factory):
    source = Made(20, LABELS, damaged=(3, 17))
    return small(model, source, tmp_path_factory.mktemp("finished") / "out.zarr")


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


def test_a_survey_that_is_killed_goes_on_to_the_identical_store(tmp_path):
    killed = subprocess.run(
        [sys.executable, "-m", "tests.inspector.surveys.made", str(tmp_path / "killed.zarr")],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -9, killed.stderr
    folder = tmp_path / "killed.zarr.shards"
    assert sorted(path.name for path in folder.iterdir()) == ["shard-00000000.npz", "survey.json"]
    plain = network()
    first = survey_of_24(plain, tmp_path / "killed.zarr", resume=True)
    other = survey_of_24(plain, tmp_path / "straight.zarr")
    assert not folder.exists()
    assert content(first.path) == content(other.path)


def survey_of_24(model, out, **manner):
    return small(model, Made(24), out, **manner)


def test_files_that_are_brought_together_give_the_identical_store(model, tmp_path, monkeypatch):
    straight = small(model, Made(20), tmp_path / "straight.zarr", shard_size=2)
    monkeypatch.setattr(shardfiles, "TOGETHER", 3)
    out = tmp_path / "together.zarr"
    with pytest.raises(Stopped), listening(stop_at(14)):
        small(model, Made(20), out, shard_size=2)
    names = sorted(path.name for path in out.with_name("together.zarr.shards").glob("*.npz"))
    assert names == ["first-00000006.npz", "shard-00000006.npz"]
    together = small(model, Made(20), out, shard_size=2, resume=True)
    assert content(together.path) == content(straight.path)


def stop_at(number):
    def listener(done, _total, _what):
        if done >= number:
            raise Stopped

    return listener


@pytest.fixture
def ended(model, tmp_path):
    """A survey of 20 pictures that was ended behind its first shard."""
    out = tmp_path / "out.zarr"
    with pytest.raises(Stopped), listening(stop_at(8)):
        small(model, Made(20), out)
    return out


@pytest.mark.parametrize(
    ("source", "manner", "words"),
    [
        (Made(21), {}, "Expected to go on with listing_sha256"),
        (Made(20), {"shard_size": 9}, "Expected to go on with shard_size 8, got 9"),
        (Made(20), {"layers": ["layer1.ModuleList.0"]}, "go on with layers all, got layer1"),
    ],
    ids=["source", "shard size", "layers"],
)
def test_another_survey_cannot_be_resumed(model, ended, source, manner, words):
    with pytest.raises(NotTheSame, match=words):
        small(model, source, ended, resume=True, **manner)


def test_another_network_cannot_be_resumed(model, ended):
    other = load_model("dia_resnet", depth=11, num_classes=3, device="cpu", seed=1)
    with pytest.raises(NotTheSame, match="weights_sha256"):
        small(replace(other, card=model.card), Made(20), ended, resume=True)


def test_other_preprocessing_cannot_be_resumed(model, ended):
    other = replace(model, card=replace(model.card, mean=(0.0, 0.0, 0.0)))
    with pytest.raises(NotTheSame, match="preprocessing"):
        small(other, Made(20), ended, resume=True)


def test_an_unfinished_survey_is_not_begun_anew_unasked(model, ended):
    with pytest.raises(ValueError, match="Go on with --resume, or begin anew with --force"):
        small(model, Made(20), ended)
    assert small(model, Made(12), ended, force=True).about["images"] == 12


def test_a_finished_survey_is_neither_replaced_nor_made_again(model, finished):
    source = Made(20, LABELS, damaged=(3, 17))
    with pytest.raises(ValueError, match="exists already"):
        small(model, source, finished.path)
    before = content(finished.path)
    assert small(model, source, finished.path, resume=True).about == finished.about
    assert content(finished.path) == before
    with pytest.raises(NotTheSame, match="listing_sha256"):
        small(model, Made(19, LABELS), finished.path, resume=True)


def test_there_must_be_something_to_go_on_with(model, tmp_path):
    with pytest.raises(NotTheSame, match="Leave out --resume"):
        small(model, Made(4), tmp_path / "out.zarr", resume=True)


def test_a_full_disk_keeps_what_was_committed(model, tmp_path, monkeypatch):
    sync, room = shardfiles.os.fsync, iter([True] * 4)  # the identity and a shard, and their names

    def fsync(number):
        if not next(room, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(number)

    monkeypatch.setattr(shardfiles.os, "fsync", fsync)
    out = tmp_path / "out.zarr"
    with pytest.raises(Interrupted, match=r"No space left on device.*go on with --resume"):
        small(model, Made(20), out)
    monkeypatch.undo()
    done = shardfiles.ShardFiles.beside(out).done()
    assert done == {0}
    resumed = small(model, Made(20), out, resume=True)
    straight = small(model, Made(20), tmp_path / "straight.zarr")
    assert content(resumed.path) == content(straight.path)


def test_a_source_that_vanishes_ends_the_survey_with_a_sentence(model, tmp_path):
    out = tmp_path / "out.zarr"
    with pytest.raises(Interrupted, match=r"No such file or directory: made.*--resume"):
        small(model, Made(20, vanishes=11), out)
    assert shardfiles.ShardFiles.beside(out).done() == {0}


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


@pytest.mark.slow
@pytest.mark.parametrize("room", [{"workers": 2}, {"processes": 2}], ids=["workers", "processes"])
def test_processes_that_help_change_nothing(model, finished, tmp_path, room):
    found = small(model, Made(20, LABELS, damaged=(3, 17)), tmp_path / "out.zarr", **room)
    assert content(found.path) == content(finished.path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "words"),
    [
        ({"workers": 1}, "A process that decodes pictures was ended.*go on with --resume"),
        ({"processes": 2}, "A process with the network was ended.*go on with --resume"),
    ],
    ids=["workers", "processes"],
)
def test_a_process_that_is_killed_costs_only_its_shard(model, tmp_path, room, words):
    out = tmp_path / "out.zarr"
    with pytest.raises(Interrupted, match=words):
        small(model, Made(40, kills=35), out, **room)
    assert 0 in shardfiles.ShardFiles.beside(out).done()
    resumed = small(model, Made(40), out, resume=True)
    straight = small(model, Made(40), tmp_path / "straight.zarr")
    assert content(resumed.path) == content(straight.path)
