"""The same survey on a real cluster of this machine, whatever happens to its processes."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from inspector.surveys import survey
from inspector.surveys.engines import Room
from inspector.surveys.engines import ray as ray_engine
from inspector.surveys.sources import open_source
from inspector.surveys.watching import Job
from tests.inspector.surveys.made import network

# Ray warns of itself when it is used.
pytestmark = [
    pytest.mark.filterwarnings(r"ignore::DeprecationWarning:ray\."),
    pytest.mark.usefixtures("one_thread"),
]

MANNER = {"shard_size": 10, "effects": 4}
DRIVER = """
import sys
import torch
from inspector.surveys import survey
from tests.inspector.surveys.made import network

torch.set_num_threads(1)
pack, out, address = sys.argv[1:]
survey(network(), pack, out, engine="ray", address=address, workers=1, **{manner})
"""


@pytest.fixture(scope="module")
def model():
    return network()


@pytest.fixture(scope="module")
def expected(model, pack, tmp_path_factory):
    """The survey of the local engine."""
    return survey(model, pack, tmp_path_factory.mktemp("local") / "a.zarr", **MANNER)


def assert_same(ours, expected):
    """The same arrays, to the last bit: shards are the same, and merged in the same order."""
    nodes = [node.path for node in expected.tree.subtree]
    assert [node.path for node in ours.tree.subtree] == nodes
    for path in nodes:
        for name, array in expected.tree[path].data_vars.items():
            np.testing.assert_array_equal(
                ours.tree[path][name].values, array.values, f"{path}/{name}"
            )
    assert ours.profile.sizes["column"] > 0


@pytest.mark.slow
@pytest.mark.ray
def test_one_worker_tells_what_the_local_engine_tells(cluster, model, pack, expected, tmp_path):
    assert_same(
        survey(model, pack, tmp_path / "a.zarr", engine="ray", workers=1, **MANNER),
        expected,
    )


@pytest.mark.slow
@pytest.mark.ray
def test_a_killed_worker_of_two_changes_nothing(cluster, model, pack, expected, tmp_path):
    killed = tmp_path / "killed"
    source = open_source(pack)

    class Deadly(type(source)):
        """The first process that comes to the third shard dies, as of a full memory."""

        def items(self, shard):
            if shard.number == 2 and not killed.exists():
                killed.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGKILL)
            return super().items(shard)

    deadly = Deadly(source.path, source.pack, source.split, source.classes)
    ours = survey(model, deadly, tmp_path / "a.zarr", engine="ray", workers=2, **MANNER)
    assert int(killed.read_text()) != os.getpid()
    assert_same(ours, expected)


@pytest.mark.slow
@pytest.mark.ray
def test_what_a_killed_driver_began_is_resumed_to_the_same_by_any_engine(
    cluster, model, pack, expected, tmp_path, request
):
    out = tmp_path / "a.zarr"
    with _driver(request.config.rootpath, pack, out, cluster) as driver:
        first = _waited_for(lambda: list(tmp_path.glob("a.zarr.shards/shard-*.npz")), driver)
        driver.kill()
        assert driver.wait() == -signal.SIGKILL
    assert first
    assert not out.exists()
    assert_same(survey(model, pack, out, **MANNER, resume=True), expected)


@contextmanager
def _driver(root: Path, pack: Path, out: Path, address: str):
    """Another process that makes a survey on the cluster."""
    program = DRIVER.format(manner=MANNER)
    command = [sys.executable, "-c", program, str(pack), str(out), address]
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _waited_for(found, process: subprocess.Popen, patience: float = 120):
    """What a function finds once it finds something, while a process runs."""
    end = time.monotonic() + patience
    while not (result := found()):
        assert process.poll() is None, "the driver ended before it had committed a shard"
        assert time.monotonic() < end, "the driver committed no shard"
        time.sleep(0.005)
    return result


@pytest.fixture
def actor(cluster, model, png, tmp_path):
    """An actor in this process, and the one shard of a folder with a damaged picture."""
    import ray  # noqa: PLC0415 - may not be installed

    (tmp_path / "a.png").write_bytes(png(1))
    (tmp_path / "b.png").write_bytes(png(1)[:-20])
    source = open_source(tmp_path)
    job = Job(model, source, batch_size=8, stops=True)
    return ray_engine.Actor(job, 1, ray_engine._attempts(ray)), source.shards(8)[0]


def answered(actor, shard):
    rows = {"shard": np.array([pickle.dumps(shard)], dtype=object)}
    return pickle.loads(actor(rows)["answer"][0])


@pytest.mark.ray
def test_what_stops_a_survey_comes_over_in_its_own_words(actor):
    assert answered(*actor).startswith("b.png is damaged: Expected a whole picture")


@pytest.mark.ray
def test_a_shard_that_ends_every_worker_ends_the_survey(actor):
    answers = [answered(*actor) for _ in range(ray_engine.ATTEMPTS + 1)]
    assert all(answer.startswith("b.png is damaged") for answer in answers[:-1])
    assert answers[-1].startswith(f"Shard 0 ended {ray_engine.ATTEMPTS} workers of the Ray cluster")
    assert answers[-1].endswith("mend this and go on with --resume.")


def test_without_ray_the_way_to_it_is_told(model, pack, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match=r"pip install 'attention-inspector\[ray\]'"):
        survey(model, pack, tmp_path / "a.zarr", engine="ray")


def test_an_address_without_a_cluster_is_refused_at_once(model):
    with socket.socket() as taken:  # a port that nobody listens at
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ValueError, match=f"Expected a Ray cluster at {address}, found none"):
            ray_engine._connect(None, Job(model, None, batch_size=8), Room(address=address))


class Idle:
    """A cluster that this process is connected to, with two GPUs."""

    is_initialized = staticmethod(lambda: True)
    cluster_resources = staticmethod(lambda: {"CPU": 8.0, "GPU": 2.0})


@pytest.mark.parametrize(("own", "gpus"), [(False, 2), (True, 0)])
def test_usage_is_not_reported_and_gpus_are_used_unless_they_are_kept_off(
    model, monkeypatch, own, gpus
):
    """A network on the CPU of a machine without a GPU was not put there on purpose."""
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    monkeypatch.setattr(ray_engine, "_ray", Idle)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: own)
    with ray_engine._cluster(Job(model, None, batch_size=8), Room()) as found:
        assert found == gpus
        assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
