"""A survey that was ended, whatever ended it, goes on to the result that it would have had."""

import errno
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.progress import listening
from inspector.surveys import Interrupted, NotTheSame, shardfiles
from inspector.surveys.hold import Held, held
from inspector.zoo import load_model
from tests.inspector.surveys.made import LABELS, Made, Stopped, content, network, small, stop_at

pytestmark = pytest.mark.usefixtures("one_thread")
ROOT = Path(__file__).parents[3]


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


def test_what_another_process_is_writing_is_left_alone(model, ended):
    before = content(ended.with_name("out.zarr.shards"))
    with held(ended):
        for how in ({"resume": True}, {"force": True}):
            with pytest.raises(Held, match=r"out\.zarr is being written by process"):
                small(model, Made(20), ended, **how)
    assert content(ended.with_name("out.zarr.shards")) == before
    assert small(model, Made(20), ended, resume=True).about["images"] == 20


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
