"""The Ray engine: a cluster, on which actors that have the network ask for one shard after another.

Ray Data streams the shards to the actors and their tallies back, no faster than they are committed
here. It gives the shard of an actor that died to another one. A local cluster is started where none
is asked for, and ends with the survey.
"""

import copy
import logging
import os
import pickle
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from inspector.allocation import keep_freed_memory
from inspector.failures import sentence
from inspector.surveys.batches import Batch, batches
from inspector.surveys.engines import Room, Step
from inspector.surveys.items import Shard
from inspector.surveys.refusals import Interrupted, interrupted
from inspector.surveys.statistics import Tally
from inspector.surveys.watching import Job, Watch

if TYPE_CHECKING:
    import ray.data

OBJECT_STORE = 200 * 2**20
"""Bytes of shared memory of a cluster that is started here: shards and tallies are small."""
KNOCKING = 10
"""Seconds that a cluster has to answer."""
ATTEMPTS = 4
"""So often a shard is begun: what killed three actors, a broken decoder perhaps, kills the next."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # else it warns on the terminal of each actor's arguments
}
Row = dict[str, np.ndarray]


def steps(job: Job, shards: Sequence[Shard], room: Room) -> Iterator[Step]:
    """Steps of all shards, one for each; see `inspector.surveys.engines.Engine`."""
    with _cluster(job, room) as gpus:
        for row in _answers(job, shards, room, gpus).iter_rows():
            said = pickle.loads(row["answer"])
            if not isinstance(said, Step):
                raise Interrupted(said)
            yield said


def _answers(job: Job, shards: Sequence[Shard], room: Room, gpus: int) -> "ray.data.Dataset":
    """What actors answer to each shard, in whatever order they are done."""
    import ray.data  # noqa: PLC0415 - of the extra `ray`

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    actors = room.workers or gpus or 1
    threads = max(torch.get_num_threads() // actors, 1)
    rows = [{"shard": pickle.dumps(shard)} for shard in shards]
    return ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        Actor,
        fn_constructor_args=(_sent(job, gpus), threads, _attempts(ray)),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(actors, len(rows))),
        num_cpus=0 if gpus else threads,
        num_gpus=min(gpus / actors, 1),
    )


def _attempts(ray: Any) -> Any:
    """An actor of its own that counts how often each shard was begun; Ray tries without end."""

    class Attempts:  # in here, so that its process need not import all this
        def __init__(self) -> None:
            self._begun: dict[int, int] = {}

        def begin(self, shard: int) -> int:
            self._begun[shard] = self._begun.get(shard, 0) + 1
            return self._begun[shard]

    return ray.remote(num_cpus=0)(Attempts).remote()


class Actor:
    """A process of the cluster that has the network, and surveys one shard at a time."""

    def __init__(self, job: Job, threads: int, attempts: Any) -> None:
        """Takes the network to where the job says that it is.

        Args:
            job: what to do; its network is on the CPU.
            threads: that torch may use.
            attempts: the actor that counts them.
        """
        torch.set_num_threads(threads)
        keep_freed_memory()
        self._attempts = attempts
        module = job.model.module.to(job.model.device)
        self._job = replace(job, model=replace(job.model, module=module))

    def __call__(self, rows: Row) -> Row:
        """Answers to shards: a step, or a sentence that says why there is none."""
        answers = [pickle.dumps(self._answer(pickle.loads(shard))) for shard in rows["shard"]]
        return {"answer": np.array(answers, dtype=object)}

    def _answer(self, shard: Shard) -> Step | str:
        import ray  # noqa: PLC0415 - of the extra `ray`

        if ray.get(self._attempts.begin.remote(shard.number)) > ATTEMPTS:
            died = (
                f"Shard {shard.number} ended {ATTEMPTS} workers of the Ray cluster, which may lack"
            )
            return str(interrupted(f"{died} memory, or a library that can read its pictures"))
        try:
            tally = self._tally(shard)
        except Exception as error:  # told here, in words; as an error Ray would try it again
            return sentence(error) or f"{type(error).__name__}: {error}"
        skipped = tuple((key, reason) for key, reason in tally.skipped.told.tolist())
        return Step(shard.number, shard.count, skipped, tally)

    def _tally(self, shard: Shard) -> Tally:
        job, watch = self._job, Watch(self._job)
        found = batches(job.source, shard, job.model.card, job.batch_size)
        for batch in _ahead(found):
            watch.see(batch)
        return watch.tally()


def _ahead(found: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, each decoded while the one before passes the network."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, found, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, found, None)
            yield batch


@contextmanager
def _cluster(job: Job, room: Room) -> Iterator[int]:
    """A cluster to work on, and the number of its GPUs that may be used.

    One that this process is connected to already is used as it is.

    Raises:
        ValueError: Ray is not installed, or there is no cluster at the address.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    ray = _ray()
    own = not ray.is_initialized()
    if own:
        _connect(ray, job, room)
    try:
        yield _gpus(job, ray.cluster_resources())
    finally:
        if own:
            ray.shutdown()


def _connect(ray: Any, job: Job, room: Room) -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if room.address is None:
        on_gpus = job.model.device.type == "cuda"
        ray.init(
            address="local",
            num_cpus=max(torch.get_num_threads(), room.workers),
            num_gpus=torch.cuda.device_count() if on_gpus else 0,
            object_store_memory=OBJECT_STORE,
            include_dashboard=False,
            **quiet,
        )
        return
    try:
        _knock(room.address)
        ray.init(address=room.address, **quiet)
    except OSError as error:  # ray's own is one as well
        raise ValueError(
            f"Expected a Ray cluster at {room.address}, found none. Start one with `ray start "
            "--head`, give the address of another, or leave the address out for one of this "
            "machine alone."
        ) from error


def _knock(address: str) -> None:
    """Asks whether anybody listens at HOST:PORT; Ray itself tries for minutes.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=KNOCKING).close()


def _gpus(job: Job, resources: dict[str, float]) -> int:
    """GPUs of a cluster, unless the user keeps to the CPU on a machine that has one."""
    keeps_off = job.model.device.type == "cpu" and torch.cuda.is_available()
    return 0 if keeps_off else int(resources.get("GPU", 0))


def _sent(job: Job, gpus: int) -> Job:
    """The job with its network on the CPU, where any node can unpack it, and told where to go."""
    module = job.model.module
    if job.model.device.type != "cpu":
        module = copy.deepcopy(module).cpu()
    device = torch.device("cuda" if gpus else "cpu")
    return replace(job, model=replace(job.model, module=module, device=device))


def _ray() -> Any:
    try:
        import ray  # noqa: PLC0415 - of the extra `ray`
    except ImportError as error:
        raise ValueError(
            "The engine ray needs Ray, which is not installed: "
            "pip install 'attention-inspector[ray]'. Or leave the engine at local."
        ) from error
    return ray
